//! What comes and goes: borders that are crossed, values that change fast. One alert of it is open, and counts.

use chrono::{DateTime, Utc};
use geo::{Contains, Intersects};
use geo_types::{Coord, Line, MultiPolygon, Point};
use toml::Value as Toml;

use super::day;
use super::expected::{Expected, begun, metres_to, number, span, text};

/// An alert of something that happened again and again: when, the value, and where it was last.
fn counted(times: &[(DateTime<Utc>, Option<f64>)], place: [f64; 2]) -> Option<Expected> {
    let (first, (last, value)) = (times.first()?.0, *times.last()?);
    let count = u32::try_from(times.len()).expect("few");
    Some(Expected { count, value, changed: last, ..begun(first, place) })
}

/// Over the border, inwards or outwards: outside is who is further away than the margin.
pub fn border(
    when: &Toml,
    home: [f64; 2],
    lines: &[day::Line],
    id: &str,
    area: &MultiPolygon<f64>,
) -> Option<Expected> {
    let (kind, margin) = (text(when, "type").expect("a type"), number(when, "margin").unwrap_or_default());
    let mut found: Vec<(DateTime<Utc>, [f64; 2])> = Vec::new();
    let (mut inside, mut from) = (area.contains(&Point::from(home)), Coord::from(home));
    for (time, place) in lines.iter().filter_map(|line| line.place.map(|place| (line.time, place))) {
        let within = area.contains(&Point::from(place));
        let metres = if within || !inside { 0.0 } else { metres_to(area, place) };
        assert!(margin == 0.0 || (metres - margin).abs() > 1.0, "{metres} m: this test does not measure so well");
        let now = within || inside && margin > 0.0 && metres <= margin;
        let through = !now && !inside && area.intersects(&Line::new(from, Coord::from(place)));
        let happened = match kind {
            "enter" => now && !inside,
            "exit" => inside && !now,
            "cross" => inside != now || through,
            _ => panic!("{kind} is no border"),
        };
        found.extend(happened.then_some((time, place)));
        (inside, from) = (now, Coord::from(place));
    }
    let times: Vec<(DateTime<Utc>, Option<f64>)> = found.iter().map(|(time, _)| (*time, None)).collect();
    let fence = Some(id.to_owned());
    Some(Expected { fence, ..counted(&times, found.last()?.1)? })
}

/// By so much more or less than the least or the most of a while, as far as that was not told before.
pub fn change(when: &Toml, lines: &[day::Line], place: [f64; 2]) -> Option<Expected> {
    let property = text(when, "property").expect("a property");
    let (rise, fall, over) = (number(when, "rise"), number(when, "fall"), span(when, "over").expect("a time"));
    let told: Vec<(DateTime<Utc>, f64)> =
        lines.iter().filter_map(|line| Some((line.time, *line.values.get(property)?))).collect();
    let (mut from, mut found) = (0, Vec::new());
    for (number, (time, value)) in told.iter().enumerate() {
        let before = told[from..number].iter().filter(|(then, _)| *time - *then <= over);
        let by = before.map(|(_, then)| if rise.is_some() { value - then } else { then - value });
        if by.fold(f64::NEG_INFINITY, f64::max) >= rise.or(fall).expect("rise or fall") {
            found.push((*time, Some(*value)));
            from = number;
        }
    }
    counted(&found, place)
}
