//! Rules of fences: features that come into one, leave it, are in it, or go over its border.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::engine::Moved;
use super::raise::{Finding, Judging};
use super::ready::Ready;
use crate::geo::measure::distance_to;
use crate::geo::{Geometry, GeometryKind};
use crate::index::page::Found;
use crate::index::{Atlas, LayerIndex};
use crate::model::alert::FeatureName;
use crate::model::rule::{Fenced, When};
use crate::model::validity::Interval;

/// Judges a feature that has moved.
pub fn moved(judging: &mut Judging<'_>, slot: usize, ready: &Ready, border: &Fenced, moved: &Moved<'_>) {
    let Some(fences) = ready.other.as_ref().and_then(|layer| judging.atlas.layer(&layer.id)) else { return };
    let from = place_before(judging, slot, ready, moved);
    let before = inside_before(judging, slot, ready, &fences, from, moved);
    let mut now: Vec<Box<str>> = ids(&holding(ready, &fences, moved.place, moved.at));
    let left_behind: Vec<Box<str>> = before.iter().filter(|id| !now.contains(id)).cloned().collect();
    let (near, left): (Vec<Box<str>>, Vec<Box<str>>) =
        left_behind.into_iter().partition(|id| is_near(ready, &fences, id, moved, border.margin));
    let ends = Ends { from, before: &before, now: &now };
    let (entered, passed) = (entered(ready, &fences, moved, &ends), passed(ready, &fences, moved, &ends));
    now.extend(near);
    // What is no fence any more was not left, and nobody is in it.
    let has_left = |id: &str| stands(ready, &fences, id, moved.at).is_some();
    match &ready.rule.when {
        When::Enter(_) => entered.iter().for_each(|id| found(judging, ready, &fences, id, moved)),
        When::Exit(_) => left.iter().filter(|id| has_left(id)).for_each(|id| found(judging, ready, &fences, id, moved)),
        When::Inside(_) => {
            now.iter().for_each(|id| found(judging, ready, &fences, id, moved));
            left.iter().for_each(|id| judging.over(ready, moved.feature, Some(&fence(&fences, id)), moved.at));
        }
        When::Cross(_) => {
            // A line is gone over once: who is still near it jitters, and of who goes away from it was told.
            let of_lines = fences.layer().geometry == GeometryKind::Line;
            let left = left.iter().filter(|_| !of_lines).filter(|id| has_left(id));
            entered.iter().chain(left).chain(&passed).for_each(|id| found(judging, ready, &fences, id, moved));
            now.extend(passed.into_iter().filter(|id| of_lines && is_near(ready, &fences, id, moved, border.margin)));
        }
        _ => {}
    }
    let watch = judging.draft.watch(judging.state, slot, moved.feature);
    // Most features are where they were: nothing new is remembered of them.
    if watch.inside.as_deref() != Some(&now[..]) {
        watch.inside = Some(Arc::from(now));
    }
    watch.place = Some(moved.place);
}

/// Judges a feature where it rests by a rule of being inside: in which fences it is, and in which it is not although an alert says so.
pub fn rests(judging: &mut Judging<'_>, ready: &Ready, border: &Fenced, rests: &Moved<'_>) {
    let Some(fences) = ready.other.as_ref().and_then(|layer| judging.atlas.layer(&layer.id)) else { return };
    let now = ids(&holding(ready, &fences, rests.place, rests.at));
    now.iter().for_each(|id| found(judging, ready, &fences, id, rests));
    let told = judging.state.fences_of(&ready.rule.id, rests.feature);
    let left = told.into_iter().filter(|id| !now.contains(id) && !is_near(ready, &fences, id, rests, border.margin));
    left.for_each(|id| judging.over(ready, rests.feature, Some(&fence(&fences, &id)), rests.at));
}

/// Where the feature was last.
fn place_before(judging: &Judging<'_>, slot: usize, ready: &Ready, moved: &Moved<'_>) -> Option<[f64; 2]> {
    let known = judging.draft.remembered(judging.state, slot, moved.feature).and_then(|watch| watch.place);
    known.or_else(|| {
        let found = judging.atlas.layer(&ready.layer.id)?.found(moved.feature.as_str())?;
        match found.rows.arena().geometry(found.row) {
            Geometry::Point(point) => Some([point.x(), point.y()]),
            _ => None,
        }
    })
}

