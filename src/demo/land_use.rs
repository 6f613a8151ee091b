//! Land use around the large towns: streets bound it where there are streets, chance bends it in the fields, and
//! neighbours share their borders.

use std::collections::BTreeMap;
use std::sync::Arc;

use geo_types::MultiPolygon;
use rand::Rng;

use super::coverage::{Coverage, Edge, Label, OUTSIDE};
use super::curve::relaxed;
use super::facts::Ward;
use super::noise::{Noise, dice};
use super::places::ward_at;
use super::plane::{Place, squared};
use super::region::Region;
use super::river::Rivers;
use super::sheet::{Sheet, square_metres};
use super::territory::Territory;
use super::town::{FIELDS as REACH, LARGE, Town};
use super::zoning::{fields, group, zone};
use crate::geo::Geometry;
use crate::model::ValueRef::{Integer, Real, Text};
use crate::model::{Layer, Rows};

/// The ground that land use is drawn on.
pub struct Ground<'a> {
    pub seed: u64,
    pub territory: &'a Territory,
    pub rivers: &'a Rivers,
    pub towns: &'a [Town],
}

pub fn rows(ground: &Ground<'_>, layer: &Arc<Layer>) -> Rows {
    let mut sheet = Sheet::new(layer);
    each_piece(ground, |_, piece, polygons| {
        let mut values = vec![
            ("land_code", Text(piece.land_code)),
            ("stage", Text("present")),
            ("year", Integer(2025)),
            ("area_m2", Real(square_metres(&polygons).round())),
        ];
        values.extend(ward_at(ground.territory, piece.at).map(|ward| ("ward_code", Text(&ward.code))));
        sheet.put(&(sheet.len() + 1).to_string(), &Geometry::Polygons(polygons), &values);
    });
    sheet.finished()
}

/// Tells every piece of land with its town and its shape.
pub fn each_piece(ground: &Ground<'_>, mut tell: impl FnMut(&Town, &Piece, MultiPolygon<f64>)) {
    let towns: Vec<&Town> = ground.towns.iter().filter(|town| town.radius >= LARGE).collect();
    let areas = ground.territory.polygons(|ward| owner(ground.territory, &towns, ward));
    for (number, polygons) in areas {
        let town = towns[number as usize];
        let board = Board::new(ground, town, &Region::of(&polygons));
        for (label, polygons) in board.coverage().polygons(Some) {
            tell(town, &board.pieces[label as usize], polygons);
        }
    }
}

/// The number of the town that a ward's land use is drawn with: the nearest, for urban wards and those with a town in
/// them, as far as its grid reaches.
fn owner(territory: &Territory, towns: &[&Town], ward: &Ward) -> Option<u32> {
    let far = |town: &Town| squared(town.centre(), ward.place());
    let (number, nearest) = (0..).zip(towns).min_by(|a, b| far(a.1).total_cmp(&far(b.1)))?;
    let seat = territory.ward_at(nearest.centre()).map(|number| territory.wards[number as usize].code.as_str());
    let urban = ward.unit_type == "Phường" || seat == Some(ward.code.as_str());
    (urban && far(nearest) < (REACH - 3_500.0) * (REACH - 3_500.0)).then_some(number)
}

/// One polygon to be: what it is used for and a place in it.
pub struct Piece {
    pub land_code: &'static str,
    pub at: Place,
    /// Bounded by streets.
    pub built: bool,
}

/// The blocks of a town's grid with the piece that each belongs to.
struct Board<'a> {
    town: &'a Town,
    labels: Vec<Label>,
    pieces: Vec<Piece>,
}

impl<'a> Board<'a> {
    fn new(ground: &Ground<'_>, town: &'a Town, area: &Region) -> Self {
        let [wide, long] = town.grid.blocks();
        let sites = Sites::new(ground, town);
        let rivers = ground.rivers.near(town.centre(), 25_000.0);
        let inside: Vec<bool> = (0..=long)
            .flat_map(|j| (0..=wide).map(move |i| (i, j)))
            .map(|(i, j)| area.holds(town.grid.crossing(i, j)))
            .collect();
        let mut kinds = Vec::with_capacity(wide * long);
        for j in 0..long {
            for i in 0..wide {
                let corner = j * (wide + 1) + i;
                let whole = [0, 1, wide + 1, wide + 2].iter().all(|step| inside[corner + step]);
                kinds.push(if whole { kind(town, [i, j], &sites, &rivers) } else { OUTSIDE });
            }
        }
        part_diagonals(&mut kinds, wide);
        let mut board = Self { town, labels: vec![OUTSIDE; kinds.len()], pieces: Vec::new() };
        board.number(&kinds, |block, kind| piece(ground, town, block, kind, &sites));
        board
    }

    /// Numbers the connected pieces.
    fn number(&mut self, kinds: &[Label], piece: impl Fn([usize; 2], Label) -> Piece) {
        let wide = self.town.grid.blocks()[0];
        for start in 0..kinds.len() {
            if kinds[start] == OUTSIDE || self.labels[start] != OUTSIDE {
                continue;
            }
            let label = Label::try_from(self.pieces.len()).expect("fewer pieces than blocks");
            self.pieces.push(piece([start % wide, start / wide], kinds[start]));
            let mut open = vec![start];
            while let Some(block) = open.pop() {
                if self.labels[block] == OUTSIDE && kinds[block] == kinds[start] {
                    self.labels[block] = label;
                    open.extend(beside(block, wide, kinds.len()));
                }
            }
        }
    }

