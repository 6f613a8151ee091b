//! What a filter says: one tree for text and JSON.

use chrono::{DateTime, NaiveDate, Utc};
use geo_types::Geometry;

use super::number::Number;

/// A filter, or a piece of one. Only its shape is sound: names and kinds are held against a layer by [`super::Filter::compile`].
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// All of two or more.
    And(Vec<Self>),
    /// At least one of two or more.
    Or(Vec<Self>),
    /// Not so.
    Not(Box<Self>),
    /// `=`, `<`, ...
    Compare(Comparison, Box<[Self; 2]>),
    /// A text and a pattern: `%` is any text, `_` any character, `\` takes the next character as it is.
    Like(Box<[Self; 2]>),
    /// A value, and the bounds, which belong to the range.
    Between(Box<[Self; 3]>),
    /// One of a list that is not empty.
    In(Box<Self>, Vec<Self>),
    /// Whether there is no value.
    IsNull(Box<Self>),
    /// `S_INTERSECTS`, ...
    Spatial(SpatialRelation, Box<[Self; 2]>),
    /// `T_AFTER`, ...
    Temporal(TemporalRelation, Box<[Self; 2]>),
    /// `A_CONTAINS`, ...
    Array(ArrayRelation, Box<[Self; 2]>),
    /// `+`, `div`, ...
    Arithmetic(Operator, Box<[Self; 2]>),
    /// A text without case.
    Casei(Box<Self>),
    /// A text without accents.
    Accenti(Box<Self>),
    /// A function by its name.
    Call(String, Vec<Self>),
    /// The value of a queryable.
    Property(String),
    /// A text.
    Text(String),
    /// A number.
    Number(Number),
    /// Yes or no.
    Boolean(bool),
    /// A day.
    Date(NaiveDate),
    /// A moment, to the microsecond.
    Timestamp(DateTime<Utc>),
    /// From one instant to another, both belonging to it; `None` is open.
    Interval(Box<[Option<Self>; 2]>),
    /// A geometry in the axes of `filter-crs`, without heights.
    Geometry(Box<Geometry<f64>>),
    /// The lower and the upper corner of a box in the axes of `filter-crs`.
    BBox(Box<[f64; 4]>),
    /// An array: an operand of an array predicate or a function, or inside such an array.
    List(Vec<Self>),
}

impl Expr {
    /// The pieces directly below.
    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        let (few, many): (Vec<&Self>, &[Self]) = match self {
            Self::And(all) | Self::Or(all) | Self::Call(_, all) | Self::List(all) => (Vec::new(), all),
            Self::Not(one) | Self::IsNull(one) | Self::Casei(one) | Self::Accenti(one) => (vec![one], &[]),
            Self::Compare(_, pair)
            | Self::Like(pair)
            | Self::Spatial(_, pair)
            | Self::Temporal(_, pair)
            | Self::Array(_, pair)
            | Self::Arithmetic(_, pair) => (Vec::new(), pair.as_slice()),
            Self::Between(three) => (Vec::new(), three.as_slice()),
            Self::In(value, list) => (vec![value], list),
            Self::Interval(bounds) => (bounds.iter().flatten().collect(), &[]),
            _ => (Vec::new(), &[]),
        };
        few.into_iter().chain(many)
    }

    /// Whether it is a single value by itself.
    pub(super) fn is_literal(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Number(_) | Self::Boolean(_) | Self::Date(_) | Self::Timestamp(_))
    }

    /// Whether it may stand in an array inside an array.
    pub(super) fn is_plain(&self) -> bool {
        self.is_literal() || matches!(self, Self::Property(_) | Self::Call(..) | Self::Casei(_) | Self::Accenti(_))
    }
}

/// An enum whose variants have a name in the standard.
macro_rules! named {
    ($(#[$about:meta])* $kind:ident { $($(#[$meaning:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $kind {
            $($(#[$meaning])* $variant,)*
        }

        impl $kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in JSON. Text has the same in any case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The one of this name, in any case.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name().eq_ignore_ascii_case(name))
            }
        }
    };
}

named! {
    /// The comparisons (requirements class "Basic CQL2").
    Comparison {
        /// Equal.
        Equal = "=",
        /// Not equal.
        Unequal = "<>",
        /// Before in order.
        Less = "<",
        /// After in order.
        Greater = ">",
        /// Equal or before.
        LessOrEqual = "<=",
        /// Equal or after.
        GreaterOrEqual = ">=",
    }
}

named! {
    /// The operators of arithmetic (requirements class "Arithmetic Expressions").
    Operator {
        /// Sum.
        Plus = "+",
        /// Difference.
        Minus = "-",
        /// Product.
        Times = "*",
        /// Quotient, never cut.
        Divide = "/",
        /// Quotient, cut towards 0.
        IntegerDivide = "div",
        /// What the cut quotient leaves.
        Modulo = "%",
        /// Power.
        Power = "^",
    }
}

named! {
    /// The relations in space (requirements class "Spatial Functions"; OGC 06-103r4, section 6.1.15.3).
    SpatialRelation {
        /// The second lies in the first.
        Contains = "s_contains",
        /// They share some of their insides, of a smaller dimension than the larger one.
        Crosses = "s_crosses",
        /// They share nothing.
        Disjoint = "s_disjoint",
        /// They are the same places.
        Equals = "s_equals",
        /// They share a place.
        Intersects = "s_intersects",
        /// They share some of their insides, of their own dimension.
        Overlaps = "s_overlaps",
        /// They share places, but not of their insides.
        Touches = "s_touches",
        /// The first lies in the second.
        Within = "s_within",
    }
}

named! {
    /// The relations in time (requirements class "Temporal Functions"; OWL-Time). Both ends belong to an interval.
    TemporalRelation {
        /// Starts when the second has ended.
        After = "t_after",
        /// Has ended when the second starts.
        Before = "t_before",
        /// Starts before and ends after the second.
        Contains = "t_contains",
        /// Before or after.
        Disjoint = "t_disjoint",
        /// Starts after and ends before the second.
        During = "t_during",
        /// Same start, same end.
        Equals = "t_equals",
        /// Starts before, same end.
        FinishedBy = "t_finishedBy",
        /// Starts after, same end.
        Finishes = "t_finishes",
        /// Neither before nor after.
        Intersects = "t_intersects",
        /// Ends where the second starts.
        Meets = "t_meets",
        /// Starts where the second ends.
        MetBy = "t_metBy",
        /// Starts inside the second and ends after it.
        OverlappedBy = "t_overlappedBy",
        /// Starts before the second and ends inside it.
        Overlaps = "t_overlaps",
        /// Same start, ends after.
        StartedBy = "t_startedBy",
        /// Same start, ends before.
        Starts = "t_starts",
    }
}

named! {
    /// The relations of arrays, which are sets (requirements class "Array Functions").
    ArrayRelation {
        /// The first is a subset of the second.
        ContainedBy = "a_containedBy",
        /// The first is a superset of the second.
        Contains = "a_contains",
        /// The same elements.
        Equals = "a_equals",
        /// An element in common.
        Overlaps = "a_overlaps",
    }
}
