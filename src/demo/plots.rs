//! Plots of land inside the blocks of a town, and the houses on them.

use rand::Rng;

use super::noise::dice;
use super::plane::Place;
use super::town::Town;
use super::zoning::{Zone, zone};

/// A plot and what stands on it. Rings run counter-clockwise, without their closing place.
#[derive(Debug)]
pub struct Plot {
    pub ring: Vec<Place>,
    pub land_code: &'static str,
    /// The street that it faces.
    pub street: String,
    /// Its number in that street.
    pub number: u32,
    /// Number of the block in the town: the map sheet.
    pub sheet: usize,
    pub house: Option<House>,
}

/// A building.
#[derive(Debug)]
pub struct House {
    pub ring: Vec<Place>,
    pub floors: u32,
    /// For what is known by a name.
    pub name: Option<&'static str>,
    pub kind: &'static str,
}

/// At most `count` plots, those near the middle of the town.
pub fn plots(town: &Town, seed: u64, count: usize) -> Vec<Plot> {
    let mut dice = dice(seed, &format!("plots {}", town.name));
    let mut plots = Vec::new();
    for block in town.built_blocks() {
        if plots.len() >= count {
            break;
        }
        cut(town, block, zone(town, block, seed), &mut dice, &mut plots);
    }
    plots.truncate(count);
    plots
}

/// The inside of a block, in grid metres: `u` from left to right, `v` from back to front.
#[derive(Clone, Copy)]
struct Inside {
    u: [f64; 2],
    v: [f64; 2],
}

impl Inside {
    fn ring(self, town: &Town) -> Vec<Place> {
        let [left, right] = self.u;
        let [back, front] = self.v;
        let corners = [[left, back], [right, back], [right, front], [left, front]];
        corners.iter().map(|&[u, v]| town.grid.place(u, v)).collect()
    }

    fn shrunk(self, left: f64, right: f64, back: f64, front: f64) -> Self {
        Self { u: [self.u[0] + left, self.u[1] - right], v: [self.v[0] + back, self.v[1] - front] }
    }
}

fn cut(town: &Town, [i, j]: [usize; 2], zone: Zone, dice: &mut impl Rng, plots: &mut Vec<Plot>) {
    let (us, vs) = (&town.grid.us, &town.grid.vs);
    let half = |rank: super::town::Rank| rank.width() / 2.0;
    let all = Inside { u: [us[i].offset, us[i + 1].offset], v: [vs[j].offset, vs[j + 1].offset] };
    let inside = all.shrunk(half(us[i].rank), half(us[i + 1].rank), half(vs[j].rank), half(vs[j + 1].rank));
    let sheet = town.block(i, j);
    if zone.building.is_some() {
        let house = large(town, inside, zone, dice);
        plots.push(Plot {
            ring: inside.ring(town),
            land_code: zone.land_code,
            street: us[i].name.clone(),
            number: 1,
            sheet,
            house,
        });
        return;
    }
    let middle = f64::midpoint(inside.u[0], inside.u[1]);
    let (mut back, mut number) = (inside.v[0], 1);
    while back < inside.v[1] - 1.0 {
        let wish = back + dice.random_range(4.5..9.5);
        let front = if wish + 5.0 > inside.v[1] { inside.v[1] } else { wish };
        for (u, line, odd) in [([inside.u[0], middle], i, 0), ([middle, inside.u[1]], i + 1, 1)] {
            let plot = Inside { u, v: [back, front] };
            let house = small(town, plot, odd == 0, dice);
            plots.push(Plot {
                ring: plot.ring(town),
                land_code: zone.land_code,
                street: us[line].name.clone(),
                number: number + odd,
                sheet,
                house,
            });
        }
        back = front;
        number += 2;
    }
}

/// A town house: narrow, close to the street, with a yard behind.
fn small(town: &Town, plot: Inside, faces_left: bool, dice: &mut impl Rng) -> Option<House> {
    if dice.random_range(0.0..1.0) < 0.2 {
        return None;
    }
    let deep = plot.u[1] - plot.u[0];
    let (step, yard) = (dice.random_range(0.5..3.0), deep * dice.random_range(0.15..0.5));
    let (left, right) = if faces_left { (step, yard) } else { (yard, step) };
    let floors = dice.random_range(1..=5_u32);
    Some(House { ring: plot.shrunk(left, right, 0.15, 0.15).ring(town), floors, name: None, kind: "house" })
}

/// A school, an office, a market: one large building in its grounds.
fn large(town: &Town, inside: Inside, zone: Zone, dice: &mut impl Rng) -> Option<House> {
    let (name, kind, floors) = zone.building?;
    let side = |range: [f64; 2], share: f64| (range[1] - range[0]) * share;
    let mut margin = || dice.random_range(0.12..0.3);
    let (left, right, back, front) = (margin(), margin(), margin(), margin());
    let house = inside.shrunk(side(inside.u, left), side(inside.u, right), side(inside.v, back), side(inside.v, front));
    (floors > 0).then(|| House { ring: house.ring(town), floors, name: Some(name), kind })
}
