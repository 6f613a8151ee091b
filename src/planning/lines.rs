//! An asked line and the polygons that it runs through.

use geo_types::{Coord, LineString, MultiLineString};

use super::pieces::{Asked, Candidate, Part, Piece};
use crate::geo::measure::{between, distance};
use crate::geo::{Geometry, Slabs};

/// How a line lies to polygons: its length is what is covered and what is uncovered; what is covered twice is counted apart.
#[derive(Clone, Debug, Default)]
pub struct Crossing {
    /// The length of the line, metres: the sum of its stretches between the borders that it crosses.
    pub whole: f64,
    /// Metres in at least one polygon.
    pub covered: f64,
    /// Metres in none.
    pub uncovered: f64,
    /// What of it each candidate holds, in their order; `None` for nothing.
    pub pieces: Vec<Option<Piece>>,
    /// The stretches in none.
    pub bare: Vec<LineString<f64>>,
}

/// What runs through which of the candidates. Each stretch between two borders is measured once, so the lengths add up.
#[must_use]
pub fn crossing(asked: &Asked, candidates: &[Candidate]) -> Crossing {
    let slabs: Vec<Slabs> = candidates.iter().map(|candidate| polygons(&candidate.geometry())).collect();
    let Geometry::Lines(lines) = &asked.geometry else { return Crossing::default() };
    let mut crossing = Crossing::default();
    let mut paths: Vec<Paths> = vec![Paths::default(); candidates.len() + 1];
    for line in &lines.0 {
        paths.iter_mut().for_each(Paths::lift);
        for ends in line.0.windows(2) {
            crossing.segment(&slabs, ends[0].into(), ends[1].into(), &mut paths);
        }
    }
    crossing.bare = paths.pop().map(|paths| paths.lines).unwrap_or_default();
    crossing.pieces = paths.into_iter().map(Paths::piece).collect();
    crossing.whole = crossing.covered + crossing.uncovered;
    crossing
}

fn polygons(geometry: &Geometry) -> Slabs {
    match geometry {
        Geometry::Polygons(polygons) => Slabs::new(polygons),
        _ => Slabs::new(&geo_types::MultiPolygon(Vec::new())),
    }
}

impl Crossing {
    fn segment(&mut self, slabs: &[Slabs], a: [f64; 2], b: [f64; 2], paths: &mut [Paths]) {
        let within = slabs.iter().map(|slabs| slabs.stretches(a, b)).enumerate();
        let within: Vec<(usize, Vec<[f64; 2]>)> = within.filter(|(_, stretches)| !stretches.is_empty()).collect();
        let ends = within.iter().flat_map(|(_, stretches)| stretches).flatten().copied();
        let mut cuts: Vec<f64> = ends.chain([0.0, 1.0]).collect();
        cuts.sort_unstable_by(f64::total_cmp);
        cuts.dedup();
        for ends in cuts.windows(2) {
            let stretch = [between(a, b, ends[0]), between(a, b, ends[1])];
            let metres = distance(stretch[0], stretch[1]);
            let holds = |own: &[f64; 2]| own[0] <= ends[0] && ends[1] <= own[1];
            let holding = within.iter().filter(|(_, stretches)| stretches.iter().any(holds));
            let holding: Vec<usize> = holding.map(|&(number, _)| number).collect();
            let covered = !holding.is_empty();
            *(if covered { &mut self.covered } else { &mut self.uncovered }) += metres;
            let bare = (!covered).then_some(slabs.len());
            holding.into_iter().chain(bare).for_each(|number| paths[number].add(stretch, metres));
        }
    }
}

/// Stretches that are joined as they come.
#[derive(Clone, Debug, Default)]
struct Paths {
    lines: Vec<LineString<f64>>,
    metres: f64,
    lifted: bool,
}

impl Paths {
    /// The next stretch begins a new line.
    fn lift(&mut self) {
        self.lifted = true;
    }

    fn add(&mut self, [from, to]: [[f64; 2]; 2], metres: f64) {
        self.metres += metres;
        let (from, to) = (Coord::from(from), Coord::from(to));
        match self.lines.last_mut().filter(|last| !self.lifted && last.0.last() == Some(&from)) {
            Some(last) => last.0.push(to),
            None => self.lines.push(LineString(vec![from, to])),
        }
        self.lifted = false;
    }

    fn piece(self) -> Option<Piece> {
        let part = Part::Other(Geometry::Lines(MultiLineString(self.lines)));
        (self.metres > super::pieces::NOTHING).then_some(Piece { amount: self.metres, of_feature: None, part })
    }
}
