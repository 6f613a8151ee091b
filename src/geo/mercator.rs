//! Web Mercator on the integer world square.
//!
//! Formulas: EPSG Guidance Note 7-2, "Popular Visualisation Pseudo Mercator" (method 1024), scaled
//! so that the square of side 2^32 holds longitudes -180..180 and latitudes +-85.0511287798.

use std::f64::consts::PI;

/// A place on the world square: x grows east, y grows south, one unit is 9.3 mm at the equator.
pub type WorldPoint = [u32; 2];

/// Side of the world square.
pub const WORLD: f64 = 4_294_967_296.0;

/// The latitude at which the square ends, in degrees north and south.
pub const LIMIT: f64 = 85.051_128_779_806_59;

/// The place of `[lon, lat]` in degrees (EPSG:4326). Beyond [`LIMIT`] and +-180 it is drawn at the
/// edge of the square: the poles have no place on it.
#[must_use]
pub fn world_point([lon, lat]: [f64; 2]) -> WorldPoint {
    let x = (lon / 360.0 + 0.5) * WORLD;
    let sine = lat.clamp(-LIMIT, LIMIT).to_radians().sin();
    let y = (0.5 - ((1.0 + sine) / (1.0 - sine)).ln() / (4.0 * PI)) * WORLD;
    [on_square(x), on_square(y)]
}

/// The middle of the unit at `point`, as `[lon, lat]` in degrees.
#[must_use]
pub fn lon_lat([x, y]: WorldPoint) -> [f64; 2] {
    let lon = ((f64::from(x) + 0.5) / WORLD - 0.5) * 360.0;
    let n = PI * (1.0 - 2.0 * (f64::from(y) + 0.5) / WORLD);
    [lon, n.sinh().atan().to_degrees()]
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates at the edges of the square"
)]
fn on_square(value: f64) -> u32 {
    value.floor() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values, metres: EPSG's `ln(tan(45 + lat/2))` form, computed apart; the last row is a city's own
    /// lamp register, which gives both.
    #[test]
    fn agrees_with_epsg_3857_to_one_unit() {
        let table = [
            ([105.672, 18.666], [11_763_353.231_106_8, 2_115_652.017_549_4]),
            ([0.0, 0.0], [0.0, 0.0]),
            ([-88.258_109_497_783_56, 40.146_306_550_212_76], [-9_824_847.807_670_25, 4_887_225.981_891_52]),
        ];
        let metres_per_unit = 2.0 * 20_037_508.342_789_244 / WORLD;
        for (place, [east, north]) in table {
            let [x, y] = world_point(place);
            let dx = (f64::from(x) - WORLD / 2.0) * metres_per_unit - east;
            let dy = (WORLD / 2.0 - f64::from(y)) * metres_per_unit - north;
            assert!(dx.abs() < 0.02 && dy.abs() < 0.02, "{place:?}: off by {dx} m, {dy} m");
        }
    }

    #[test]
    fn the_poles_and_the_antimeridian_stay_on_the_square() {
        assert_eq!(world_point([180.0, -90.0]), [u32::MAX, u32::MAX]);
        assert_eq!(world_point([-180.0, 90.0])[0], 0);
        assert!(world_point([-180.0, 90.0])[1] <= 1);
    }

    #[test]
    fn there_and_back_is_within_half_a_unit() {
        for place in [[105.7, 18.7], [-179.999_999, 84.9], [12.5, -33.0]] {
            let [lon, lat] = lon_lat(world_point(place));
            assert!(
                (lon - place[0]).abs() < 1e-7 && (lat - place[1]).abs() < 1e-7,
                "{place:?} came back as {lon}, {lat}"
            );
        }
    }
}
