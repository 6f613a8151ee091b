//! The functions that filters may call, and no others.

use std::fmt;

/// What an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A moment.
    Timestamp,
    /// From one instant to another.
    Interval,
    /// A geometry.
    Geometry,
    /// An array.
    Array,
}

impl Kind {
    /// The name of the data type in the standard.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Interval => "interval",
            Self::Geometry => "geometry",
            Self::Array => "array",
        }
    }
}

/// As a message says it: `a number`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Date => "a day",
            Self::Timestamp => "a moment",
            Self::Interval => "an interval",
            Self::Geometry => "a geometry",
            Self::Array => "an array",
        })
    }
}

/// What a function takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// For people.
    pub name: &'static str,
    /// What it has to be.
    pub kind: Kind,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A function, as `/functions` lists it (OGC 19-079r2, section 6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name; a filter may write it in any case.
    pub name: &'static str,
    /// What it takes, in order.
    pub arguments: &'static [Argument],
    /// What it gives.
    pub returns: Kind,
    /// What it is for, in Vietnamese.
    pub vi: &'static str,
    /// What it is for, in English.
    pub en: &'static str,
}

const TEXT: Argument = Argument { name: "text", kind: Kind::Text, optional: false };
const GEOMETRY: Argument = Argument { name: "geometry", kind: Kind::Geometry, optional: true };

/// All of them.
pub const FUNCTIONS: [Function; 4] = [
    Function {
        name: "casei",
        arguments: &[TEXT],
        returns: Kind::Text,
        vi: "Văn bản không phân biệt chữ hoa, chữ thường",
        en: "The text without case",
    },
    Function {
        name: "accenti",
        arguments: &[TEXT],
        returns: Kind::Text,
        vi: "Văn bản không dấu; đ là d",
        en: "The text without accents; đ is d",
    },
    Function {
        name: "area",
        arguments: &[GEOMETRY],
        returns: Kind::Number,
        vi: "Diện tích trắc địa của đối tượng, mét vuông; điểm và đường là 0",
        en: "The geodesic area of the feature, square metres; 0 for points and lines",
    },
    Function {
        name: "length",
        arguments: &[GEOMETRY],
        returns: Kind::Number,
        vi: "Chiều dài trắc địa của đường, mét; điểm và vùng là 0",
        en: "The geodesic length of a line, metres; 0 for points and polygons",
    },
];

/// Those that there are, for a message.
pub fn known() -> String {
    FUNCTIONS.map(|function| function.name).join(", ")
}
