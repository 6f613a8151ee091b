//! Lengths and areas on the ellipsoid of WGS 84, and on a plane. Degrees in, metres and square metres out.
//!
//! *Distances* are geodesic (C. F. F. Karney, "Algorithms for geodesics", J. Geodesy 87, 2013), through `geographiclib-rs`.
//!
//! *Areas* are of the ellipsoid, between edges that are straight in lon/lat, as GeoJSON has them (RFC 7946, section 3.1.1). Areas of
//! parts add up to that of the whole, which areas between geodesic edges do not: a border of 50 km from east to west runs
//! up to 17 m beside the geodesic between its ends. At 19° N such an edge of a kilometre encloses 4.5 m² with its geodesic, one of a hundred
//! metres a thousandth of that.

use geo::{Distance, Geodesic};
use geo_types::{Coord, LineString, MultiPolygon, Point};

use super::geometry::{Geometry, rings};
use super::ring::doubled_area;
use super::slabs::holds;

/// Semi-major axis of WGS 84, metres.
const A: f64 = 6_378_137.0;

/// Flattening of WGS 84.
const F: f64 = 1.0 / 298.257_223_563;

/// The square of the first eccentricity.
const E2: f64 = F * (2.0 - F);

/// The geodesic distance of two places `[lon, lat]`, metres.
#[must_use]
pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    Geodesic.distance(Point::from(a), Point::from(b))
}

/// The length of a line, each of its segments a geodesic, metres.
#[must_use]
pub fn length(line: &LineString<f64>) -> f64 {
    line.0.windows(2).map(|ends| distance(pair(ends[0]), pair(ends[1]))).sum()
}

/// The length of lines, the perimeter of polygons (holes included); 0 for a point. Metres.
#[must_use]
pub fn length_of(geometry: &Geometry) -> f64 {
    match geometry {
        Geometry::Point(_) => 0.0,
        Geometry::Lines(lines) => lines.0.iter().map(length).sum(),
        Geometry::Polygons(polygons) => perimeter(polygons),
    }
}

/// The length of all rings, metres.
#[must_use]
pub fn perimeter(polygons: &MultiPolygon<f64>) -> f64 {
    polygons.0.iter().flat_map(rings).map(length).sum()
}

/// The area of polygons less their holes, square metres. Which way the rings run does not count; that they do not cross does. Not
/// for rings around a pole.
#[must_use]
pub fn area(polygons: &MultiPolygon<f64>) -> f64 {
    let of_ring = |(number, ring): (usize, &LineString<f64>)| {
        let area = ring_area(&ring.0).abs();
        if number == 0 { area } else { -area }
    };
    polygons.0.iter().flat_map(|polygon| rings(polygon).enumerate()).map(of_ring).fold(0.0, |sum, area| sum + area)
}

/// The area that a ring encloses, positive when it runs counter-clockwise, square metres. The closing place may be repeated or not.
#[must_use]
pub fn ring_area(ring: &[Coord<f64>]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    let base = below(first.y);
    let next = ring.iter().cycle().skip(1);
    let strips = ring.iter().zip(next).map(|(from, to)| east(from.x, to.x) * (mean_below(from.y, to.y) - base));
    -strips.sum::<f64>()
}

/// Degrees from one longitude to another the shorter way, in radians, positive to the east.
fn east(from: f64, to: f64) -> f64 {
    let degrees = to - from;
    let shorter = if degrees.abs() > 180.0 { degrees - 360.0 * (degrees / 360.0).round() } else { degrees };
    shorter.to_radians()
}

/// The area of the ellipsoid between the equator and a latitude, for each radian of longitude (Snyder, "Map Projections: A Working
/// Manual", 1987, equation 3-12).
fn below(latitude: f64) -> f64 {
    let sine = latitude.to_radians().sin();
    let e = E2.sqrt();
    A * A * (1.0 - E2) / 2.0 * (sine / (1.0 - E2 * sine * sine) + (e * sine).atanh() / e)
}

