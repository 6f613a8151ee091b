//! The value of one field of one feature.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A value as it is kept. Absent values are `None` of an `Option<Value>`, never a variant.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text in Unicode NFC; also the code of a `code` field.
    Text(String),
    /// Never `i64::MIN`, which the columns use for "absent".
    Integer(i64),
    /// Always finite.
    Real(f64),
    /// Yes or no.
    Boolean(bool),
    /// A day of the proleptic Gregorian calendar.
    Date(NaiveDate),
    /// A moment in UTC, to the millisecond (GeoPackage 1.3, table 1: DATETIME).
    DateTime(DateTime<Utc>),
}

/// A [`Value`] that borrows its text: what rows hand out and stores read in, without an allocation a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// See [`Value::Text`].
    Text(&'a str),
    /// See [`Value::Integer`].
    Integer(i64),
    /// See [`Value::Real`].
    Real(f64),
    /// See [`Value::Boolean`].
    Boolean(bool),
    /// See [`Value::Date`].
    Date(NaiveDate),
    /// See [`Value::DateTime`].
    DateTime(DateTime<Utc>),
}

impl Value {
    /// The same value, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Boolean(flag) => ValueRef::Boolean(*flag),
            Self::Date(day) => ValueRef::Date(*day),
            Self::DateTime(moment) => ValueRef::DateTime(*moment),
        }
    }
}

impl ValueRef<'_> {
    /// The same value, owned.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Text(text) => Value::Text(text.to_owned()),
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Boolean(flag) => Value::Boolean(flag),
            Self::Date(day) => Value::Date(day),
            Self::DateTime(moment) => Value::DateTime(moment),
        }
    }
}

/// As in CSV and in a tile: dates `2025-07-01`, moments `2025-07-01T00:00:00.000Z` (RFC 3339).
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::Date(day) => write!(f, "{day}"),
            Self::DateTime(moment) => f.write_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true)),
        }
    }
}

/// As in GeoJSON: numbers and booleans bare, the rest as text.
impl Serialize for ValueRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Boolean(flag) => serializer.serialize_bool(*flag),
            other => serializer.collect_str(other),
        }
    }
}
