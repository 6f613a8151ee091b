//! The parcel check: a certificate's corner table against the plane that it is on and the layers that it lies in.

use std::collections::{BTreeMap, BTreeSet};

use geo_types::{Coord, LineString, MultiPolygon, Polygon};

use super::corners::{Corners, apart};
use super::overlay::{Question, in_force, overlay, version_of};
use super::pieces::{self, Asked, candidates, untangled};
use super::project::{Drawn, to_lon_lat};
use super::report::{Answer, Corner, Ellipsoid, Plane, Report, Side, Stated};
use super::shape::Shape;
use super::warning::Warning;
use super::zones::{fit, fits, home, is_place, usual_zone, zone_at};
use super::{Desk, LARGEST_PARCEL, MOST_PARCEL_CORNERS, PlanningError};
use crate::crs::{Crs, OgcCrs, Transform};
use crate::geo::measure::{distance, perimeter, plane_area};
use crate::geo::{Geometry, Region};
use crate::index::LayerIndex;
use crate::model::planning::{Planning, Role, When};
use crate::model::validity::Interval;

/// Metres of a degree, where degrees are only compared.
const DEGREE: f64 = 111_320.0;

/// How far a side of corners written to the centimetre and a length written to the centimetre may be apart, metres.
const SIDE_TOLERANCE: f64 = 0.02;

/// As far can a corner written to the centimetre be from where it was measured, metres: half a centimetre on both axes.
const CORNER_TOLERANCE: f64 = 0.0071;

/// Half of the tenth of a square metre to which certificates state areas.
const AREA_ROUNDING: f64 = 0.05;

/// Corners as a paper gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    /// The system of the corners.
    pub crs: OgcCrs,
    /// Easting before northing, longitude before latitude, whatever the system's authority says. With the closing corner or without.
    pub corners: Vec<[f64; 2]>,
    /// Rings of corners that are not part of the parcel.
    pub holes: Vec<Vec<[f64; 2]>>,
    /// The area as stated, m².
    pub stated_area: Option<f64>,
    /// The lengths of the sides as stated, metres, the first from corner 1 to corner 2. May be empty.
    pub stated_sides: Vec<f64>,
}

impl Survey {
    /// Whether no number is beyond 180: so near its origin a plane of metres has no land of Viet Nam.
    fn looks_like_degrees(&self) -> bool {
        self.corners.iter().flatten().all(|number| number.abs() <= 180.0)
    }
}

/// Checks a corner table.
pub fn check(desk: &Desk, survey: &Survey, when: When) -> Result<Report, PlanningError> {
    bounded(survey)?;
    let mut warnings = Vec::new();
    let unit = if survey.crs.is_projected() && !survey.looks_like_degrees() { 1.0 } else { DEGREE };
    let table = Corners::tidied(&survey.corners, unit, &mut warnings);
    let there = survey.crs.crs().transform()?;
    let lon_lat: Vec<Option<[f64; 2]>> = table.places.iter().map(|&place| located(&there, place)).collect();
    let mut report = Report {
        crs: survey.crs.to_string(),
        corners: corners(&table, &lon_lat),
        geometry: None,
        plane: None,
        ellipsoid: None,
        stated: None,
        warnings,
        fits: Vec::new(),
        layers: BTreeMap::new(),
    };
    if table.places.len() < 3 {
        return Ok(report);
    }
    if table.is_flat(unit) {
        report.warnings.push(Warning::no_area());
        return Ok(report);
    }
    let crossings = table.crossings();
    report.warnings.extend(crossings.into_iter().map(|(sides, at)| Warning::crossing(sides, at, located(&there, at))));
    let places: Option<Vec<[f64; 2]>> = lon_lat.into_iter().collect();
    let middle = middle(&table.places);
    find_home(desk, survey, middle, located(&there, middle), &mut report);
    let rings = places.map(|places| rings(survey, &there, places)).transpose()?;
    if !(survey.crs.is_projected() && survey.looks_like_degrees()) {
        measure_plane(desk, survey, &table, rings.as_deref(), &mut report)?;
    }
    if let Some(rings) = rings
        && let Some(parcel) = enclosed(survey, &table)?
    {
        report.geometry = Some(Shape(outline(&rings)));
        lay_over(desk, &parcel, when, &mut report)?;
    }
    Ok(report)
}

