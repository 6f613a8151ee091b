//! A board of hexagons. Three meet at every corner, so the borders between labelled cells have no crossing to argue
//! about, and a border is named by its corners before anybody says where they lie.

use super::coverage::{Edge, Label, OUTSIDE};
use super::plane::{Place, squared};

/// The height of a row over the pitch: sin 60.
const ROW: f64 = 0.866_025_403_784_438_6;

/// Hexagons with a corner to the north, in rows, every other row half a pitch to the east.
#[derive(Debug)]
pub struct Hexes {
    south_west: Place,
    pitch: f64,
    columns: u32,
    rows: u32,
}

impl Hexes {
    /// Cells `pitch` metres apart over the box from `low` to `high`, with spare cells all around.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand cells a side")]
    pub fn over(low: Place, high: Place, pitch: f64) -> Self {
        let cells = |length: f64, step: f64| (length / step).ceil() as u32 + 6;
        Self {
            south_west: [low[0] - 3.0 * pitch, low[1] - 3.0 * pitch * ROW],
            pitch,
            columns: cells(high[0] - low[0], pitch),
            rows: cells(high[1] - low[1], pitch * ROW),
        }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// Square metres of a cell.
    pub fn cell_area(&self) -> f64 {
        self.pitch * self.pitch * ROW
    }

    /// The middle of a cell.
    pub fn centre(&self, cell: u32) -> Place {
        let (row, column) = (cell / self.columns, cell % self.columns);
        let shift = if row % 2 == 1 { 0.5 } else { 0.0 };
        [
            self.south_west[0] + (f64::from(column) + shift) * self.pitch,
            self.south_west[1] + f64::from(row) * self.pitch * ROW,
        ]
    }

    /// The cell around a place; `None` at the rim and beyond.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates, and the rim is refused"
    )]
    pub fn cell_at(&self, at: Place) -> Option<u32> {
        let row = ((at[1] - self.south_west[1]) / (self.pitch * ROW)).round() as u32;
        let column = ((at[0] - self.south_west[0]) / self.pitch).floor() as u32;
        if !(1..self.rows - 1).contains(&row) || !(1..self.columns - 1).contains(&column) {
            return None;
        }
        let first = row * self.columns + column;
        let near = std::iter::once(first).chain(self.neighbours(first));
        near.min_by(|&a, &b| squared(self.centre(a), at).total_cmp(&squared(self.centre(b), at)))
    }

    /// East, north-east, north-west, west, south-west, south-east of a cell that is not at the rim.
    pub fn neighbours(&self, cell: u32) -> [u32; 6] {
        let odd = (cell / self.columns) % 2;
        let north = cell + self.columns + odd;
        let south = cell - self.columns + odd;
        [cell + 1, north, north - 1, cell - 1, south - 1, south]
    }

    /// The cells that are not at the rim: those with six neighbours.
    pub fn inner(&self) -> impl Iterator<Item = u32> {
        let (columns, rows) = (self.columns, self.rows);
        (1..rows - 1).flat_map(move |row| (1..columns - 1).map(move |column| row * columns + column))
    }

    /// Where a corner of [`Self::edges`] lies. Every cell names its northern (even) and its southern corner (odd).
    pub fn corner(&self, corner: u32) -> Place {
        let [x, y] = self.centre(corner / 2);
        let radius = self.pitch / (2.0 * ROW);
        [x, if corner.is_multiple_of(2) { y + radius } else { y - radius }]
    }

    /// The edges between cells of different labels. Cells at the rim count as outside.
    pub fn edges(&self, labels: &[Label]) -> Vec<Edge> {
        let label = |cell: u32| labels.get(cell as usize).copied().unwrap_or(OUTSIDE);
        let mut edges = Vec::new();
        for cell in self.inner() {
            let [east, north_east, north_west, _, _, south_east] = self.neighbours(cell);
            let sides = [
                (2 * south_east, 2 * north_east + 1, east),
                (2 * north_east + 1, 2 * cell, north_east),
                (2 * cell, 2 * north_west + 1, north_west),
            ];
            for (from, to, beyond) in sides {
                if label(cell) != label(beyond) {
                    edges.push(Edge { from, to, left: label(cell), right: label(beyond) });
                }
            }
        }
        edges
    }
}
