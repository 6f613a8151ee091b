//! Coordinate reference systems: what a file's coordinates mean, and the way from there to lon/lat WGS 84.
//!
//! Axis order is x (east) first whatever the authority says: that is how files are written. VN-2000 never goes through
//! PROJ's own choice of operation, see [`super::vn2000`]. The way back (`from_lon_lat`) is for exports and tests.

use std::fmt;

use proj::Proj;

use super::prj::Prj;
use super::vn2000::{self, GEOGRAPHIC, SHIFT_STEPS};

/// Radius of the sphere of EPSG:3857, metres.
const MERCATOR_RADIUS: f64 = 6_378_137.0;

/// A coordinate reference system that is known to be usable.
#[derive(Clone, Debug, PartialEq)]
pub struct Crs {
    name: String,
    definition: Definition,
}

#[derive(Clone, Debug, PartialEq)]
enum Definition {
    /// Lon/lat degrees, WGS 84.
    LonLat,
    /// EPSG:3857.
    Mercator,
    /// VN-2000 degrees.
    Vn2000,
    /// Transverse Mercator on VN-2000.
    Vn2000Grid(Grid),
    /// Transverse Mercator on WGS 84, UTM among them.
    Wgs84Grid(Grid),
    /// Whatever PROJ makes of a code, a WKT or a PROJ string.
    Proj(String),
}

/// Why a CRS cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CrsError {
    /// A code that no register has, or a text that is none.
    #[error(
        "`{0}` is no coordinate reference system that is known here: give an EPSG code such as EPSG:4326 (WGS 84 degrees), \
         EPSG:9208 (VN-2000, Nghệ An), EPSG:5897 (VN-2000, Thanh Hóa), EPSG:32648 (UTM 48N) or EPSG:3857 (web maps)"
    )]
    Unknown(String),
    /// EPSG:6956-6959.
    #[error("EPSG:{code} is deprecated, its false easting and northing are exchanged: use EPSG:{replacement}")]
    Deprecated {
        /// As it was given.
        code: u32,
        /// What to use.
        replacement: u32,
    },
    /// PROJ finds another version's register instead of its own.
    #[error(
        "EPSG codes cannot be looked up: the environment's PROJ_DATA or PROJ_LIB names the register of another PROJ; unset both"
    )]
    Register,
    /// VN-2000 in something else than Transverse Mercator.
    #[error(
        "`{0}` is on the VN-2000 datum, but not in Transverse Mercator: name its zone with --crs, for example EPSG:9208"
    )]
    UnknownGrid(String),
}

impl Crs {
    /// Lon/lat degrees on WGS 84.
    #[must_use]
    pub fn lon_lat() -> Self {
        Self { name: "EPSG:4326".into(), definition: Definition::LonLat }
    }

