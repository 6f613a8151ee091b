//! What rules should tell of a day: their files read plainly, and plain loops over the lines of the day. Nothing of the service is asked
//! but where its features are and what the register says of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use geo::Contains;
use geo_types::{Coord, LineString, MultiPolygon, Point};
use serde_json::Value as Json;
use toml::Value as Toml;

use super::day::{Day, Line};
use super::events;
use super::town::Town;

/// An alert that should be there.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    pub rule: String,
    pub feature: String,
    pub fence: Option<String>,
    pub raised: DateTime<Utc>,
    pub over: Option<DateTime<Utc>>,
    pub changed: DateTime<Utc>,
    pub value: Option<f64>,
    pub count: u32,
    pub place: [f64; 2],
}

impl Expected {
    fn end(&mut self, is_over: bool, at: DateTime<Utc>) {
        if is_over {
            (self.over, self.changed) = (Some(at), at);
        }
    }
}

/// A feature from which nothing was heard for long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Silent {
    pub rule: String,
    pub feature: String,
    /// When something was heard of it last.
    pub last: DateTime<Utc>,
    /// From when on that is too long ago.
    pub due: DateTime<Utc>,
}

/// The shipped rules that watch layers of a town and some of other kinds, by their files.
pub fn rules(layers: &[&str]) -> BTreeMap<PathBuf, Toml> {
    let files = ["data/rules", "tests/played/rules"].into_iter().flat_map(|folder| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        fs::read_dir(folder).expect("a folder of rules").map(|file| file.expect("a file").path())
    });
    let read = |file: PathBuf| {
        let rule: Toml = toml::from_str(&fs::read_to_string(&file).expect("a rule")).expect("TOML");
        (file, rule)
    };
    files.map(read).filter(|(_, rule)| layers.contains(&text(rule, "layer").expect("a layer"))).collect()
}

pub fn text<'t>(table: &'t Toml, key: &str) -> Option<&'t str> {
    table.get(key).map(|value| value.as_str().unwrap_or_else(|| panic!("`{key}` of {table}")))
}

pub fn number(table: &Toml, key: &str) -> Option<f64> {
    let number = |value: &Toml| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    table.get(key).map(|value| number(value).unwrap_or_else(|| panic!("`{key}` of {table}")))
}

/// `PT30S`, `PT5M` or `PT2H`.
pub fn span(table: &Toml, key: &str) -> Option<TimeDelta> {
    let text = text(table, key)?;
    let (count, unit) = text.strip_prefix("PT").and_then(|rest| rest.split_at_checked(rest.len() - 1)).expect(text);
    let seconds = match unit {
        "S" => 1,
        "M" => 60,
        "H" => 3600,
        _ => panic!("`{text}` is a length of time that this test cannot read"),
    };
    Some(TimeDelta::seconds(count.parse::<i64>().expect(text) * seconds))
}

/// Whether a filter such as `capacity >= 20` is true of a feature.
fn is_chosen(rule: &Toml, feature: &Json) -> bool {
    let Some(filter) = text(rule, "filter") else { return true };
    let words: Vec<&str> = filter.split(' ').collect();
    let [field, ">=", least] = words[..] else { panic!("`{filter}` is a filter that this test cannot read") };
    feature["properties"][field].as_f64().is_some_and(|value| value >= least.parse().expect("a number"))
}

/// All alerts of the day, and who is silent from when on if nothing more is heard.
pub fn alerts(
    town: &Town,
    day: &Day,
    rules: &BTreeMap<PathBuf, Toml>,
    homes: &BTreeMap<String, [f64; 2]>,
) -> (Vec<Expected>, Vec<Silent>) {
    let (mut alerts, mut silent) = (Vec::new(), Vec::new());
    for rule in rules.values() {
        let (when, layer) = (&rule["when"], text(rule, "layer").expect("a layer"));
        let id = text(rule, "id").expect("an id").to_owned();
        let fences = text(when, "fence").map(|fence| areas(town, fence)).unwrap_or_default();
        for feature in town.features(layer).iter().filter(|feature| is_chosen(rule, feature)) {
            let name = super::id(feature);
            let Some(lines) = day.layers[layer].get(&name) else { continue };
            let found = match text(when, "type").expect("a type") {
                "threshold" => threshold(when, lines, super::place(feature)),
                "inside" => fences.iter().flat_map(|(id, area)| inside(when, lines, id, area)).collect(),
                "enter" | "exit" | "cross" => {
                    let home = homes[&name];
                    fences.iter().filter_map(|(id, area)| events::border(when, home, lines, id, area)).collect()
                }
                "change" => events::change(when, lines, super::place(feature)).into_iter().collect(),
                "stale" => {
                    let last = lines.last().expect("a line").time;
                    let due = last + span(when, "after").expect("`after`");
                    silent.push(Silent { rule: id.clone(), feature: name.clone(), last, due });
                    continue;
                }
                other => panic!("rule {id}: this test does not know what `{other}` should tell"),
            };
            alerts.extend(found.into_iter().map(|one| Expected { rule: id.clone(), feature: name.clone(), ..one }));
        }
    }
    (alerts, silent)
}

