//! Which coordinate system a corner table may be meant in, when the one that it names leads nowhere.

use std::sync::Arc;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Desk;
use super::overlay::label;
use super::pieces::{Candidate, candidates};
use super::warning::numbers;
use crate::crs::vn2000::{self, VIET_NAM, Zone, meridian_text};
use crate::crs::{Crs, OgcCrs};
use crate::geo::{BBox, Geometry, slabs};
use crate::index::LayerIndex;
use crate::model::Title;
use crate::model::planning::Role;

/// Systems that are told.
const MOST_FITS: usize = 5;

/// A system in which a table lies where the layers are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The code, as in `EPSG:9208`.
    pub crs: String,
    /// Whether the numbers of each corner are exchanged.
    pub swapped: bool,
    /// The middle of the corners.
    pub lon_lat: [f64; 2],
    /// The province, where a layer tells it.
    pub province: Option<String>,
    /// Whether it is the zone that the papers of the province use.
    pub usual: bool,
    #[serde(skip)]
    meridian: Option<f64>,
}

impl Fit {
    pub(super) fn name(&self) -> Title {
        let Some(meridian) = self.meridian else { return Title { vi: self.crs.clone(), en: self.crs.clone() } };
        let meridian = meridian_text(meridian);
        let swapped = if self.swapped { [" và đổi chỗ X, Y", " with the axes exchanged"] } else { ["", ""] };
        Title {
            vi: format!("{} (VN-2000, kinh tuyến trục {meridian}){}", self.crs, swapped[0]),
            en: format!("{} (VN-2000, central meridian {meridian}){}", self.crs, swapped[1]),
        }
    }

    pub(super) fn place(&self) -> Title {
        let [lon, lat] = self.lon_lat.map(|degrees| numbers(degrees, 5));
        let province = self
            .province
            .as_deref()
            .map_or_else(|| [String::new(), String::new()], |name| [format!(" ({name})"), format!(" ({name})")]);
        Title {
            vi: format!("tại kinh độ {}, vĩ độ {}{}", lon[0], lat[0], province[0]),
            en: format!("at longitude {}, latitude {}{}", lon[1], lat[1], province[1]),
        }
    }

    /// Likely ones first: the named system with its axes exchanged, the usual zone of the place, the nearest meridian.
    fn rank(&self, named: &str) -> (bool, bool, bool, u64) {
        let named_and_swapped = self.swapped && self.crs == named;
        let aside = self.meridian.map_or(0.0, |meridian| (self.lon_lat[0] - meridian).abs());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few degrees")]
        let thousandths = (aside * 1000.0) as u64;
        (!named_and_swapped, !self.usual, self.swapped, thousandths)
    }
}

/// Where a place lies in the units that the layers have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Home {
    /// The name of the province, where a layer tells it.
    pub province: Option<String>,
}

/// The unit of today around a place; `None` outside. Where no layer has such units, the mainland of Viet Nam is inside.
#[must_use]
pub fn home(desk: &Desk, place: [f64; 2]) -> Option<Home> {
    let provinces: Vec<_> = desk.of_role(Role::Province).filter(|index| !index.is_empty()).collect();
    let wards: Vec<_> = desk.of_role(Role::Ward).filter(|index| !index.is_empty()).collect();
    if provinces.is_empty() && wards.is_empty() {
        return VIET_NAM.contains(place).then(Home::default);
    }
    if let Some(candidate) = provinces.iter().find_map(|index| holding(index, place)) {
        return Some(Home { province: label(&candidate, desk.audience()) });
    }
    wards.iter().any(|index| holding(index, place).is_some()).then(Home::default)
}

fn holding(index: &Arc<LayerIndex>, [lon, lat]: [f64; 2]) -> Option<Candidate> {
    let bbox = BBox { west: lon, south: lat, east: lon, north: lat };
    let found = candidates(index, &bbox, &|_, _| true).ok()?;
    found.into_iter().find(|candidate| match candidate.geometry() {
        Geometry::Polygons(polygons) => slabs::holds(&polygons, [lon, lat]),
        _ => false,
    })
}

/// The systems in which the middle of a table lies where the layers are, the likeliest first. The named one as it is is not among them.
#[must_use]
pub fn fits(desk: &Desk, named: &OgcCrs, middle: [f64; 2]) -> Vec<Fit> {
    let own = named.crs().to_string();
    let mut systems: Vec<Crs> = OgcCrs::all().iter().map(|known| known.crs().clone()).collect();
    systems.dedup();
    let mut fits: Vec<Fit> = Vec::new();
    for system in systems.iter().filter(|system| system.to_string() != "EPSG:3857") {
        for swapped in [false, true] {
            if swapped || system.to_string() != own {
                fits.extend(fit(desk, system, middle, swapped));
            }
        }
    }
    fits.sort_by_key(|fit| fit.rank(&own));
    fits.truncate(MOST_FITS);
    fits
}

/// Where the middle of a table lies in a system, if that is where the layers are.
#[must_use]
pub fn fit(desk: &Desk, system: &Crs, [x, y]: [f64; 2], swapped: bool) -> Option<Fit> {
    let place = if swapped { [y, x] } else { [x, y] };
    let lon_lat = system.transform().ok()?.lon_lat(place).filter(|&place| is_place(place))?;
    let home = home(desk, lon_lat)?;
    let crs = system.to_string();
    let usual = home.province.as_deref().and_then(usual_zone).is_some_and(|zone| crs == format!("EPSG:{}", zone.code));
    let meridian = vn2000::zones().find(|zone| crs == format!("EPSG:{}", zone.code)).map(|zone| zone.meridian);
    Some(Fit { crs, swapped, lon_lat, province: home.province, usual, meridian })
}

/// Whether degrees are a place on Earth.
#[must_use]
pub fn is_place([lon, lat]: [f64; 2]) -> bool {
    lon.abs() <= 180.0 && lat.abs() <= 90.0
}

/// The zone of 3 degrees that the papers of a province use, by the province's name in any spelling.
#[must_use]
pub fn usual_zone(province: &str) -> Option<Zone> {
    let wanted = folded(province);
    let has = |zone: &&Zone| zone.provinces.split(',').any(|name| folded(name) == wanted);
    vn2000::ZONES.iter().find(has).copied()
}

/// The zone that the papers of a place use: that of its province, else the one whose meridian is nearest.
#[must_use]
pub fn zone_at(desk: &Desk, place: [f64; 2]) -> Zone {
    let usual = home(desk, place).and_then(|home| home.province).as_deref().and_then(usual_zone);
    usual.unwrap_or_else(|| nearest_zone(place[0]))
}

fn nearest_zone(longitude: f64) -> Zone {
    let aside = |zone: &Zone| (zone.meridian - longitude).abs();
    vn2000::ZONES.into_iter().min_by(|a, b| aside(a).total_cmp(&aside(b))).unwrap_or(vn2000::ZONES[0])
}

/// Letters without case and marks: `Thanh Hoá` and `Thanh Hóa` are one.
fn folded(name: &str) -> String {
    let plain = name.trim().nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    plain.map(|c| if c == 'đ' { 'd' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_province_has_its_zone_in_every_spelling() {
        for (name, code) in
            [("Nghệ An", 9208), ("Thanh Hóa", 5897), ("Thanh Hoá", 5897), ("thanh hoa", 5897), ("Đồng Nai", 5899)]
        {
            assert_eq!(usual_zone(name).map(|zone| zone.code), Some(code), "{name}");
        }
        assert_eq!(usual_zone("Atlantis"), None);
        assert_eq!((nearest_zone(104.8).code, nearest_zone(105.7).code), (9208, 9210));
    }
}
