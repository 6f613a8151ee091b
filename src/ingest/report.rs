//! What became of a file: every refusal and repair with its row and reason.

use std::fmt;

use serde::Serialize;

use super::source::Format;

/// Why a record was refused or what was mended. The code is stable; the message is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The record cannot be read at all.
    Unreadable,
    /// The file ends early or is torn: nothing after this record can be read. The import fails whatever the refused share.
    Truncated,
    /// Not the kind of geometry that the layer holds.
    WrongGeometryKind,
    /// No geometry, or one without places.
    EmptyGeometry,
    /// A ring that crosses or touches itself.
    SelfIntersection,
    /// A ring whose last place is not its first.
    RingNotClosed,
    /// A ring that runs the wrong way (RFC 7946 section 3.1.6).
    WrongWinding,
    /// Equal neighbouring places, or a part of too few.
    DegeneratePart,
    /// NaN or infinite coordinates.
    NotFinite,
    /// Beyond 180 degrees east or 90 degrees north, or no place of the projection.
    OutOfWorld,
    /// Outside the layer's extent.
    OutsideExtent,
    /// Longitude and latitude (easting and northing) are exchanged.
    SwappedAxes,
    /// At 0, 0: the mark of a failed geocoding.
    NullIsland,
    /// The id was there before.
    DuplicateId,
    /// The layer's id field has no value.
    MissingId,
    /// A required field has no value.
    MissingField,
    /// A value that is not of its field's type.
    UnparsableField,
    /// A code that the field does not have.
    UnknownCode,
    /// In force until before it comes into force.
    BackwardsValidity,
    /// An id that no URL can hold.
    UnusableId,
    /// Bytes that are no text of the declared encoding.
    WrongEncoding,
    /// It names what is not there.
    UnknownReference,
    /// A trip that is somewhere before it has left the place before.
    TimesBackwards,
    /// A trip that calls at fewer than two stops.
    TooFewCalls,
    /// An indicator that nobody described.
    UnknownIndicator,
    /// A code that no unit has, or had in the period.
    UnknownUnit,
    /// An old unit of which several of today have parts.
    DividedUnit,
    /// No period, or one of another length than the indicator's.
    BadPeriod,
    /// A value of an indicator that cannot be.
    OutOfRange,
    /// The same indicator, unit and period were told before.
    DuplicateValue,
}

impl fmt::Display for Reason {
    /// The code, as in the report: `wrong-winding`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Serialize::serialize(self, f)
    }
}

/// What is wrong with a value or a geometry, before it is known whose it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// Why.
    pub reason: Reason,
    /// The layer's field whose value it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The value, the limit and the way out.
    pub message: String,
}

impl Fault {
    /// With a message that says more.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, field: None, message: message.into() }
    }

    /// The fault of a field's value.
    #[must_use]
    pub fn of(self, field: &str) -> Self {
        Self { field: Some(field.to_owned()), message: format!("field `{field}`: {}", self.message), ..self }
    }
}

/// A record that was not taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Refusal {
    /// Row in the file, counted from 1.
    pub row: u64,
    /// Its id, when it had one.
    pub id: Option<String>,
    /// Why.
    #[serde(flatten)]
    pub fault: Fault,
    /// What else is wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Fault>,
}

impl Refusal {
    /// For people: `roads.geojson: row 12 (id 17): ring crosses itself ...`.
    #[must_use]
    pub fn line(&self, file: &str) -> String {
        let id = self.id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
        let messages: Vec<&str> =
            std::iter::once(&self.fault).chain(&self.also).map(|fault| fault.message.as_str()).collect();
        format!("{file}: row {}{id}: {}", self.row, messages.join("; "))
    }
}

/// A record that was taken after something was mended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Repair {
    /// Row in the file, counted from 1.
    pub row: u64,
    /// Its id.
    pub id: String,
    /// What was wrong.
    pub reason: Reason,
    /// What was done.
    pub message: String,
}

/// The whole account of one import, as `--report` writes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The file as it was named.
    pub file: String,
    /// What it was found to be.
    pub format: Format,
    /// The layer.
    pub layer: String,
    /// `EPSG:n` of the file's coordinates.
    pub crs: String,
    /// The encoding of its texts.
    pub encoding: String,
    /// Records in the file.
    pub read: u64,
    /// Records taken, mended ones included.
    pub accepted: u64,
    /// Whether the store was written: false after `--dry-run` and above the refused share.
    pub written: bool,
    /// Fields of the file that the layer does not have.
    pub ignored_fields: Vec<String>,
    /// What holds for the file as a whole ("altitudes were left aside in 12 records").
    pub notes: Vec<String>,
    /// What was mended.
    pub repairs: Vec<Repair>,
    /// What was refused.
    pub refusals: Vec<Refusal>,
}
