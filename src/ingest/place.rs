//! Finding out where a file lies when it does not say: the systems in which its coordinates fall in the right place.
//!
//! The zones of VN-2000 share one shape: the same numbers read in the next zone give a place some ten kilometres aside.
//! So a hint can only rank them by where the data should be; nothing in the numbers says which zone it is.

use std::cmp::Reverse;

use crate::crs::vn2000::{self, BOTH_PROVINCES, HOMES, VIET_NAM};
use crate::crs::{Crs, Transform};
use crate::geo::BBox;

/// How many candidates a hint names.
const NAMED: usize = 4;

/// Share of a sample that must fall in the place.
const MOST: f64 = 0.9;

/// One system in which a sample would lie in the right place.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The system.
    pub crs: Crs,
    /// Whether x and y must be exchanged first.
    pub swapped: bool,
    /// For people: zone and provinces.
    pub title: String,
    /// Places of the sample in a province whose zone it is.
    at_home: usize,
    /// How usual it is in a province's files, 0 the most.
    rank: u8,
    /// Median distance from the central meridian, degrees.
    off_meridian: f64,
}

/// Whether a sample of `[x, y]` is in degrees rather than metres: all of it within the world, and most of it farther than a
/// degree from 0, 0, where a file of metres may have a corner.
#[must_use]
pub fn looks_like_degrees(sample: &[[f64; 2]]) -> bool {
    let within = |[x, y]: &[f64; 2]| x.abs() <= 180.0 && y.abs() <= 90.0;
    let far = sample.iter().filter(|[x, y]| x.abs().max(y.abs()) > 1.0).count();
    sample.iter().all(within) && far * 2 > sample.len()
}

/// Whether a sample of `[x, y]` is in metres rather than degrees: more than half of it is far beyond any degree.
#[must_use]
pub fn is_projected(sample: &[[f64; 2]]) -> bool {
    let far = sample.iter().filter(|place| place.iter().any(|number| number.abs() > 1000.0)).count();
    far * 2 > sample.len()
}

/// The systems in which nine tenths of `sample` fall in `extent`; when none does so, or there is no extent, in Nghệ An and
/// Thanh Hóa; when none does so either, in Viet Nam. Best first. Those with exchanged axes only when there is no other, and
/// the web map anywhere in the world when there is none at all.
#[must_use]
pub fn candidates(sample: &[[f64; 2]], extent: Option<BBox>) -> Vec<Candidate> {
    let places = extent.into_iter().chain([BOTH_PROVINCES, VIET_NAM]);
    let systems: Vec<_> = systems().collect();
    for place in places {
        for swapped in [false, true] {
            let mut found: Vec<_> = systems.iter().filter_map(|system| system.judge(sample, swapped, place)).collect();
            found.sort_by(|a, b| {
                let key = |one: &Candidate| (Reverse(one.at_home), one.rank);
                key(a).cmp(&key(b)).then(a.off_meridian.total_cmp(&b.off_meridian))
            });
            if !found.is_empty() {
                return found;
            }
        }
    }
    let web_map = systems.iter().filter(|system| system.meridian.is_none() && is_beyond_zones(sample));
    web_map.filter_map(|system| system.judge(sample, false, BBox::WORLD)).collect()
}

/// Whether nine tenths of a sample lie further east or west than the eastings of any zone: web map metres do, but near
/// Greenwich.
fn is_beyond_zones(sample: &[[f64; 2]]) -> bool {
    share(sample.iter().filter(|place| place[0].abs() > 1e6).count(), sample.len()) >= MOST
}

/// What to tell somebody whose file has no CRS: the likely ones, best first.
#[must_use]
pub fn hint(sample: &[[f64; 2]], extent: Option<BBox>) -> String {
    let found = candidates(sample, extent);
    let Some(first) = found.first() else {
        return "no VN-2000 zone, UTM zone or web map system puts them in Viet Nam: ask where the file comes from and name its \
                system with --crs"
            .into();
    };
    let names: Vec<_> = found.iter().take(NAMED).map(|one| format!("--crs {} ({})", one.crs, one.title)).collect();
    let more = if found.len() > NAMED { format!(", or {} more", found.len() - NAMED) } else { String::new() };
    let order = if first.swapped { "the northing comes first: exchange x and y, then " } else { "" };
    format!("{order}likely {}{more}", names.join(", "))
}

struct System {
    crs: Crs,
    transform: Transform,
    meridian: Option<f64>,
    rank: u8,
    /// Degrees either side of the meridian in which it is used.
    reach: f64,
    title: String,
}