    /// Reads `EPSG:n`, the bare number, `OGC:CRS84`, their `urn:ogc:def:crs:` and `http://www.opengis.net/def/crs/` forms, a PROJ
    /// string, or the WKT of a `.prj`.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let text = text.trim().trim_start_matches('\u{feff}');
        if let Some(prj) = Prj::read(text) {
            return Self::from_prj(text, &prj);
        }
        if text.starts_with("+proj=") {
            return Self::from_proj(text, text);
        }
        let upper = text.to_ascii_uppercase();
        if upper.ends_with("CRS84") || upper.ends_with("WGS84") || upper == "WGS 84" {
            return Ok(Self::lon_lat());
        }
        let words: Vec<_> = upper.split([':', '/', '#']).filter(|word| !word.is_empty()).collect();
        let epsg = words.len() == 1 || words.iter().any(|word| *word == "EPSG" || *word == "EPSG.XML");
        match words.last().and_then(|word| word.parse().ok()) {
            Some(code) if epsg => Self::from_code(code),
            _ => Err(CrsError::Unknown(text.to_owned())),
        }
    }

    /// The CRS of an EPSG code.
    pub fn from_code(code: u32) -> Result<Self, CrsError> {
        let name = format!("EPSG:{code}");
        if let Some(replacement) = vn2000::replacement(code) {
            return Err(CrsError::Deprecated { code, replacement });
        }
        if let Some(zone) = vn2000::by_code(code) {
            return Ok(Self { name, definition: Definition::Vn2000Grid(Grid::zone(zone.meridian, zone.scale, 0.0)) });
        }
        match code {
            4326 | 4979 => Ok(Self::lon_lat()),
            3857 | 3785 | 900_913 | 102_100 | 102_113 => {
                Ok(Self { name: "EPSG:3857".into(), definition: Definition::Mercator })
            }
            GEOGRAPHIC => Ok(Self { name, definition: Definition::Vn2000 }),
            32601..=32660 => Ok(Self { name, definition: Definition::Wgs84Grid(Grid::utm(code - 32600, 0.0)) }),
            32701..=32760 => {
                Ok(Self { name, definition: Definition::Wgs84Grid(Grid::utm(code - 32700, 10_000_000.0)) })
            }
            _ => Self::from_proj(&name, &name),
        }
    }

    fn from_prj(text: &str, prj: &Prj) -> Result<Self, CrsError> {
        let grid = Grid::of(prj);
        let name = prj.name.clone();
        if prj.is_vn2000() {
            return match grid {
                _ if !prj.projected => Self::from_code(GEOGRAPHIC),
                Some(grid) => match grid.vn2000_zone() {
                    Some(zone) => Self::from_code(zone.code),
                    None => Ok(Self { name, definition: Definition::Vn2000Grid(grid) }),
                },
                None => Err(CrsError::UnknownGrid(name)),
            };
        }
        match (prj.code, grid) {
            (Some(code), _) => Self::from_code(code),
            _ if prj.is_wgs84() && !prj.projected => Ok(Self::lon_lat()),
            (None, Some(grid)) if prj.is_wgs84() => Ok(Self { name, definition: Definition::Wgs84Grid(grid) }),
            _ if prj.method == "Mercator_Auxiliary_Sphere" => Self::from_code(3857),
            _ => Self::from_proj(text, &name),
        }
    }

    fn from_proj(text: &str, name: &str) -> Result<Self, CrsError> {
        let crs = Self { name: name.to_owned(), definition: Definition::Proj(text.to_owned()) };
        match crs.transform() {
            Ok(_) => Ok(crs),
            Err(_) if Proj::new_known_crs("EPSG:4326", "EPSG:4258", None).is_err() => Err(CrsError::Register),
            Err(unknown) => Err(unknown),
        }
    }

    /// Whether its numbers are degrees on WGS 84 or VN-2000.
    #[must_use]
    pub fn is_degrees(&self) -> bool {
        matches!(self.definition, Definition::LonLat | Definition::Vn2000)
    }

    /// The VN-2000 system that has the same numbers as this one on WGS 84: what it is when somebody forgot the shift.
    #[must_use]
    pub fn vn2000_twin(&self) -> Option<Self> {
        match &self.definition {
            Definition::LonLat => Self::from_code(GEOGRAPHIC).ok(),
            Definition::Wgs84Grid(grid) => grid.vn2000_zone().and_then(|zone| Self::from_code(zone.code).ok()),
            _ => None,
        }
    }

    /// Whether it is WGS 84 in a zone of 3 degrees of VN-2000. Nobody works in that: it is how software without the
    /// VN-2000 datum labels VN-2000 coordinates, and PROJ takes it without the shift.
    #[must_use]
    pub fn is_disguised_vn2000(&self) -> bool {
        let Definition::Wgs84Grid(grid) = &self.definition else { return false };
        grid.vn2000_zone().is_some_and(|zone| vn2000::ZONES.contains(&zone))
    }

    /// Whether it is on the VN-2000 datum, and so shifted.
    #[must_use]
    pub fn is_vn2000(&self) -> bool {
        matches!(self.definition, Definition::Vn2000 | Definition::Vn2000Grid(_))
    }

    /// The way to lon/lat WGS 84. One a thread: PROJ's objects cannot be shared.
    pub fn transform(&self) -> Result<Transform, CrsError> {
        let unknown = || CrsError::Unknown(self.name.clone());
        let pipeline = |steps: String| Proj::new(&steps).map_err(|_reason| unknown());
        let way = match &self.definition {
            Definition::LonLat => Way::Identity,
            Definition::Mercator => Way::Mercator,
            Definition::Vn2000 => Way::Proj(pipeline(format!("{PIPELINE} {IN} {SHIFT_STEPS} {OUT}"))?),
            Definition::Vn2000Grid(grid) => {
                Way::Proj(pipeline(format!("{PIPELINE} +step +inv {} {SHIFT_STEPS} {OUT}", grid.step()))?)
            }
            Definition::Wgs84Grid(grid) => Way::Proj(pipeline(format!("{PIPELINE} +step +inv {} {OUT}", grid.step()))?),
            Definition::Proj(text) => {
                Way::Proj(Proj::new_known_crs(text, "OGC:CRS84", None).map_err(|_reason| unknown())?)
            }
        };
        Ok(Transform(way))
    }
}