    fn coverage(&self) -> Coverage {
        let [wide, long] = self.town.grid.blocks();
        let corner = |i: usize, j: usize| u32::try_from(j * (wide + 1) + i).expect("a grid has few corners");
        let label = |i: usize, j: usize| if i < wide && j < long { self.labels[j * wide + i] } else { OUTSIDE };
        let mut edges = Vec::new();
        for j in 0..=long {
            for i in 0..=wide {
                let (here, left, behind) = (label(i, j), label(i.wrapping_sub(1), j), label(i, j.wrapping_sub(1)));
                if j < long && here != left {
                    edges.push(Edge { from: corner(i, j), to: corner(i, j + 1), left, right: here });
                }
                if i < wide && here != behind {
                    edges.push(Edge { from: corner(i, j), to: corner(i + 1, j), left: here, right: behind });
                }
            }
        }
        let place = |id: u32| self.town.grid.crossing(id as usize % (wide + 1), id as usize / (wide + 1));
        let built = |label: Label| self.pieces.get(label as usize).is_some_and(|piece| piece.built);
        let draw = |labels: [Label; 2], line| if labels.into_iter().any(built) { line } else { relaxed(line, 3) };
        Coverage::on_corners(edges, place, draw)
    }
}

/// The neighbours of a block across its sides.
fn beside(block: usize, wide: usize, count: usize) -> impl Iterator<Item = usize> {
    let left = (!block.is_multiple_of(wide)).then(|| block - 1);
    let right = (block % wide + 1 < wide).then_some(block + 1);
    let behind = block.checked_sub(wide);
    let ahead = (block + wide < count).then_some(block + wide);
    [left, right, behind, ahead].into_iter().flatten()
}

/// Sees to it that no kind touches itself in a single corner, where a ring would touch itself.
fn part_diagonals(kinds: &mut [Label], wide: usize) {
    let mut changed = true;
    while changed {
        changed = false;
        for block in 0..kinds.len().saturating_sub(wide + 1) {
            if block % wide + 1 == wide {
                continue;
            }
            let [a, b, c, d] = [block, block + 1, block + wide, block + wide + 1].map(|at| kinds[at]);
            if a == d && a != b && a != c {
                kinds[if a == OUTSIDE { block + wide } else { block + 1 }] = a;
                changed = true;
            } else if b == c && b != a && b != d {
                kinds[if b == OUTSIDE { block + wide + 1 } else { block }] = b;
                changed = true;
            }
        }
    }
}

/// Kinds below this are groups of blocks, from it on sites in the fields.
const SITES: Label = 1 << 24;
const RIVER: Label = OUTSIDE - 1;

fn kind(town: &Town, [i, j]: [usize; 2], sites: &Sites, rivers: &Rivers) -> Label {
    if town.is_built(i, j) {
        let [i, j] = group([i, j]).map(|number| Label::try_from(number).expect("a grid has few blocks"));
        return j << 12 | i;
    }
    let [u, v] = town.grid.middle(i, j);
    let at = town.grid.place(u, v);
    if rivers.holds(at, 45.0) { RIVER } else { SITES + sites.nearest(at) }
}

fn piece(ground: &Ground<'_>, town: &Town, [i, j]: [usize; 2], kind: Label, sites: &Sites) -> Piece {
    let [u, v] = town.grid.middle(i, j);
    let at = town.grid.place(u, v);
    let built = kind < SITES;
    let land_code = match kind {
        RIVER => "SON",
        SITES.. => sites.land_codes[(kind - SITES) as usize],
        _ => zone(town, [i, j], ground.seed).land_code,
    };
    Piece { land_code, at, built }
}

/// Places in the fields, each with what grows around it.
struct Sites {
    places: Vec<Place>,
    land_codes: Vec<&'static str>,
    /// Sites by square, for the search.
    squares: BTreeMap<[i32; 2], Vec<u32>>,
    noise: Noise,
}

/// About one field a square of this side, metres.
const FIELD: f64 = 620.0;

impl Sites {
    fn new(ground: &Ground<'_>, town: &Town) -> Self {
        let noise = Noise::new(ground.seed, "fields");
        let mut dice = dice(ground.seed, &format!("fields {}", town.name));
        let mut sites = Self { places: Vec::new(), land_codes: Vec::new(), squares: BTreeMap::new(), noise };
        let [x, y] = square(town.centre());
        for row in y - 32..=y + 32 {
            for column in x - 32..=x + 32 {
                let at = [column, row].map(|number| (f64::from(number) + dice.random_range(0.1..0.9)) * FIELD);
                let coast = !ground.territory.is_inland(at, 1_500.0);
                // The hills begin west of 105.56 E and south of Tam Điệp.
                let hills = at[0] < 59_000.0 || at[1] > 52_000.0;
                sites.squares.entry([column, row]).or_default().push(u32::try_from(sites.places.len()).expect("few"));
                sites.places.push(at);
                sites.land_codes.push(fields(at, coast, hills, noise));
            }
        }
        sites
    }

    fn nearest(&self, at: Place) -> u32 {
        let [x, y] = square(at);
        let near =
            (y - 2..=y + 2).flat_map(|row| (x - 2..=x + 2).filter_map(move |column| self.squares.get(&[column, row])));
        let bent = |site: u32| {
            let far = squared(self.places[site as usize], at).sqrt();
            far * (1.0 + 0.3 * self.noise.numbered(site).at(at, 500.0))
        };
        near.flatten().copied().min_by(|&a, &b| bent(a).total_cmp(&bent(b))).unwrap_or(0)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a province has few squares")]
fn square(at: Place) -> [i32; 2] {
    at.map(|metres| (metres / FIELD).floor() as i32)
}