fn bounded(survey: &Survey) -> Result<(), PlanningError> {
    let found = survey.corners.len() + survey.holes.iter().map(Vec::len).sum::<usize>();
    if found > MOST_PARCEL_CORNERS {
        return Err(PlanningError::TooManyCorners { found, most: MOST_PARCEL_CORNERS });
    }
    let stated = survey.stated_area.iter().map(|&area| ("the stated area", area));
    let sides = survey.stated_sides.iter().map(|&side| ("the stated side length", side));
    match stated.chain(sides).find(|(_, value)| !(*value > 0.0 && *value < 1e12)) {
        Some((what, value)) => Err(PlanningError::NoMeasure { what, value }),
        None => Ok(()),
    }
}

fn located(there: &Transform, place: [f64; 2]) -> Option<[f64; 2]> {
    there.lon_lat(place).filter(|&place| is_place(place))
}

fn corners(table: &Corners, lon_lat: &[Option<[f64; 2]>]) -> Vec<Corner> {
    let numbered = table.numbers.iter().zip(&table.places).zip(lon_lat);
    numbered.map(|((&number, &[x, y]), &lon_lat)| Corner { number, x, y, lon_lat }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a few thousand corners")]
fn middle(places: &[[f64; 2]]) -> [f64; 2] {
    // About the first corner, so that no digits are lost.
    let [x, y] = places[0];
    let sum = places.iter().fold([0.0, 0.0], |sum, place| [sum[0] + place[0] - x, sum[1] + place[1] - y]);
    [x + sum[0] / places.len() as f64, y + sum[1] / places.len() as f64]
}

/// Warns where the middle of the table lies outside the units of the layers, or where papers use another zone.
fn find_home(desk: &Desk, survey: &Survey, middle: [f64; 2], lon_lat: Option<[f64; 2]>, report: &mut Report) {
    if let Some(here) = lon_lat
        && let Some(home) = home(desk, here)
    {
        let usual = home.province.as_deref().and_then(usual_zone).and_then(|zone| Crs::from_code(zone.code).ok());
        let other = usual.filter(|usual| is_zone(&survey.crs) && usual.to_string() != survey.crs.crs().to_string());
        if let Some(fit) = other.and_then(|usual| fit(desk, &usual, middle, false)) {
            report.warnings.push(Warning::unusual_zone(&fit, distance(here, fit.lon_lat)));
        }
        return;
    }
    report.fits = fits(desk, &survey.crs, middle);
    let own = survey.crs.crs().to_string();
    report.warnings.push(match report.fits.first() {
        None => Warning::outside(lon_lat),
        Some(fit) if fit.swapped && fit.crs == own => Warning::swapped(fit),
        Some(fit) => Warning::wrong_zone(fit),
    });
}

fn is_zone(crs: &OgcCrs) -> bool {
    crs.is_projected() && crs.crs().is_vn2000()
}

/// The exterior and the holes in lon/lat.
fn rings(survey: &Survey, there: &Transform, exterior: Vec<[f64; 2]>) -> Result<Vec<Vec<[f64; 2]>>, PlanningError> {
    let crs = || survey.crs.to_string();
    let hole = |hole: &Vec<[f64; 2]>| {
        let corner =
            |&[x, y]: &[f64; 2]| located(there, [x, y]).ok_or_else(|| PlanningError::NoPlaceOf { x, y, crs: crs() });
        hole.iter().map(corner).collect::<Result<Vec<_>, _>>()
    };
    std::iter::once(Ok(exterior)).chain(survey.holes.iter().map(hole)).collect()
}

/// What the plane of the table gives; of the usual zone of the place, where the table's own is none that papers use.
fn measure_plane(
    desk: &Desk,
    survey: &Survey,
    table: &Corners,
    rings: Option<&[Vec<[f64; 2]>]>,
    report: &mut Report,
) -> Result<(), PlanningError> {
    let here = rings.map(|rings| middle(&rings[0]));
    let (system, exterior, holes) = if is_zone(&survey.crs) {
        (survey.crs.crs().clone(), table.clone(), survey.holes.clone())
    } else {
        let (Some(rings), Some(here)) = (rings, here) else { return Ok(()) };
        let system = Crs::from_code(zone_at(desk, here).code)?;
        let there = system.transform()?;
        let moved =
            |ring: &Vec<[f64; 2]>| ring.iter().map(|&place| there.from_lon_lat(place)).collect::<Option<Vec<_>>>();
        let Some(mut moved) = rings.iter().map(moved).collect::<Option<Vec<_>>>() else { return Ok(()) };
        let exterior = table.moved(moved.remove(0));
        (system, exterior, moved)
    };
    let area = plane_area(&exterior.places).abs() - holes.iter().map(|hole| plane_area(hole).abs()).sum::<f64>();
    let sides: Vec<Side> =
        exterior.sides().map(|([from, to], [a, b])| Side { from, to, length: apart(a, b), stated: None }).collect();
    let perimeter = sides.iter().map(|side| side.length).sum();
    let scale = here.and_then(|here| scale(&system, here));
    let certificate_area = (area * 10.0).round() / 10.0;
    let mut plane = Plane { crs: system.to_string(), area, certificate_area, perimeter, sides, scale };
    compare(survey, &mut plane, report);
    report.plane = Some(plane);
    Ok(())
}

/// Plane metres for each metre on the ellipsoid, along some hundred metres of meridian. Zones are conformal and the shift between the
/// ellipsoids nearly so: it is that of every way to eight digits.
fn scale(system: &Crs, [lon, lat]: [f64; 2]) -> Option<f64> {
    let there = system.transform().ok()?;
    let ends = [[lon, lat - 0.0005], [lon, lat + 0.0005]];
    Some(apart(there.from_lon_lat(ends[0])?, there.from_lon_lat(ends[1])?) / distance(ends[0], ends[1]))
}

/// Holds the stated numbers against those of the corners.
fn compare(survey: &Survey, plane: &mut Plane, report: &mut Report) {
    if let Some(stated) = survey.stated_area {
        // Moving each corner by d changes the area by d times the perimeter at most.
        let tolerance = AREA_ROUNDING + CORNER_TOLERANCE * plane.perimeter;
        let difference = plane.area - stated;
        report.stated = Some(Stated { area: stated, difference, tolerance });
        if difference.abs() > tolerance {
            report.warnings.push(Warning::area_differs(stated, plane.area));
        }
    }
    let stated = &survey.stated_sides;
    if !stated.is_empty() && stated.len() != plane.sides.len() {
        report.warnings.push(Warning::miscounted(stated.len(), plane.sides.len()));
        return;
    }
    for (side, &stated) in plane.sides.iter_mut().zip(stated) {
        side.stated = Some(stated);
        if (side.length - stated).abs() > SIDE_TOLERANCE {
            report.warnings.push(Warning::side_differs([side.from, side.to], stated, side.length));
        }
    }
}

/// The parcel on the ellipsoid, its sides as straight as they are on the plane of the table. `None` where it encloses nothing.
fn enclosed(survey: &Survey, table: &Corners) -> Result<Option<Region>, PlanningError> {
    let rings = std::iter::once(&table.places).chain(&survey.holes).cloned().collect();
    let region = match to_lon_lat(&Drawn::Polygons(vec![rings]), &survey.crs)? {
        Geometry::Polygons(polygons) => {
            untangled(&polygons)?;
            polygons.0.first().map(pieces::enclosed).transpose()?.unwrap_or_default()
        }
        _ => Region::default(),
    };
    let found = region.area() / 1e6;
    if found > LARGEST_PARCEL {
        return Err(PlanningError::TooLarge { found, most: LARGEST_PARCEL });
    }
    Ok((!region.is_empty()).then_some(region))
}

/// The corners as valid polygons in degrees.
fn outline(rings: &[Vec<[f64; 2]>]) -> Geometry {
    let mut closed = rings.iter().map(|ring| ring.iter().map(|&place| Coord::from(place)).collect::<LineString<f64>>());
    let exterior = closed.next().unwrap_or_else(|| LineString(Vec::new()));
    Geometry::Polygons(Region::of(&MultiPolygon(vec![Polygon::new(exterior, closed.collect())])).polygons())
}

/// Lays the parcel over the layers of every role.
fn lay_over(desk: &Desk, parcel: &Region, when: When, report: &mut Report) -> Result<(), PlanningError> {
    let polygons = parcel.polygons();
    let area = parcel.area();
    let exteriors = polygons.0.iter().map(|polygon| Polygon::new(polygon.exterior().clone(), Vec::new())).collect();
    report.ellipsoid = Some(Ellipsoid { area, perimeter: perimeter(&exteriors) });
    let asked = Asked::new(Geometry::Polygons(polygons))?;
    for (_, role) in Role::NAMES {
        let mut answers = Vec::new();
        for index in desk.of_role(role) {
            answers.extend(answers_of(desk, index, &asked, when)?);
        }
        if !answers.is_empty() {
            report.layers.insert(role, answers);
        }
    }
    let wards = report.layers.get(&Role::Ward).into_iter().flatten().filter(|ward| ward.features_in_layer > 0);
    let bare = wards.filter_map(|ward| ward.overlay.uncovered).reduce(f64::min);
    if let Some(bare) = bare.filter(|&bare| bare > AREA_ROUNDING && bare < area - AREA_ROUNDING) {
        report.warnings.push(Warning::partly_outside(bare));
    }
    Ok(())
}

/// What one layer says: once, or once for each version of a plan that the parcel meets.
fn answers_of(desk: &Desk, index: &LayerIndex, asked: &Asked, when: When) -> Result<Vec<Answer>, PlanningError> {
    let layer = index.layer();
    let Some(planning) = &layer.planning else { return Ok(Vec::new()) };
    let interval = when.of(layer);
    let seen = |field: &usize| desk.audience().may_see(layer.fields[*field].audience);
    let fields: Vec<usize> = planning.version.iter().copied().filter(seen).collect();
    let versions = versions(index, asked, &fields, interval)?;
    let by = planning.code.filter(seen);
    let mut answers = Vec::new();
    for values in versions {
        let version = (!fields.is_empty()).then_some((&fields[..], &values[..]));
        let question = Question { by, interval, pieces: has_pieces(planning), audience: desk.audience(), version };
        let names = fields.iter().map(|&field| layer.fields[field].name.clone());
        answers.push(Answer {
            title: layer.title.clone(),
            features_in_layer: index.len(),
            version: names.zip(values.iter().cloned()).collect(),
            overlay: overlay(index, asked, &question)?,
        });
    }
    // A box that meets a version whose features the parcel does not: it says nothing here, unless all do.
    let met = answers.iter().any(|answer| !answer.overlay.features.is_empty());
    answers.retain({
        let mut first = true;
        move |answer| if met { !answer.overlay.features.is_empty() } else { std::mem::take(&mut first) }
    });
    Ok(answers)
}

/// Pieces of a plan are drawn; of the rest it is enough to be told.
fn has_pieces(planning: &Planning) -> bool {
    planning.role == Role::Plan
}

/// The versions of features near the parcel, at least one.
fn versions(
    index: &LayerIndex,
    asked: &Asked,
    fields: &[usize],
    interval: Option<Interval>,
) -> Result<BTreeSet<Vec<Option<String>>>, PlanningError> {
    let near = candidates(index, &asked.bbox, &|rows, row| in_force(rows, row, interval.as_ref()))?;
    let mut versions: BTreeSet<_> =
        near.iter().map(|candidate| version_of(&candidate.rows, candidate.row, fields)).collect();
    if versions.is_empty() {
        versions.insert(vec![None; fields.len()]);
    }
    Ok(versions)
}