const PIPELINE: &str = "+proj=pipeline";
const IN: &str = "+step +proj=unitconvert +xy_in=deg +xy_out=rad";
const OUT: &str = "+step +proj=unitconvert +xy_in=rad +xy_out=deg";

/// Transverse Mercator on the ellipsoid of WGS 84, its origin on the equator. Degrees and metres.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Grid {
    meridian: f64,
    scale: f64,
    false_easting: f64,
    false_northing: f64,
}

impl Grid {
    fn zone(meridian: f64, scale: f64, false_northing: f64) -> Self {
        Self { meridian, scale, false_easting: 500_000.0, false_northing }
    }

    fn utm(zone: u32, false_northing: f64) -> Self {
        Self::zone(f64::from(zone) * 6.0 - 183.0, 0.9996, false_northing)
    }

    fn of(prj: &Prj) -> Option<Self> {
        let method = prj.method.replace(['_', ' ', '-'], "").to_ascii_lowercase();
        let transverse = ["transversemercator", "gausskruger"].contains(&method.as_str());
        let latitude = prj.parameter(&["latitude of origin", "latitude of natural origin"]).unwrap_or(0.0);
        if !transverse || !prj.metric || latitude.abs() > 0.0 {
            return None;
        }
        Some(Self {
            meridian: prj.parameter(&["central meridian", "longitude of natural origin"])?,
            scale: prj.parameter(&["scale factor", "scale factor at natural origin"])?,
            false_easting: prj.parameter(&["false easting"])?,
            false_northing: prj.parameter(&["false northing"])?,
        })
    }

    fn vn2000_zone(&self) -> Option<vn2000::Zone> {
        let zone = vn2000::by_meridian(self.meridian, self.scale)?;
        (*self == Self::zone(self.meridian, self.scale, 0.0)).then_some(zone)
    }

    fn step(&self) -> String {
        let Self { meridian, scale, false_easting, false_northing } = self;
        format!(
            "+proj=tmerc +lat_0=0 +lon_0={meridian} +k={scale} +x_0={false_easting} +y_0={false_northing} +ellps=WGS84"
        )
    }
}

/// `EPSG:n`, or the name that a `.prj` gives.
impl fmt::Display for Crs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The way from a CRS to lon/lat WGS 84 in degrees and back.
pub struct Transform(Way);

enum Way {
    Identity,
    Mercator,
    Proj(Proj),
}

impl Transform {
    /// Where `[x, y]` of the CRS lies, `[lon, lat]`. `None` when it is no place of the CRS. Coordinates that are lon/lat already
    /// come back to the bit, in the world or not.
    #[must_use]
    pub fn lon_lat(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        let place = match &self.0 {
            Way::Identity => return Some([x, y]),
            Way::Mercator => [(x / MERCATOR_RADIUS).to_degrees(), (y / MERCATOR_RADIUS).sinh().atan().to_degrees()],
            Way::Proj(proj) => proj.convert((x, y)).ok().map(|(lon, lat)| [lon, lat])?,
        };
        finite(place)
    }