/// One that was found once and is open.
pub fn begun(raised: DateTime<Utc>, place: [f64; 2]) -> Expected {
    let (rule, feature) = (String::new(), String::new());
    Expected { rule, feature, fence: None, raised, over: None, changed: raised, value: None, count: 1, place }
}

/// A value holds until the next one is told.
fn threshold(when: &Toml, lines: &[Line], place: [f64; 2]) -> Vec<Expected> {
    let property = text(when, "property").expect("a property");
    let (above, below, clear) = (number(when, "above"), number(when, "below"), number(when, "clear"));
    let hold = span(when, "hold").unwrap_or_default();
    let beyond = |value: f64| above.is_some_and(|above| value > above) || below.is_some_and(|below| value < below);
    let back = |value: f64| match (above, below) {
        (Some(above), None) => value <= clear.unwrap_or(above),
        (None, Some(below)) => value >= clear.unwrap_or(below),
        _ => panic!("a threshold is above or below: {when}"),
    };
    let told: Vec<(DateTime<Utc>, f64)> =
        lines.iter().filter_map(|line| Some((line.time, *line.values.get(property)?))).collect();
    let mut found: Vec<Expected> = Vec::new();
    let mut since: Option<DateTime<Utc>> = None;
    for (number, (time, value)) in told.iter().enumerate() {
        if let Some(open) = found.last_mut().filter(|alert| alert.over.is_none()) {
            open.end(back(*value), *time);
            continue;
        }
        since = since.or(Some(*time)).filter(|_| beyond(*value));
        let due = since.map(|since| since + hold);
        let next = told.get(number + 1).map(|(time, _)| *time);
        let has_held = |due: &DateTime<Utc>| due <= time || next.is_some_and(|next| *due < next);
        if let Some(due) = due.filter(has_held) {
            since = None;
            found.push(Expected { value: Some(*value), ..begun(due, place) });
        }
        assert!(next.is_some() || since.is_none(), "the day ends in the midst of a time to hold: {when}");
    }
    found
}

/// Inside from the first place within, until the first one further away than the margin.
fn inside(when: &Toml, lines: &[Line], id: &str, area: &MultiPolygon<f64>) -> Vec<Expected> {
    let margin = number(when, "margin").unwrap_or_default();
    let mut found: Vec<Expected> = Vec::new();
    for (time, [lon, lat]) in lines.iter().filter_map(|line| line.place.map(|place| (line.time, place))) {
        let within = area.contains(&Point::new(lon, lat));
        match found.last_mut().filter(|alert| alert.over.is_none()) {
            None if within => {
                found.push(Expected { fence: Some(id.to_owned()), ..begun(time, [lon, lat]) });
            }
            Some(open) if !within => {
                let metres = metres_to(area, [lon, lat]);
                assert!((metres - margin).abs() > 1.0, "{metres} m: this test does not measure so well");
                open.end(metres > margin, time);
            }
            _ => {}
        }
    }
    found
}

/// Polygons by their ids.
fn areas(town: &Town, layer: &str) -> Vec<(String, MultiPolygon<f64>)> {
    let area = |feature: &Json| {
        let geometry: geojson::Geometry = serde_json::from_value(feature["geometry"].clone()).expect("a geometry");
        match geo_types::Geometry::<f64>::try_from(geometry).expect("a shape") {
            geo_types::Geometry::Polygon(polygon) => MultiPolygon(vec![polygon]),
            geo_types::Geometry::MultiPolygon(polygons) => polygons,
            other => panic!("a fence is an area, and not {other:?}"),
        }
    };
    town.features(layer).iter().map(|feature| (super::id(feature), area(feature))).collect()
}

/// From a place outside to the border, on a plane that touches the ellipsoid (WGS 84) there.
pub fn metres_to(area: &MultiPolygon<f64>, [lon, lat]: [f64; 2]) -> f64 {
    let (major, squared) = (6_378_137.0, 0.006_694_379_990_14);
    let bend = 1.0 - squared * lat.to_radians().sin().powi(2);
    let across = major / bend.sqrt() * lat.to_radians().cos();
    let along = major * (1.0 - squared) / bend.powf(1.5);
    let flat = |place: &Coord<f64>| ((place.x - lon).to_radians() * across, (place.y - lat).to_radians() * along);
    let of_ring = |ring: &LineString<f64>| {
        let sides = ring.0.windows(2).map(|side| (flat(&side[0]), flat(&side[1])));
        let nearest = sides.map(|((x, y), (to_x, to_y))| {
            let (east, north) = (to_x - x, to_y - y);
            let share = (-(x * east + y * north) / (east * east + north * north)).clamp(0.0, 1.0);
            (x + share * east).hypot(y + share * north)
        });
        nearest.fold(f64::INFINITY, f64::min)
    };
    let rings = area.0.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    rings.map(of_ring).fold(f64::INFINITY, f64::min)
}