/// The mean of [`below`] along an edge: Gauss and Legendre's sum of three places for edges up to a degree, of five beyond.
fn mean_below(from: f64, to: f64) -> f64 {
    const THREE: [(f64, f64); 2] = [(0.0, 8.0 / 9.0), (0.774_596_669_241_483_4, 5.0 / 9.0)];
    const FIVE: [(f64, f64); 3] = [
        (0.0, 128.0 / 225.0),
        (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
        (0.906_179_845_938_664, 0.236_926_885_056_189_1),
    ];
    let (middle, half) = (f64::midpoint(from, to), (to - from) / 2.0);
    if half.abs() < 1e-12 {
        return below(middle);
    }
    let nodes = if half.abs() <= 0.5 { &THREE[..] } else { &FIVE[..] };
    let at = |&(node, weight): &(f64, f64)| {
        if node > 0.0 {
            weight * (below(middle - half * node) + below(middle + half * node))
        } else {
            weight * below(middle)
        }
    };
    nodes.iter().map(at).sum::<f64>() / 2.0
}

/// The distance from a place to the nearest point of a geometry, metres; 0 inside polygons and on their border.
///
/// The nearest place is looked for on a plane around the asked place and found again on one around what was found, then the geodesic
/// there is measured: within a millimetre of the shortest up to 100 km.
#[must_use]
pub fn distance_to(place: [f64; 2], geometry: &Geometry) -> f64 {
    match geometry {
        Geometry::Point(point) => distance(place, [point.x(), point.y()]),
        Geometry::Lines(lines) => distance_to_paths(place, &lines.0.iter().collect::<Vec<_>>()),
        Geometry::Polygons(polygons) if holds(polygons, place) => 0.0,
        Geometry::Polygons(polygons) => {
            distance_to_paths(place, &polygons.0.iter().flat_map(rings).collect::<Vec<_>>())
        }
    }
}

/// Segments whose distance on the plane is so little more than the least are measured too.
const SLACK: f64 = 1.002;

fn distance_to_paths(place: [f64; 2], paths: &[&LineString<f64>]) -> f64 {
    let segments = || paths.iter().flat_map(|path| path.0.windows(2));
    let on_plane = |ends: &[Coord<f64>]| foot(place, pair(ends[0]), pair(ends[1])).1;
    let least = segments().map(on_plane).fold(f64::INFINITY, f64::min);
    let near = segments().filter(|ends| on_plane(ends) <= least * SLACK + 1e-3);
    near.map(|ends| distance_to_segment(place, pair(ends[0]), pair(ends[1]))).fold(f64::INFINITY, f64::min)
}

fn distance_to_segment(place: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (share, _) = foot(place, a, b);
    // Once more, on a short piece around it: there the plane fits.
    let (from, to) = ((share - 0.05).max(0.0), (share + 0.05).min(1.0));
    let (again, _) = foot(place, between(a, b, from), between(a, b, to));
    distance(place, between(a, b, from + again * (to - from)))
}

/// The place of `a`-`b` that is nearest, as a share of the way from `a`, and its distance, on a plane around the place.
fn foot(place: [f64; 2], a: [f64; 2], b: [f64; 2]) -> (f64, f64) {
    let (from, to) = (offset(place, a), offset(place, b));
    let along = [to[0] - from[0], to[1] - from[1]];
    let squared = along[0] * along[0] + along[1] * along[1];
    let share = -(from[0] * along[0] + from[1] * along[1]) / squared;
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    (share, (from[0] + share * along[0]).hypot(from[1] + share * along[1]))
}

/// Metres east and north from one place to another, by the radii of curvature half-way.
fn offset(from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    let latitude = f64::midpoint(from[1], to[1]).to_radians();
    let (sine, cosine) = latitude.sin_cos();
    let bend = 1.0 - E2 * sine * sine;
    let across = A / bend.sqrt();
    let along = across * (1.0 - E2) / bend;
    [east(from[0], to[0]) * across * cosine, (to[1] - from[1]).to_radians() * along]
}

/// The place on the straight way from `a` to `b` at a share of it: `a` at 0 and `b` at 1, to the bit.
#[must_use]
#[expect(clippy::float_cmp, reason = "the end itself, not one near it")]
pub fn between(a: [f64; 2], b: [f64; 2], share: f64) -> [f64; 2] {
    if share == 1.0 { b } else { [0, 1].map(|axis| a[axis] + (b[axis] - a[axis]) * share) }
}

/// The area that a ring encloses on a plane, in the squares of its unit: positive when it runs counter-clockwise. Taken about the
/// first corner, so that no digits are lost where coordinates are millions of metres. The closing place may be repeated or not.
#[must_use]
pub fn plane_area(ring: &[[f64; 2]]) -> f64 {
    doubled_area(ring) / 2.0
}

fn pair(place: Coord<f64>) -> [f64; 2] {
    [place.x, place.y]
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