    /// Whether it changes nothing: the coordinates are lon/lat already.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        matches!(self.0, Way::Identity)
    }

    /// Where `[lon, lat]` lies in the CRS, `[x, y]`.
    #[must_use]
    pub fn from_lon_lat(&self, [lon, lat]: [f64; 2]) -> Option<[f64; 2]> {
        let place = match &self.0 {
            Way::Identity => [lon, lat],
            Way::Mercator => {
                let (lon, lat) = (lon.to_radians(), lat.to_radians());
                [lon * MERCATOR_RADIUS, lat.tan().asinh() * MERCATOR_RADIUS]
            }
            Way::Proj(proj) => proj.project((lon, lat), true).ok().map(|(x, y)| [x, y])?,
        };
        finite(place)
    }
}

fn finite(place: [f64; 2]) -> Option<[f64; 2]> {
    place.iter().all(|number| number.is_finite()).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSITION_VECTOR: &str =
        "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278";

    #[test]
    fn every_spelling_names_the_same_system() {
        let table = [
            ("EPSG:9208", "EPSG:9208"),
            ("epsg:9208", "EPSG:9208"),
            (" 9208 ", "EPSG:9208"),
            ("urn:ogc:def:crs:EPSG::9208", "EPSG:9208"),
            ("urn:ogc:def:crs:EPSG:6.9:4326", "EPSG:4326"),
            ("http://www.opengis.net/def/crs/EPSG/0/32648", "EPSG:32648"),
            ("http://www.opengis.net/gml/srs/epsg.xml#4326", "EPSG:4326"),
            ("OGC:CRS84", "EPSG:4326"),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326"),
            ("https://www.opengis.net/def/crs/OGC/1.3/CRS84", "EPSG:4326"),
            ("EPSG:900913", "EPSG:3857"),
            ("EPSG:4756", "EPSG:4756"),
        ];
        for (text, name) in table {
            assert_eq!(Crs::parse(text).map(|crs| crs.to_string()).as_deref(), Ok(name), "{text}");
        }
    }

    #[test]
    fn what_is_no_system_is_refused_with_a_way_out() {
        let table = [
            ("EPSG:9999999", "EPSG:9208"),
            ("VN2000", "EPSG:9208"),
            ("", "EPSG:4326"),
            ("EPSG:6957", "EPSG:5897"),
            ("ESRI:9208", "EPSG:4326"),
            ("EPSG:99999999999", "EPSG:4326"),
            ("+proj=nonsense", "EPSG:4326"),
            ("EPSG:\0", "EPSG:4326"),
        ];
        for (text, way_out) in table {
            let error = Crs::parse(text).expect_err(text).to_string();
            assert!(error.contains(way_out), "{text}: {error}");
        }
    }

    fn tm(datum: &str, meridian: f64, scale: f64) -> String {
        format!(
            r#"PROJCS["mine",GEOGCS["GCS",DATUM["{datum}",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",{scale}],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
        )
    }

    #[test]
    fn a_prj_is_recognised_by_datum_meridian_and_scale() {
        let table = [
            (tm("D_Vietnam_2000", 104.75, 0.9999), "EPSG:9208", true, None),
            (tm("Vietnam 2000", 105.0, 0.9999), "EPSG:5897", true, None),
            (tm("VN-2000", 105.0, 0.9996), "EPSG:3405", true, None),
            (tm("D_Vietnam_2000", 104.6, 0.9999), "mine", true, None),
            (tm("D_WGS_1984", 104.75, 0.9999), "mine", false, Some("EPSG:9208")),
            (tm("D_WGS_1984", 105.0, 0.9996), "mine", false, Some("EPSG:3405")),
        ];
        for (text, name, vn2000, twin) in table {
            let crs = Crs::parse(&text).expect(&text);
            assert_eq!((crs.to_string().as_str(), crs.is_vn2000()), (name, vn2000), "{text}");
            assert_eq!(crs.vn2000_twin().map(|crs| crs.to_string()).as_deref(), twin, "{text}");
            assert_eq!(crs.is_disguised_vn2000(), twin == Some("EPSG:9208"), "{text}");
        }
    }

    #[test]
    fn a_disguised_file_would_lie_a_whole_shift_aside() {
        let there = Crs::parse(&tm("D_WGS_1984", 104.75, 0.9999)).unwrap().transform().unwrap();
        let [lon, lat] = there.lon_lat([597_068.623_8, 2_064_850.596_6]).unwrap();
        let off = ((lon - 105.672) * 105_400.0).hypot((lat - 18.666) * 110_650.0);
        assert!((off - 226.0).abs() < 5.0, "{off}");
    }

    /// Against proj4rs, which shares no code with PROJ: every zone, four degrees either side of its meridian.
    #[test]
    fn every_zone_agrees_with_an_independent_library_to_a_tenth_of_a_millimetre() {
        let world = proj4rs::Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs").unwrap();
        for zone in vn2000::zones() {
            let ours = Crs::from_code(zone.code).unwrap().transform().unwrap();
            let theirs = proj4rs::Proj::from_proj_string(&format!(
                "+proj=tmerc +lat_0=0 +lon_0={} +k={} +x_0=500000 +y_0=0 +ellps=WGS84 +towgs84={POSITION_VECTOR} +units=m",
                zone.meridian, zone.scale
            ))
            .unwrap();
            for step in 0..289 {
                let (column, row) = (step % 17, step / 17);
                let place = [zone.meridian - 4.0 + f64::from(column) * 0.5, 8.0 + f64::from(row)];
                let mut expected = (place[0].to_radians(), place[1].to_radians(), 0.0);
                proj4rs::transform::transform(&world, &theirs, &mut expected).unwrap();
                let [x, y] = ours.from_lon_lat(place).unwrap();
                let off = (x - expected.0).hypot(y - expected.1);
                assert!(off < 1e-4, "EPSG:{} at {place:?}: {off} m", zone.code);
                let mut back = (x, y, 0.0);
                proj4rs::transform::transform(&theirs, &world, &mut back).unwrap();
                let [lon, lat] = ours.lon_lat([x, y]).unwrap();
                let off = (lon.to_radians() - back.0).hypot(lat.to_radians() - back.1) * 6.4e6;
                assert!(off < 1e-4, "EPSG:{} back at {place:?}: {off} m", zone.code);
            }
        }
    }

    #[test]
    fn the_web_map_is_exact_and_degrees_stay_to_the_bit() {
        let mercator = Crs::parse("EPSG:3857").unwrap().transform().unwrap();
        let [x, y] = [-9_824_847.807_670_25, 4_887_225.981_891_52];
        let [lon, lat] = mercator.lon_lat([x, y]).unwrap();
        assert!(
            (lon + 88.258_109_497_783_57).abs() < 1e-12 && (lat - 40.146_306_550_212_76).abs() < 1e-12,
            "{lon} {lat}"
        );
        let [east, north] = mercator.from_lon_lat([lon, lat]).unwrap();
        assert!((east - x).abs() < 1e-6 && (north - y).abs() < 1e-6);
        let identity = Crs::lon_lat().transform().unwrap();
        assert_eq!(
            identity.lon_lat([0.1 + 0.2, -0.0]).map(|place| place.map(f64::to_bits)),
            Some([0.1 + 0.2, -0.0_f64].map(f64::to_bits))
        );
    }

    #[test]
    fn what_is_no_place_of_a_system_has_none() {
        let grid = Crs::parse("EPSG:9208").unwrap().transform().unwrap();
        for place in [[f64::NAN, 0.0], [f64::INFINITY, 0.0], [1e30, 1e30]] {
            assert_eq!(grid.lon_lat(place), None, "{place:?}");
        }
    }
}
