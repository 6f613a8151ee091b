//! The systems in which answers are given over HTTP: their URIs and the order of their axes.
//!
//! OGC API - Features Part 2 (OGC 18-058r1, section 6.2): a system is named by a URI, and coordinates come in the order that its
//! authority defines: latitude first in EPSG:4326 and EPSG:4756, longitude or easting first in all others here.

use std::fmt;

use super::system::{Crs, CrsError};
use super::vn2000::{self, GEOGRAPHIC};

/// A system by the name that an answer gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct OgcCrs {
    code: Code,
    crs: Crs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Crs84,
    Epsg(u32),
}

const EPSG: &str = "http://www.opengis.net/def/crs/EPSG/0/";

/// Longitude and latitude on WGS 84: what is spoken where nothing else is asked for.
pub const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

impl OgcCrs {
    /// Longitude and latitude on WGS 84.
    #[must_use]
    pub fn crs84() -> Self {
        Self { code: Code::Crs84, crs: Crs::lon_lat() }
    }

    /// Every system in which answers are given, CRS84 first, then by what is asked for most: WGS 84, web maps, the zones of VN-2000.
    ///
    /// # Panics
    /// Never: all are built in.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut codes: Vec<u32> = vn2000::zones().map(|zone| zone.code).collect();
        codes.sort_unstable();
        let codes = [4326, 3857, GEOGRAPHIC].into_iter().chain(codes);
        let known = |code| Self { code: Code::Epsg(code), crs: Crs::from_code(code).expect("built in") };
        std::iter::once(Self::crs84()).chain(codes.map(known)).collect()
    }

    /// Reads a URI as [`fmt::Display`] writes it (with `https` and any version of the register too), `EPSG:n`, `OGC:CRS84`, or
    /// their URN and safe CURIE `[EPSG:n]`. One that is not among [`Self::all`] is an error.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let bare = text.trim().trim_start_matches('[').trim_end_matches(']');
        let unknown = || CrsError::Unknown(text.to_owned());
        if bare.to_ascii_uppercase().ends_with("CRS84") {
            return Ok(Self::crs84());
        }
        let digits = bare.rsplit(['/', ':']).next().unwrap_or_default();
        let code: u32 = digits.parse().map_err(|_no_number| unknown())?;
        if bare.len() == digits.len() || !bare.to_ascii_uppercase().contains("EPSG") {
            return Err(unknown());
        }
        if let Some(replacement) = vn2000::replacement(code) {
            return Err(CrsError::Deprecated { code, replacement });
        }
        Self::all().into_iter().find(|known| known.code == Code::Epsg(code)).ok_or_else(unknown)
    }

    /// The system, east first.
    #[must_use]
    pub fn crs(&self) -> &Crs {
        &self.crs
    }

    /// Whether coordinates come with the north first.
    #[must_use]
    pub fn north_first(&self) -> bool {
        matches!(self.code, Code::Epsg(4326 | GEOGRAPHIC))
    }

    /// Whether it is lon/lat WGS 84 as GeoJSON has it.
    #[must_use]
    pub fn is_crs84(&self) -> bool {
        self.code == Code::Crs84
    }

    /// Whether coordinates are metres on a plane.
    #[must_use]
    pub fn is_projected(&self) -> bool {
        !self.crs.is_degrees()
    }

    /// Exchanges the axes where the authority has the north first: from the order of an answer to east first, and back.
    #[must_use]
    pub fn ordered(&self, [a, b]: [f64; 2]) -> [f64; 2] {
        if self.north_first() { [b, a] } else { [a, b] }
    }
}

/// The URI.
impl fmt::Display for OgcCrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Code::Crs84 => f.write_str(CRS84),
            Code::Epsg(code) => write!(f, "{EPSG}{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_names_the_same_system() {
        let table = [
            ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", CRS84),
            ("https://www.opengis.net/def/crs/OGC/1.3/CRS84", CRS84),
            ("OGC:CRS84", CRS84),
            ("urn:ogc:def:crs:OGC:1.3:CRS84", CRS84),
            ("http://www.opengis.net/def/crs/EPSG/0/9208", "http://www.opengis.net/def/crs/EPSG/0/9208"),
            ("http://www.opengis.net/def/crs/EPSG/9.9.1/9208", "http://www.opengis.net/def/crs/EPSG/0/9208"),
            ("EPSG:9208", "http://www.opengis.net/def/crs/EPSG/0/9208"),
            ("[EPSG:4326]", "http://www.opengis.net/def/crs/EPSG/0/4326"),
            ("urn:ogc:def:crs:EPSG::3857", "http://www.opengis.net/def/crs/EPSG/0/3857"),
        ];
        for (text, uri) in table {
            assert_eq!(OgcCrs::parse(text).map(|crs| crs.to_string()).as_deref(), Ok(uri), "{text}");
        }
        for text in ["", "9208", "EPSG:32648", "EPSG:6957", "EPSG:", "http://www.opengis.net/def/crs/EPSG/0/", "x/4326"]
        {
            assert!(OgcCrs::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_north_is_first_where_the_authority_says_so() {
        for (text, expected) in [("EPSG:4326", [2.0, 1.0]), ("EPSG:4756", [2.0, 1.0]), ("EPSG:9208", [1.0, 2.0])] {
            assert_eq!(OgcCrs::parse(text).map(|crs| crs.ordered([1.0, 2.0])), Ok(expected), "{text}");
        }
        assert_eq!(OgcCrs::all().len(), 24);
    }
}
