//! VN-2000, the national reference system: its zones and the way to WGS 84, in one place.
//!
//! Zones: EPSG dataset v12.013 and, for the provinces (as they stood until 2025-06-30), Circular 25/2014/TT-BTNMT. The
//! shift: EPSG:6960 "VN-2000 to WGS 84 (2)", the seven parameters of Decision 05/2007/QD-BTNMT. EPSG gives them as a
//! *coordinate frame* rotation; here they are a *position vector*, so the signs of the rotations are the other way.
//! The operation is always named in full: left to itself PROJ takes another one in the Mekong delta (0.8 m).

use crate::geo::BBox;

/// The code of VN-2000 in degrees.
pub const GEOGRAPHIC: u32 = 4756;

/// One Transverse Mercator zone: easting first, metres, false easting 500,000, false northing 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// EPSG code.
    pub code: u32,
    /// Central meridian, degrees east.
    pub meridian: f64,
    /// Scale on the central meridian: 0.9999 for the zones of 3 degrees, 0.9996 for those of 6.
    pub scale: f64,
    /// Where it is the one to use.
    pub provinces: &'static str,
}

/// Every zone with a code of its own. The deprecated twins 6956-6959 are not among them, see [`replacement`].
pub const ZONES: [Zone; 18] = [
    zone(5896, 102.0, "west of 103°30′ E"),
    zone(9205, 103.0, "Lai Châu, Điện Biên"),
    zone(9206, 104.0, "Sơn La"),
    zone(9207, 104.5, "Kiên Giang, Cà Mau"),
    zone(9208, 104.75, "Nghệ An, Phú Thọ, Lào Cai, Yên Bái, An Giang"),
    zone(5897, 105.0, "Thanh Hóa, Hà Nội, Ninh Bình, Hà Nam, Vĩnh Phúc, Đồng Tháp, Cần Thơ, Hậu Giang, Bạc Liêu"),
    zone(9209, 105.5, "Hà Tĩnh, Hà Giang, Hải Dương, Bắc Ninh, Hưng Yên, Thái Bình, Nam Định, Tây Ninh, Vĩnh Long"),
    zone(9210, 105.75, "Hải Phòng, TP. Hồ Chí Minh, Cao Bằng, Bình Dương, Long An, Tiền Giang, Bến Tre"),
    zone(9211, 106.0, "Tuyên Quang, Hòa Bình, Quảng Bình"),
    zone(9212, 106.25, "Quảng Trị, Bình Phước"),
    zone(9213, 106.5, "Bắc Kạn, Thái Nguyên"),
    zone(9214, 107.0, "Bắc Giang, Thừa Thiên Huế"),
    zone(9215, 107.25, "Lạng Sơn"),
    zone(9216, 107.5, "Kon Tum"),
    zone(5899, 107.75, "Quảng Ninh, Đồng Nai, Bà Rịa - Vũng Tàu, Quảng Nam, Lâm Đồng, Đà Nẵng"),
    zone(5898, 108.0, "east of 106°30′ E"),
    zone(9217, 108.25, "Bình Định, Khánh Hòa, Ninh Thuận"),
    zone(9218, 108.5, "Đắk Lắk, Đắk Nông, Phú Yên, Gia Lai, Bình Thuận"),
];

/// The zones of 6 degrees, of maps at 1:50,000 and smaller.
pub const UTM: [Zone; 2] = [
    Zone { code: 3405, meridian: 105.0, scale: 0.9996, provinces: "UTM zone 48, west of 108° E" },
    Zone { code: 3406, meridian: 111.0, scale: 0.9996, provinces: "UTM zone 49, east of 108° E" },
];

/// The provinces that a file without a CRS is first looked for in, with the code of their zone.
pub const HOMES: [(u32, BBox); 2] = [
    (9208, BBox { west: 103.87, south: 18.55, east: 105.99, north: 20.02 }),
    (5897, BBox { west: 104.37, south: 19.28, east: 106.1, north: 20.68 }),
];

/// The box around [`HOMES`], with some sea.
pub const BOTH_PROVINCES: BBox = BBox { west: 103.8, south: 18.4, east: 106.6, north: 20.8 };

/// The mainland of Viet Nam and its coast.
pub const VIET_NAM: BBox = BBox { west: 102.0, south: 8.0, east: 110.0, north: 23.6 };

/// Viet Nam with its sea and islands: where coordinates in VN-2000 can be at all.
pub const COUNTRY_AND_SEA: BBox = BBox { west: 101.0, south: 5.0, east: 118.5, north: 24.5 };

const fn zone(code: u32, meridian: f64, provinces: &'static str) -> Zone {
    Zone { code, meridian, scale: 0.9999, provinces }
}

/// All of [`ZONES`] and [`UTM`].
pub fn zones() -> impl Iterator<Item = &'static Zone> {
    ZONES.iter().chain(&UTM)
}

/// The zone of a code.
#[must_use]
pub fn by_code(code: u32) -> Option<Zone> {
    zones().find(|zone| zone.code == code).copied()
}

/// The zone of a central meridian (degrees) and a scale.
#[must_use]
pub fn by_meridian(meridian: f64, scale: f64) -> Option<Zone> {
    zones().find(|zone| (zone.meridian - meridian).abs() < 1e-6 && (zone.scale - scale).abs() < 1e-7).copied()
}

/// The code that took the place of a deprecated one: 6956-6959 have false easting and northing exchanged.
#[must_use]
pub fn replacement(code: u32) -> Option<u32> {
    (6956..=6959).contains(&code).then(|| code - 6956 + 5896)
}

/// The central meridian as Vietnamese papers write it: `104°45′`.
#[must_use]
pub fn meridian_text(degrees: f64) -> String {
    let minutes = (degrees.fract() * 60.0).round();
    format!("{:.0}°{minutes:02.0}′", degrees.trunc())
}

/// The shift from VN-2000 to WGS 84, as the steps of a PROJ pipeline. Radians in and out.
pub const SHIFT_STEPS: &str = "+step +proj=cart +ellps=WGS84 \
     +step +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 \
     +rx=0.00928836 +ry=-0.01975479 +rz=0.00427372 +s=0.252906278 +convention=position_vector \
     +step +inv +proj=cart +ellps=WGS84";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_code_and_by_meridian() {
        assert_eq!(by_code(9208).map(|zone| zone.meridian), Some(104.75));
        assert_eq!(by_meridian(105.0, 0.9999).map(|zone| zone.code), Some(5897));
        assert_eq!(by_meridian(105.0, 0.9996).map(|zone| zone.code), Some(3405));
        assert_eq!(by_meridian(104.6, 0.9999), None);
        assert_eq!(
            [6956, 6957, 6958, 6959, 6960].map(replacement),
            [Some(5896), Some(5897), Some(5898), Some(5899), None]
        );
        assert_eq!(meridian_text(104.75), "104°45′");
        assert_eq!(meridian_text(105.0), "105°00′");
    }
}
