//! Why a filter is refused, for whoever wrote it.

use std::fmt;

use super::limits::{MAX_COST, MAX_DEPTH, MAX_LENGTH, MAX_LIST, MAX_NODES, MAX_PATTERN, MAX_VERTICES};

/// Why a filter is not read or does not fit its layer. All of them are the fault of the filter.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FilterError {
    /// The text does not follow the grammar.
    #[error("filter, character {at}: {what}")]
    Syntax {
        /// The place, counted from 1.
        at: usize,
        /// What is wrong there.
        what: String,
    },
    /// The JSON is none, or is no filter.
    #[error("filter: {0}")]
    Json(String),
    /// Too many bytes.
    #[error("the filter has {0} bytes, at most {MAX_LENGTH} are read: shorten it, or ask in several requests")]
    TooLong(usize),
    /// Too many levels.
    #[error(
        "the filter is nested deeper than {MAX_DEPTH} levels: join conditions by AND and OR without parentheses around each"
    )]
    TooDeep,
    /// Too many conditions.
    #[error("the filter has more than {MAX_NODES} operators, names and values: use IN for lists of values")]
    TooManyNodes,
    /// Too many values after IN.
    #[error("the lists of the filter have more than {MAX_LIST} values: ask in several requests")]
    TooLongList,
    /// Too large geometries.
    #[error("the geometries of the filter have more than {MAX_VERTICES} vertices: simplify them")]
    TooManyVertices,
    /// Too long a pattern.
    #[error("the pattern after LIKE has {0} characters, at most {MAX_PATTERN} are read")]
    TooLongPattern(usize),
    /// Too much work for each row.
    #[error(
        "the filter takes {0} steps for a feature, at most {MAX_COST} are taken: call area() and length() once, simplify \
         geometries, or ask in several requests"
    )]
    TooCostly(usize),
    /// A name that the layer does not have, or not for this reader.
    #[error("layer `{layer}` has no queryable {name}; it has {known}")]
    UnknownProperty {
        /// The name.
        name: Shown,
        /// The layer.
        layer: String,
        /// Those that there are.
        known: String,
    },
    /// A code that no feature can have.
    #[error("field `{field}` has no code {code}; it has {known}")]
    UnknownCode {
        /// The field.
        field: String,
        /// The code.
        code: Shown,
        /// Those that there are.
        known: String,
    },
    /// A function that nobody offers.
    #[error("there is no function {name}; there are {known}")]
    UnknownFunction {
        /// The name.
        name: Shown,
        /// Those that there are.
        known: String,
    },
    /// Operands of kinds that do not go together.
    #[error("{0}")]
    Mismatch(String),
    /// A literal geometry that is none.
    #[error("geometry of the filter: {0}")]
    Geometry(String),
}

impl FilterError {
    pub(super) fn json(what: impl Into<String>) -> Self {
        Self::Json(what.into())
    }

    pub(super) fn geometry(what: impl Into<String>) -> Self {
        Self::Geometry(what.into())
    }
}

/// A piece of what a stranger sent, as a message may repeat it: quoted, short, without control characters.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown(String);

impl Shown {
    /// Any text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        const MOST: usize = 40;
        let more = if text.chars().nth(MOST).is_some() { "..." } else { "" };
        let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
        Self(format!("`{}{more}`", text.chars().take(MOST).map(visible).collect::<String>()))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
