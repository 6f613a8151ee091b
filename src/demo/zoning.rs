//! What the land of a town is used for. Codes of Circular 08/2024/TT-BTNMT.

use super::noise::Noise;
use super::plane::Place;
use super::town::Town;

/// The use of a group of blocks.
#[derive(Clone, Copy, Debug)]
pub struct Zone {
    pub land_code: &'static str,
    /// Name, kind and floors of the one building of a public block; homes have none here.
    pub building: Option<(&'static str, &'static str, u32)>,
}

const HOMES: Zone = Zone { land_code: "ODT", building: None };
const SHOPS: Zone = Zone { land_code: "TMD", building: None };

/// Public uses, and how far from the middle of a town they go.
const PUBLIC: [(Zone, f64); 10] = [
    (Zone { land_code: "TSC", building: Some(("Trụ sở Ủy ban nhân dân", "government", 5)) }, 0.5),
    (Zone { land_code: "DGD", building: Some(("Trường học", "school", 4)) }, 1.1),
    (Zone { land_code: "DCH", building: Some(("Chợ", "retail", 2)) }, 0.9),
    (Zone { land_code: "DYT", building: Some(("Bệnh viện", "hospital", 7)) }, 0.9),
    (Zone { land_code: "DKV", building: Some(("Công viên", "park", 0)) }, 1.2),
    (Zone { land_code: "DVH", building: Some(("Nhà văn hóa", "civic", 2)) }, 0.8),
    (Zone { land_code: "DTT", building: Some(("Nhà thi đấu", "sports_hall", 2)) }, 1.2),
    (Zone { land_code: "TON", building: Some(("Chùa", "temple", 1)) }, 1.3),
    (Zone { land_code: "SKN", building: Some(("Xưởng sản xuất", "industrial", 1)) }, 2.0),
    (Zone { land_code: "DGD", building: Some(("Trường mầm non", "kindergarten", 2)) }, 1.5),
];

/// The number of the group that a block is in: two blocks wide, two long.
pub fn group([i, j]: [usize; 2]) -> [usize; 2] {
    [i / 2, j / 2]
}

/// The use of a built-up block.
pub fn zone(town: &Town, block: [usize; 2], seed: u64) -> Zone {
    let [i, j] = group(block);
    let [u, v] = town.grid.middle(i * 2, j * 2);
    let chance = |theme: &str| f64::midpoint(Noise::new(seed, theme).at([u * 7.3, v * 7.3], 31.0), 1.0);
    let share = town.share(u, v);
    if chance("public") > 0.66 {
        let fitting: Vec<&(Zone, f64)> = PUBLIC.iter().filter(|(_, far)| share < *far).collect();
        return pick(&fitting, chance("which")).map_or(HOMES, |(zone, _)| *zone);
    }
    if share < 0.45 && chance("shops") > 0.7 { SHOPS } else { HOMES }
}

/// The use of fields around a town.
pub fn fields(at: Place, coast: bool, hills: bool, noise: Noise) -> &'static str {
    let codes: &[&str] = match (coast, hills) {
        (true, _) => &["NTS", "NTS", "RPH", "HNK", "ONT", "DKV", "TMD", "LMU"],
        (_, true) => &["RSX", "RSX", "CLN", "CLN", "HNK", "ONT", "LUK", "RPH", "NTD"],
        _ => &["LUC", "LUC", "LUC", "LUC", "LUK", "HNK", "ONT", "ONT", "ONT", "CLN", "NTS", "MNC", "SKK", "NTD", "LUC"],
    };
    pick(codes, f64::midpoint(noise.at([at[0] * 3.7, at[1] * 3.7], 53.0), 1.0)).copied().unwrap_or("LUC")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a short list"
)]
fn pick<T>(list: &[T], chance: f64) -> Option<&T> {
    // Value noise keeps to the middle; this spreads it over the list.
    let spread = ((chance - 0.5) * 1.7 + 0.5).clamp(0.0, 0.999);
    list.get((spread * list.len() as f64) as usize)
}
