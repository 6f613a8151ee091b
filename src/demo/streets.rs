//! The streets of a town: its grid lines, as far as they are built.

use super::network::Road;
use super::noise::Noise;
use super::plane::{Place, between};
use super::town::{GridLine, Rank, Town};

/// A street from its first to its last crossing.
#[derive(Debug)]
pub struct Street<'t> {
    pub town: &'t Town,
    pub rank: Rank,
    pub name: &'t str,
    pub line: Vec<Place>,
}

impl Street<'_> {
    pub fn road(&self) -> Road {
        let class = match self.rank {
            Rank::Avenue => "secondary",
            Rank::Street => "tertiary",
            Rank::Lane => "residential",
        };
        Road {
            number: None,
            name: format!("Đường {}", self.name),
            level: Some("urban"),
            class: class.to_owned(),
            surface: Some(if self.rank == Rank::Lane { "Bê tông xi măng" } else { "Bê tông nhựa" }),
            width_m: self.rank.width() - 3.0,
            line: self.line.clone(),
        }
    }
}

/// Every street of a town. Some lanes have gaps.
pub fn streets(town: &Town, seed: u64) -> Vec<Street<'_>> {
    let grid = &town.grid;
    let gaps = Noise::new(seed, &town.name);
    let mut streets = Vec::new();
    let [wide, long] = grid.blocks();
    for (i, line) in grid.us.iter().enumerate() {
        let beside = |j: usize| town.is_built(i, j) || (i > 0 && town.is_built(i - 1, j));
        let open = |j: usize| beside(j) && is_open(line, gaps, grid.crossing(i, j));
        streets.extend(runs(long, open).map(|run| Street {
            town,
            rank: line.rank,
            name: &line.name,
            line: along(run, |j| grid.crossing(i, j)),
        }));
    }
    for (j, line) in grid.vs.iter().enumerate() {
        let beside = |i: usize| town.is_built(i, j) || (j > 0 && town.is_built(i, j - 1));
        let open = |i: usize| beside(i) && is_open(line, gaps, grid.crossing(i, j));
        streets.extend(runs(wide, open).map(|run| Street {
            town,
            rank: line.rank,
            name: &line.name,
            line: along(run, |i| grid.crossing(i, j)),
        }));
    }
    streets
}

fn is_open(line: &GridLine, gaps: Noise, at: Place) -> bool {
    line.rank > Rank::Lane || gaps.at(at, 90.0) > -0.42
}

/// The runs of numbers below `count` that are open.
fn runs(count: usize, open: impl Fn(usize) -> bool) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for number in (0..count).filter(|&number| open(number)) {
        match runs.last_mut() {
            Some(run) if run.end == number => run.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs.into_iter()
}

/// From the first to the last crossing of a run of blocks, with a place half-way between any two.
fn along(run: std::ops::Range<usize>, crossing: impl Fn(usize) -> Place) -> Vec<Place> {
    let mut line = vec![crossing(run.start)];
    for block in run {
        let next = crossing(block + 1);
        line.push(between(line[line.len() - 1], next, 0.5));
        line.push(next);
    }
    line
}
