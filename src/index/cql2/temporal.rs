//! The relations in time (OWL-Time, section 4.2), with both ends of an interval inside it. An instant is an interval whose ends
//! are one.

use super::expr::TemporalRelation;
use super::operands::InstantOperand;
use super::value::At;

/// Whether a relation is one of intervals only, by the standard.
pub fn needs_intervals(relation: TemporalRelation) -> bool {
    use TemporalRelation::{After, Before, Disjoint, Equals, Intersects};
    !matches!(relation, After | Before | Disjoint | Equals | Intersects)
}

/// Holds it against a row: the ends of the first, then those of the second. Unknown where an end is.
pub fn holds(relation: TemporalRelation, ends: &[InstantOperand; 4], at: At<'_>) -> Option<bool> {
    let [start, end, other_start, other_end] = ends;
    Some(related(relation, [at.instant(start)?, at.instant(end)?], [at.instant(other_start)?, at.instant(other_end)?]))
}

/// Whether two intervals are related so.
pub fn related(relation: TemporalRelation, [start, end]: [i64; 2], [other_start, other_end]: [i64; 2]) -> bool {
    match relation {
        TemporalRelation::After => start > other_end,
        TemporalRelation::Before => end < other_start,
        TemporalRelation::Disjoint => start > other_end || end < other_start,
        TemporalRelation::Intersects => start <= other_end && end >= other_start,
        TemporalRelation::Equals => start == other_start && end == other_end,
        TemporalRelation::Contains => start < other_start && end > other_end,
        TemporalRelation::During => start > other_start && end < other_end,
        TemporalRelation::FinishedBy => start < other_start && end == other_end,
        TemporalRelation::Finishes => start > other_start && end == other_end,
        TemporalRelation::Meets => end == other_start,
        TemporalRelation::MetBy => start == other_end,
        TemporalRelation::OverlappedBy => start > other_start && start < other_end && end > other_end,
        TemporalRelation::Overlaps => start < other_start && end > other_start && end < other_end,
        TemporalRelation::StartedBy => start == other_start && end > other_end,
        TemporalRelation::Starts => start == other_start && end < other_end,
    }
}
