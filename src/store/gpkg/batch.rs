//! Rows on their way from SQLite to the columns: while SQLite reads the next batch on one core, another decodes the one
//! before. Together they take as long as the slower of the two.

use rusqlite::Row;
use rusqlite::types::ValueRef as Held;

/// Rows of a batch: a third of a megabyte of lamps.
const ROWS: usize = 4096;

/// Some rows of a table, as SQLite holds them.
pub struct Batch {
    columns: usize,
    cells: Vec<Cell>,
    /// Texts and blobs, one after another.
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(usize, usize),
    Blob(usize, usize),
}

impl Batch {
    /// For rows of this many columns.
    pub fn new(columns: usize) -> Self {
        Self { columns, cells: Vec::with_capacity(ROWS * columns), bytes: Vec::new() }
    }

    /// Whether it is time for the next.
    pub fn is_full(&self) -> bool {
        self.cells.len() >= ROWS * self.columns
    }

    /// Appends a row.
    pub fn push(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        for column in 0..self.columns {
            let cell = match row.get_ref(column)? {
                Held::Null => Cell::Null,
                Held::Integer(number) => Cell::Integer(number),
                Held::Real(number) => Cell::Real(number),
                Held::Text(text) => {
                    let (start, end) = self.keep(text);
                    Cell::Text(start, end)
                }
                Held::Blob(blob) => {
                    let (start, end) = self.keep(blob);
                    Cell::Blob(start, end)
                }
            };
            self.cells.push(cell);
        }
        Ok(())
    }

    fn keep(&mut self, bytes: &[u8]) -> (usize, usize) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        (start, self.bytes.len())
    }

    /// Its rows, in the order in which they were read.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.cells.chunks_exact(self.columns).map(|cells| Record { cells, bytes: &self.bytes })
    }
}

/// One row of a batch.
#[derive(Clone, Copy)]
pub struct Record<'b> {
    cells: &'b [Cell],
    bytes: &'b [u8],
}

impl<'b> Record<'b> {
    /// What a column holds.
    pub fn get(self, column: usize) -> Held<'b> {
        match self.cells[column] {
            Cell::Null => Held::Null,
            Cell::Integer(number) => Held::Integer(number),
            Cell::Real(number) => Held::Real(number),
            Cell::Text(start, end) => Held::Text(&self.bytes[start..end]),
            Cell::Blob(start, end) => Held::Blob(&self.bytes[start..end]),
        }
    }
}
