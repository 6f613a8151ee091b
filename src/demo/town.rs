//! A town: a grid of streets, a little turned, a little bent, and built where the town has grown to.

use rand::Rng;
use rand::seq::SliceRandom;

use super::facts::{self, TownFact};
use super::noise::{Bend, Noise, dice};
use super::plane::{Place, direction, moved};
use super::river::Rivers;
use super::territory::Territory;

/// Towns of this radius and more, metres, have land use, parcels and buildings.
pub const LARGE: f64 = 1_000.0;

/// How far the grid of a large town reaches out into the fields, metres.
pub const FIELDS: f64 = 13_500.0;

/// How important a line of the grid is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    Lane,
    Street,
    Avenue,
}

impl Rank {
    /// From kerb to kerb and both pavements, metres.
    pub fn width(self) -> f64 {
        match self {
            Self::Lane => 9.0,
            Self::Street => 15.0,
            Self::Avenue => 26.0,
        }
    }
}

/// One line of the grid, in either direction.
#[derive(Debug)]
pub struct GridLine {
    /// Metres from the middle of the town.
    pub offset: f64,
    pub rank: Rank,
    pub name: String,
}

/// The lines of a town and where they come to lie.
#[derive(Debug)]
pub struct Grid {
    centre: Place,
    /// Unit vector of the lines across `v`.
    axis: Place,
    bend: Bend,
    /// Lines along the axis, from left to right.
    pub us: Vec<GridLine>,
    /// Lines across it, from back to front.
    pub vs: Vec<GridLine>,
}

impl Grid {
    /// The place `u` metres to the right and `v` ahead of the middle.
    pub fn place(&self, u: f64, v: f64) -> Place {
        self.bend.bent(moved(self.centre, self.axis, v, -u))
    }

    /// The crossing of two lines.
    pub fn crossing(&self, i: usize, j: usize) -> Place {
        self.place(self.us[i].offset, self.vs[j].offset)
    }

    /// Blocks to the right and ahead.
    pub fn blocks(&self) -> [usize; 2] {
        [self.us.len() - 1, self.vs.len() - 1]
    }

    /// The middle of a block, as `[u, v]`.
    pub fn middle(&self, i: usize, j: usize) -> [f64; 2] {
        let between = |a: &GridLine, b: &GridLine| f64::midpoint(a.offset, b.offset);
        [between(&self.us[i], &self.us[i + 1]), between(&self.vs[j], &self.vs[j + 1])]
    }
}

/// A town.
#[derive(Debug)]
pub struct Town {
    pub name: String,
    /// Three letters for the numbers of its things.
    pub code: String,
    pub radius: f64,
    stretch: f64,
    pub grid: Grid,
    /// Whether a block is built up, by [`Self::block`].
    built: Vec<bool>,
}

/// All towns, the largest first.
pub fn towns(seed: u64, territory: &Territory, rivers: &Rivers) -> Vec<Town> {
    facts::towns().into_iter().map(|fact| Town::new(fact, seed, territory, rivers)).collect()
}

impl Town {
    fn new(fact: TownFact, seed: u64, territory: &Territory, rivers: &Rivers) -> Self {
        let mut dice = dice(seed, &fact.name);
        let large = fact.radius_m >= LARGE;
        let reach = if large { [FIELDS; 2] } else { [fact.radius_m * 1.4, fact.radius_m * fact.stretch * 1.4] };
        let (mut us, mut vs) = (lines(reach[0], 70.0..110.0, &mut dice), lines(reach[1], 115.0..190.0, &mut dice));
        name(&mut us, &mut vs, &mut dice);
        let bend = Bend::new(Noise::new(seed, "streets"), 130.0, 1_700.0);
        let grid = Grid { centre: fact.place(), axis: direction([0.0, 0.0], fact.axis()), bend, us, vs };
        let mut town = Self {
            name: fact.name,
            code: fact.code,
            radius: fact.radius_m,
            stretch: fact.stretch,
            grid,
            built: Vec::new(),
        };
        town.build(
            Noise::new(seed, "growth"),
            territory,
            &rivers.near(town.grid.centre, fact.radius_m * fact.stretch * 2.0),
        );
        town
    }

    /// Decides which blocks the town has grown to.
    fn build(&mut self, noise: Noise, territory: &Territory, rivers: &Rivers) {
        let [wide, long] = self.grid.blocks();
        for j in 0..long {
            for i in 0..wide {
                let [u, v] = self.grid.middle(i, j);
                let at = self.grid.place(u, v);
                let edge = 1.0 + 0.45 * noise.fractal(at, 1_100.0, 3);
                let grown = self.share(u, v) < edge;
                self.built.push(grown && territory.is_inland(at, 260.0) && !rivers.holds(at, 90.0));
            }
        }
    }

    /// 0 in the middle, 1 at the usual edge of the town.
    pub fn share(&self, u: f64, v: f64) -> f64 {
        let v = v / self.stretch;
        (u * u + v * v).sqrt() / self.radius
    }

    /// The place of a block in lists of blocks.
    pub fn block(&self, i: usize, j: usize) -> usize {
        j * self.grid.blocks()[0] + i
    }

    /// Whether the block is built up. Blocks beyond the grid are not.
    pub fn is_built(&self, i: usize, j: usize) -> bool {
        let [wide, long] = self.grid.blocks();
        i < wide && j < long && self.built[self.block(i, j)]
    }

    /// The built-up blocks, those near the middle first.
    pub fn built_blocks(&self) -> Vec<[usize; 2]> {
        let [wide, long] = self.grid.blocks();
        let all = (0..long).flat_map(|j| (0..wide).map(move |i| [i, j]));
        let mut built: Vec<[usize; 2]> = all.filter(|&[i, j]| self.is_built(i, j)).collect();
        let far = |&[i, j]: &[usize; 2]| {
            let [u, v] = self.grid.middle(i, j);
            self.share(u, v)
        };
        built.sort_by(|a, b| far(a).total_cmp(&far(b)));
        built
    }

    /// The middle of the town.
    pub fn centre(&self) -> Place {
        self.grid.centre
    }
}

/// Lines at uneven distances, an avenue in the middle.
fn lines(reach: f64, step: std::ops::Range<f64>, dice: &mut impl Rng) -> Vec<GridLine> {
    let mut lines = vec![GridLine { offset: 0.0, rank: Rank::Avenue, name: String::new() }];
    for side in [-1.0, 1.0] {
        let (mut offset, mut number) = (0.0, 0_u32);
        while offset < reach {
            offset += dice.random_range(step.clone());
            number += 1;
            let rank = match number % 7 {
                0 => Rank::Avenue,
                2 | 5 => Rank::Street,
                _ => Rank::Lane,
            };
            lines.push(GridLine { offset: offset * side, rank, name: String::new() });
        }
    }
    lines.sort_by(|a, b| a.offset.total_cmp(&b.offset));
    lines
}

/// Names the lines, the middle of the town first; what is left when the names run out gets numbers.
fn name(us: &mut [GridLine], vs: &mut [GridLine], dice: &mut impl Rng) {
    let mut names = facts::street_names();
    names.shuffle(dice);
    let mut all: Vec<&mut GridLine> = us.iter_mut().chain(vs).collect();
    all.sort_by(|a, b| a.offset.abs().total_cmp(&b.offset.abs()));
    let numbers = (1..).map(|number| format!("số {number}"));
    all.into_iter().zip(names.into_iter().chain(numbers)).for_each(|(line, name)| line.name = name);
}