/// The fences that hold the place where a feature rests.
pub fn at_rest(ready: &Ready, atlas: &Atlas, feature: &str, now: DateTime<Utc>) -> Vec<Box<str>> {
    let fences = ready.other.as_ref().and_then(|layer| atlas.layer(&layer.id));
    let found = atlas.layer(&ready.layer.id).and_then(|index| index.found(feature));
    let Some((fences, found)) = fences.zip(found) else { return Vec::new() };
    match found.rows.arena().geometry(found.row) {
        Geometry::Point(point) => ids(&holding(ready, &fences, [point.x(), point.y()], now)),
        _ => Vec::new(),
    }
}

/// The fences in which it was: as remembered, else those at the place where it was last.
fn inside_before(
    judging: &Judging<'_>,
    slot: usize,
    ready: &Ready,
    fences: &LayerIndex,
    from: Option<[f64; 2]>,
    moved: &Moved<'_>,
) -> Arc<[Box<str>]> {
    let known = judging.draft.remembered(judging.state, slot, moved.feature).and_then(|watch| watch.inside.clone());
    let holding = |from| Arc::from(ids(&holding(ready, fences, from, moved.at)));
    known.unwrap_or_else(|| from.map_or_else(|| Arc::from([]), holding))
}

fn holding(ready: &Ready, fences: &LayerIndex, place: [f64; 2], at: DateTime<Utc>) -> Vec<Found> {
    chosen(ready, fences.holding(place), at)
}

/// Those that are fences then: in force, and as the rule has them.
fn chosen(ready: &Ready, mut found: Vec<Found>, at: DateTime<Utc>) -> Vec<Found> {
    if let Some(validity) = found.first().and_then(|found| found.rows.layer().validity) {
        let day = Interval::day_of(at);
        found.retain(|found| validity.in_force(&found.rows, found.row, &day));
    }
    if let Some(filter) = &ready.other_filter {
        found.retain(|found| filter.bind(&found.rows).matches(found.row));
    }
    found
}

fn ids(found: &[Found]) -> Vec<Box<str>> {
    let mut ids: Vec<Box<str>> = found.iter().map(|found| found.id().into()).collect();
    ids.sort_unstable();
    ids
}

/// Whether a feature outside a fence is still in its margin.
fn is_near(ready: &Ready, fences: &LayerIndex, id: &str, moved: &Moved<'_>, margin: f64) -> bool {
    let within = |found: &Found| distance_to(moved.place, &found.rows.arena().geometry(found.row)) <= margin;
    margin > 0.0 && stands(ready, fences, id, moved.at).is_some_and(|found| within(&found))
}

/// A fence, if it still is one.
fn stands(ready: &Ready, fences: &LayerIndex, id: &str, at: DateTime<Utc>) -> Option<Found> {
    chosen(ready, vec![fences.found(id)?], at).pop()
}

/// Both ends of a move: where it began, and the fences that held the feature before and hold it now.
struct Ends<'e> {
    from: Option<[f64; 2]>,
    before: &'e [Box<str>],
    now: &'e [Box<str>],
}

/// Fences into which it has come: not those that were drawn around it where it was.
fn entered(ready: &Ready, fences: &LayerIndex, moved: &Moved<'_>, ends: &Ends<'_>) -> Vec<Box<str>> {
    let mut entered: Vec<Box<str>> = ends.now.iter().filter(|id| !ends.before.contains(id)).cloned().collect();
    if let Some(from) = ends.from.filter(|_| !entered.is_empty()) {
        let around = ids(&holding(ready, fences, from, moved.at));
        entered.retain(|id| !around.contains(id));
    }
    entered
}

/// Fences that the way of the feature led through, and in which it neither was nor is; lines that it has gone over. Rules of crossing
/// alone ask for them.
fn passed(ready: &Ready, fences: &LayerIndex, moved: &Moved<'_>, ends: &Ends<'_>) -> Vec<Box<str>> {
    let Some(from) = ends.from.filter(|_| matches!(ready.rule.when, When::Cross(_))) else { return Vec::new() };
    let mut met = ids(&chosen(ready, fences.met_on_the_way(from, moved.place), moved.at));
    met.retain(|id| !ends.now.contains(id) && !ends.before.contains(id));
    met
}

fn fence(fences: &LayerIndex, id: &str) -> FeatureName {
    FeatureName { layer: fences.layer().id.to_string(), feature: id.to_owned() }
}

fn found(judging: &mut Judging<'_>, ready: &Ready, fences: &LayerIndex, id: &str, moved: &Moved<'_>) {
    let called = fences.found(id).map_or_else(|| id.to_owned(), |found| found.called().to_owned());
    let other = Some((fence(fences, id), called));
    judging.found(ready, moved.feature, Finding { other, place: Some(moved.place), ..Finding::at(moved.at) });
}
