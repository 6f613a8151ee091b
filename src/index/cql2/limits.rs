//! How large a filter may be, and how much work for one row.

use super::error::FilterError;
use super::expr::Expr;

/// Bytes of a filter, as text or as JSON.
pub const MAX_LENGTH: usize = 64 * 1024;

/// Levels inside each other. JSON takes two levels for one of these, and `serde_json` reads 128.
pub const MAX_DEPTH: usize = 50;

/// Operators, functions, names and literals, those in the list of an IN not counted.
pub const MAX_NODES: usize = 1_000;

/// Values in the lists of all INs.
pub const MAX_LIST: usize = 5_000;

/// Vertices of all literal geometries.
pub const MAX_VERTICES: usize = 10_000;

/// Characters of the pattern of a LIKE.
pub const MAX_PATTERN: usize = 1_000;

/// Work for one row at most, in steps of about a nanosecond: four measures, or 10,000 vertices for `S_WITHIN`, or 200 texts
/// folded one by one.
pub const MAX_COST: usize = 100_000;

/// What a filter has used up while it is read.
#[derive(Debug, Default)]
pub struct Budget {
    nodes: usize,
    listed: usize,
    vertices: usize,
}

impl Budget {
    /// One node more.
    pub fn node(&mut self) -> Result<(), FilterError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES { Err(FilterError::TooManyNodes) } else { Ok(()) }
    }

    /// The node just counted was a value in a list.
    pub fn was_listed(&mut self) -> Result<(), FilterError> {
        self.nodes -= 1;
        self.listed += 1;
        if self.listed > MAX_LIST { Err(FilterError::TooLongList) } else { Ok(()) }
    }

    /// Some vertices more.
    pub fn vertices(&mut self, count: usize) -> Result<(), FilterError> {
        self.vertices += count;
        if self.vertices > MAX_VERTICES { Err(FilterError::TooManyVertices) } else { Ok(()) }
    }
}

/// Refuses text that is too long before anybody reads it.
pub fn check_length(text: &str) -> Result<(), FilterError> {
    if text.len() > MAX_LENGTH { Err(FilterError::TooLong(text.len())) } else { Ok(()) }
}

/// Refuses a tree that is too high for those who walk it by recursion. Chains like `a + b + c` grow high without any nesting.
pub fn check_depth(root: &Expr) -> Result<(), FilterError> {
    let mut open = vec![(root, 1)];
    while let Some((expr, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(FilterError::TooDeep);
        }
        open.extend(expr.children().map(|child| (child, depth + 1)));
    }
    Ok(())
}
