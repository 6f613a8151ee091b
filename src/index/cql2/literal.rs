//! What both encodings ask of a literal geometry.

use geo_types::{Coord, LineString};

use super::error::FilterError;

/// A line of two places or more that is not a single place.
pub fn line(places: Vec<Coord<f64>>) -> Result<LineString<f64>, FilterError> {
    if places.len() < 2 || places.iter().all(|place| *place == places[0]) {
        return Err(FilterError::geometry("a line has two different places or more"));
    }
    Ok(LineString(places))
}

/// A ring of four places or more, of which the last is the first.
pub fn ring(places: Vec<Coord<f64>>) -> Result<LineString<f64>, FilterError> {
    if places.len() < 4 {
        return Err(FilterError::geometry(format!("a ring has four places or more, and here are {}", places.len())));
    }
    if places.first() != places.last() {
        let shown =
            |place: Option<&Coord<f64>>| place.map_or_else(String::new, |place| format!("{} {}", place.x, place.y));
        let (first, last) = (shown(places.first()), shown(places.last()));
        return Err(FilterError::geometry(format!("a ring ends where it starts, at {first}, and not at {last}")));
    }
    Ok(LineString(places))
}

/// A box of four numbers; of six, the heights are left out.
pub fn bbox(numbers: &[f64]) -> Result<[f64; 4], FilterError> {
    match *numbers {
        [a, b, c, d] | [a, b, _, c, d, _] => Ok([a, b, c, d]),
        _ => Err(FilterError::geometry(format!(
            "a box has 4 numbers, or 6 with heights, and here are {}",
            numbers.len()
        ))),
    }
}