/// The zones of 3 degrees, those of 6, UTM on WGS 84 and the web map.
fn systems() -> impl Iterator<Item = System> {
    let zones = vn2000::zones().map(|zone| {
        let title = format!("VN-2000 {}: {}", vn2000::meridian_text(zone.meridian), zone.provinces);
        let (rank, reach) = if zone.scale > 0.9997 { (0, 2.0) } else { (1, 3.5) };
        (zone.code, Some(zone.meridian), rank, reach, title)
    });
    let others = [
        (32648, Some(105.0), 2, 3.5, "WGS 84, UTM zone 48N".into()),
        (32649, Some(111.0), 2, 3.5, "WGS 84, UTM zone 49N".into()),
        (3857, None, 2, 180.0, "web maps".into()),
    ];
    zones.chain(others).filter_map(|(code, meridian, rank, reach, title)| {
        let crs = Crs::from_code(code).ok()?;
        let transform = crs.transform().ok()?;
        Some(System { crs, transform, meridian, rank, reach, title })
    })
}

impl System {
    fn judge(&self, sample: &[[f64; 2]], swapped: bool, place: BBox) -> Option<Candidate> {
        let order = |[x, y]: [f64; 2]| if swapped { [y, x] } else { [x, y] };
        let inside: Vec<_> = sample
            .iter()
            .filter_map(|&raw| self.transform.lon_lat(order(raw)))
            .filter(|&found| place.contains(found))
            .collect();
        if inside.is_empty() || share(inside.len(), sample.len()) < MOST {
            return None;
        }
        let off_meridian =
            self.meridian.map_or(0.0, |meridian| median(inside.iter().map(|[lon, _]| (lon - meridian).abs())));
        let home = HOMES.iter().find(|(code, _)| self.crs.to_string() == format!("EPSG:{code}"));
        let at_home = home.map_or(0, |(_, home)| inside.iter().filter(|&&found| home.contains(found)).count());
        (off_meridian <= self.reach).then(|| Candidate {
            crs: self.crs.clone(),
            swapped,
            title: self.title.clone(),
            at_home,
            rank: self.rank,
            off_meridian,
        })
    }
}

/// `part` of `whole`, 0 to 1; 0 of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of features are far below 2^52")]
#[must_use]
pub fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The middle of some numbers, the upper one of two; NaN of none.
pub fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places from Viet Nam's registers, computed by PROJ with the official parameters.
    const VINH: [f64; 2] = [597_068.623_8, 2_064_850.596_6];
    const SAM_SON: [f64; 2] = [594_765.227_1, 2_183_174.037_5];

    #[test]
    fn the_zone_of_the_province_comes_first() {
        let swap = |[x, y]: [f64; 2]| [y, x];
        let mercator = [11_763_353.23, 2_115_652.02];
        let table = [
            ("Vinh", VINH, "EPSG:9208", false),
            ("Sầm Sơn", SAM_SON, "EPSG:5897", false),
            ("swapped", swap(VINH), "EPSG:9208", true),
            ("web", mercator, "EPSG:3857", false),
        ];
        for (name, place, best, swapped) in table {
            let found = candidates(&[place], None);
            let first = found.first().unwrap_or_else(|| panic!("{name}: no candidate"));
            assert_eq!((first.crs.to_string().as_str(), first.swapped), (best, swapped), "{name}: {found:?}");
        }
        let hint = hint(&[VINH], None);
        assert!(hint.contains("EPSG:9208") && hint.contains("Nghệ An") && !hint.contains("exchange"), "{hint}");
    }

    #[test]
    fn an_extent_decides_and_nonsense_has_no_candidate() {
        let da_lat = [499_800.0, 1_320_000.0];
        let around = BBox { west: 107.6, south: 11.5, east: 107.9, north: 12.3 };
        assert_eq!(candidates(&[da_lat], Some(around))[0].crs.to_string(), "EPSG:5899");
        assert!(candidates(&[[1e9, 1e9]], None).is_empty());
        let champaign = candidates(&[[-9_824_847.8, 4_887_226.0]], None);
        assert_eq!(champaign.iter().map(|one| one.crs.to_string()).collect::<Vec<_>>(), ["EPSG:3857"]);
        assert!(hint(&[[1e9, 1e9]], None).contains("--crs"));
    }

    #[test]
    fn sentinels_and_swapped_degrees_are_not_metres() {
        let table: [(&[[f64; 2]], bool); 4] = [
            (&[VINH, SAM_SON], true),
            (&[[105.6, 18.7], [181.0, 91.0], [18.7, 105.6]], false),
            (&[[105.6, 18.7], [1e6, 1e6]], false),
            (&[], false),
        ];
        for (sample, projected) in table {
            assert_eq!(is_projected(sample), projected, "{sample:?}");
        }
    }
}
