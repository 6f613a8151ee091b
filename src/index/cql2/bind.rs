//! A filter ready to be held against rows.

use std::sync::atomic::{AtomicU8, Ordering};

use super::compile::Compiler;
use super::error::FilterError;
use super::expr::Expr;
use super::limits::MAX_COST;
use super::spatial::Way;
use super::test::Test;
use super::value::At;
use crate::geo::Window;
use crate::model::columns::Column;
use crate::model::{Audience, Layer, Rows};

/// A filter of one layer. Threads may share it.
#[derive(Clone, Debug)]
pub struct Filter {
    test: Test,
    /// The field of each table of answers by text.
    tables: Vec<usize>,
}

impl Filter {
    /// Holds a filter against a layer, for a reader of an audience. Names are those of the queryables: the id field and `id`, the
    /// fields that the reader may see, and `geometry`. `to_lon_lat` takes a place in the axes of `filter-crs` to `[lon, lat]`
    /// degrees, `None` where there is none.
    pub fn compile(
        expr: &Expr,
        layer: &Layer,
        audience: Audience,
        to_lon_lat: &dyn Fn([f64; 2]) -> Option<[f64; 2]>,
    ) -> Result<Self, FilterError> {
        let mut compiler = Compiler { layer, audience, way: Way::new(to_lon_lat), tables: Vec::new(), by_text: 0 };
        let test = compiler.test(expr)?;
        // What is looked at by text may have to be looked at row by row after all.
        let cost = test.cost() + compiler.by_text;
        if cost > MAX_COST { Err(FilterError::TooCostly(cost)) } else { Ok(Self { test, tables: compiler.tables }) }
    }

    /// What every row that matches meets; `None` where that is not known. Empty where no row can match.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        window(&self.test)
    }

    /// Ready for rows of the layer that it was compiled for. Threads may share the result.
    #[must_use]
    pub fn bind<'r>(&'r self, rows: &'r Rows) -> Bound<'r> {
        let tables = self.tables.iter().map(|&field| Table::new(rows, field)).collect();
        Bound { filter: self, rows, tables }
    }
}

fn window(test: &Test) -> Option<Window> {
    let common = |a: Window, b: Window| Window {
        min_x: a.min_x.max(b.min_x),
        min_y: a.min_y.max(b.min_y),
        max_x: a.max_x.min(b.max_x),
        max_y: a.max_y.min(b.max_y),
    };
    match test {
        Test::Known(false) => Some(Window::EMPTY),
        Test::Spatial(test) => test.window(),
        Test::All(tests) => tests.iter().filter_map(window).reduce(common),
        Test::Any(tests) => {
            tests.iter().map(window).try_fold(Window::EMPTY, |all, window| window.map(|window| all.union(window)))
        }
        _ => None,
    }
    .map(|window| if window.is_empty() { Window::EMPTY } else { window })
}

/// A filter and the rows it is held against.
#[derive(Debug)]
pub struct Bound<'r> {
    filter: &'r Filter,
    rows: &'r Rows,
    tables: Vec<Table>,
}

impl Bound<'_> {
    /// Whether the filter is true of a row. What is unknown does not match.
    #[must_use]
    pub fn matches(&self, row: usize) -> bool {
        let at = At { rows: self.rows, row, text: None, tables: &self.tables };
        self.filter.test.of(at) == Some(true)
    }
}

/// Answers by the code of a text, found when they are first asked for. Empty where most rows have a text of their own: then it
/// would cost memory and save nothing.
#[derive(Debug)]
pub struct Table(Vec<AtomicU8>);

/// Rows a text, at least.
const SHARED: usize = 4;

const UNASKED: u8 = 0;
const UNKNOWN: u8 = 1;
const FALSE: u8 = 2;
const TRUE: u8 = 3;

impl Table {
    fn new(rows: &Rows, field: usize) -> Self {
        let texts = match rows.columns().get(field) {
            Some(Column::Text { dictionary, .. }) => dictionary.texts().len(),
            _ => 0,
        };
        let mut answers = Vec::new();
        answers.resize_with(if texts * SHARED > rows.len() { 0 } else { texts }, AtomicU8::default);
        Self(answers)
    }

    /// The answer for the text of a code. Two threads may both find it, and find the same.
    pub fn answer<'r>(&'r self, at: At<'r>, field: usize, code: u32, test: &'r Test) -> Option<bool> {
        let Column::Text { dictionary, .. } = &at.rows.columns()[field] else { return None };
        let find = || test.of(At { text: Some(dictionary.texts().get(code)), ..at });
        let Some(slot) = self.0.get(code as usize) else { return find() };
        match slot.load(Ordering::Relaxed) {
            TRUE => Some(true),
            FALSE => Some(false),
            UNASKED => {
                let answer = find();
                let kept = answer.map_or(UNKNOWN, |answer| if answer { TRUE } else { FALSE });
                slot.store(kept, Ordering::Relaxed);
                answer
            }
            _ => None,
        }
    }
}
