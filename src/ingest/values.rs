//! One value of a file as a value of a field.
//!
//! Texts lose the white space around them and become NFC; what is then empty is absent. Days are read as Vietnamese write
//! them (day first), moments without a zone as the time of Viet Nam (UTC+7).

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveTime, TimeZone, Timelike, Utc};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::report::{Fault, Reason};
use super::source::Raw;
use crate::model::{FieldType, Value};

/// Largest whole number that a real holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The time of Viet Nam, seconds east of Greenwich; it has no summer time.
const VIET_NAM_TIME: i32 = 7 * 3600;

/// Reads `raw` as a value of `field_type`, which is not `Code` (see [`super::fields`]). `None` when it is absent.
///
/// The error says what was expected: `"abc" is no whole number`.
pub fn read(raw: &Raw, field_type: FieldType) -> Result<Option<Value>, Fault> {
    if is_absent(raw) {
        return Ok(None);
    }
    let value = match field_type {
        FieldType::Text | FieldType::Code => text(raw)?.map(Value::Text),
        FieldType::Integer => Some(Value::Integer(integer(raw)?)),
        FieldType::Real => Some(Value::Real(real(raw)?)),
        FieldType::Boolean => Some(Value::Boolean(boolean(raw)?)),
        FieldType::Date => Some(Value::Date(date(raw)?)),
        FieldType::DateTime => Some(Value::DateTime(moment(raw)?)),
    };
    Ok(value)
}

/// Whether there is no value: nothing, or a text of white space.
#[must_use]
pub fn is_absent(raw: &Raw) -> bool {
    match raw {
        Raw::Null => true,
        Raw::Text(text) => trimmed(text).is_empty(),
        _ => false,
    }
}

/// Without the white space around it, and without the zero bytes that fill fields of fixed length.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0' || c == '\u{feff}')
}

/// A value as text: NFC without white space around it; numbers as plain decimals. `None` when it is empty.
pub fn text(raw: &Raw) -> Result<Option<String>, Fault> {
    let text = match raw {
        Raw::Null => return Ok(None),
        Raw::Text(text) => nfc(trimmed(text)),
        Raw::Integer(number) => number.to_string(),
        Raw::Real(number) if number.is_finite() => number.to_string(),
        Raw::Real(number) => return Err(expected(number, "finite number")),
        Raw::Boolean(flag) => flag.to_string(),
        Raw::Date(day) => day.to_string(),
        Raw::DateTime(moment) => moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    };
    if text.contains('\0') {
        return Err(Fault::new(
            Reason::UnparsableField,
            format!("the text {:?} holds a zero byte, which no database keeps: take it out", short(&text)),
        ));
    }
    Ok((!text.is_empty()).then_some(text))
}

/// Unicode NFC: the one form in which texts are kept and compared.
#[must_use]
pub fn nfc(text: &str) -> String {
    if is_nfc_quick(text.chars()) == IsNormalized::Yes { text.to_owned() } else { text.nfc().collect() }
}

fn expected(found: impl std::fmt::Display, kind: &str) -> Fault {
    Fault::new(Reason::UnparsableField, format!("`{}` is no {kind}", short(&found.to_string())))
}

/// At most 60 characters of a text, for messages.
#[must_use]
pub fn short(text: &str) -> String {
    let mut kept: String = text.chars().take(60).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    kept
}

/// What stands in a message for a value that is of another type altogether.
fn shown(raw: &Raw) -> String {
    text(raw).ok().flatten().unwrap_or_default()
}

/// A whole number: as such, or as a text of digits. `12.0` is 12, `1 200` and `1,200` are nothing.
fn integer(raw: &Raw) -> Result<i64, Fault> {
    let kind = "whole number";
    let number = match raw {
        Raw::Integer(number) => *number,
        Raw::Real(number) => whole(*number).ok_or_else(|| expected(number, kind))?,
        Raw::Text(text) => {
            let text = trimmed(text);
            let as_real = || text.parse().ok().and_then(whole);
            text.parse().ok().or_else(as_real).ok_or_else(|| expected(text, kind))?
        }
        Raw::Boolean(_) | Raw::Date(_) | Raw::DateTime(_) | Raw::Null => return Err(expected(shown(raw), kind)),
    };
    if number == i64::MIN { Err(expected(number, "whole number above -2^63")) } else { Ok(number) }
}

fn whole(number: f64) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

/// A number. A decimal comma is read where it can be nothing else: `1,5` and `0,125`, but not `1,250`.
fn real(raw: &Raw) -> Result<f64, Fault> {
    let kind = "number";
    let number = match raw {
        Raw::Real(number) => *number,
        #[expect(clippy::cast_precision_loss, reason = "a real field keeps what a real holds")]
        Raw::Integer(number) => *number as f64,
        Raw::Text(text) => {
            let text = trimmed(text);
            text.parse().ok().or_else(|| decimal_comma(text)).ok_or_else(|| match text.split_once(',') {
                Some((whole, tail)) if digits(whole) && digits(tail) => {
                    expected(text, "number: the comma may be decimal or for thousands, write a point or no comma")
                }
                _ => expected(text, kind),
            })?
        }
        Raw::Boolean(_) | Raw::Date(_) | Raw::DateTime(_) | Raw::Null => return Err(expected(shown(raw), kind)),
    };
    if number.is_finite() { Ok(number) } else { Err(expected(number, "finite number")) }
}

fn decimal_comma(text: &str) -> Option<f64> {
    let (whole, tail) = text.split_once(',')?;
    let plain = whole.trim_start_matches(['-', '+']);
    let may_be_thousands = tail.len() == 3 && plain.len() <= 3 && plain != "0";
    (digits(plain) && digits(tail) && !may_be_thousands).then(|| format!("{whole}.{tail}").parse().ok()).flatten()
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn boolean(raw: &Raw) -> Result<bool, Fault> {
    let fault = || expected(shown(raw), "yes or no: write true/false, 1/0, yes/no or có/không");
    match raw {
        Raw::Boolean(flag) => Ok(*flag),
        Raw::Integer(number) if (0..=1).contains(number) => Ok(*number == 1),
        Raw::Real(number) => match whole(*number) {
            Some(number @ 0..=1) => Ok(number == 1),
            _ => Err(fault()),
        },
        Raw::Text(text) => match nfc(trimmed(text)).to_lowercase().as_str() {
            "true" | "t" | "1" | "yes" | "y" | "có" => Ok(true),
            "false" | "f" | "0" | "no" | "n" | "không" => Ok(false),
            _ => Err(fault()),
        },
        _ => Err(fault()),
    }
}

/// A day: `2025-07-01`, `2025/07/01`, `20250701`, `01/07/2025`, `1-7-2025`, `1.7.2025`, or that of a moment in Viet Nam.
fn date(raw: &Raw) -> Result<NaiveDate, Fault> {
    let day = match raw {
        Raw::Date(day) => Some(*day),
        Raw::DateTime(moment) => Some(local(*moment)),
        Raw::Text(text) => day_of_text(trimmed(text)).or_else(|| moment_of_text(trimmed(text)).map(local)),
        Raw::Integer(number) => day_of_text(&number.to_string()),
        _ => None,
    };
    day.filter(|day| (1..=9999).contains(&day.year()))
        .ok_or_else(|| expected(shown(raw), "day: write 2025-07-01 or 01/07/2025"))
}

fn local(moment: DateTime<Utc>) -> NaiveDate {
    FixedOffset::east_opt(VIET_NAM_TIME).map_or(moment.date_naive(), |zone| moment.with_timezone(&zone).date_naive())
}

fn day_of_text(text: &str) -> Option<NaiveDate> {
    if text.len() == 8 && digits(text) {
        return NaiveDate::parse_from_str(text, "%Y%m%d").ok();
    }
    let separator = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| "-/.".contains(*c))?;
    let parts: Vec<_> = text.split(separator).collect();
    let [first, month, last] = parts[..] else { return None };
    if ![first, month, last].into_iter().all(digits) {
        return None;
    }
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    if year.len() != 4 || day.len() > 2 || month.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A moment to the millisecond: RFC 3339, `2005/01/01 06:00:00+00`, a day with or without a time.
fn moment(raw: &Raw) -> Result<DateTime<Utc>, Fault> {
    let moment = match raw {
        Raw::DateTime(moment) => Some(*moment),
        Raw::Date(day) => in_zone(*day, NaiveTime::MIN, VIET_NAM_TIME),
        Raw::Text(text) => moment_of_text(trimmed(text)),
        _ => None,
    };
    moment
        .and_then(|moment| DateTime::from_timestamp_millis(moment.timestamp_millis()))
        .filter(|moment| (1..=9999).contains(&moment.year()))
        .ok_or_else(|| expected(shown(raw), "moment: write 2025-07-01T06:00:00+07:00"))
}

fn moment_of_text(text: &str) -> Option<DateTime<Utc>> {
    let Some((day, rest)) = text.split_once(['T', 't', ' ']) else {
        return in_zone(day_of_text(text)?, NaiveTime::MIN, VIET_NAM_TIME);
    };
    let rest = rest.trim();
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(rest.len());
    let (clock, zone) = rest.split_at_checked(end)?;
    let time =
        NaiveTime::parse_from_str(clock, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M")).ok()?;
    // A leap second is the end of its minute: databases know none.
    let time = time.with_nanosecond(time.nanosecond().min(999_999_999))?;
    in_zone(day_of_text(day)?, time, offset(zone.trim())?)
}

fn in_zone(day: NaiveDate, time: NaiveTime, offset: i32) -> Option<DateTime<Utc>> {
    let zone = FixedOffset::east_opt(offset)?;
    zone.from_local_datetime(&day.and_time(time)).single().map(|moment| moment.with_timezone(&Utc))
}

/// Seconds east of Greenwich of `Z`, `+07`, `+0700`, `+07:00`, or of nothing.
fn offset(zone: &str) -> Option<i32> {
    let (sign, rest) = match zone.chars().next() {
        None => return Some(VIET_NAM_TIME),
        Some('Z' | 'z') if zone.len() == 1 => return Some(0),
        Some('+') => (1, zone.strip_prefix('+')?),
        Some('-') => (-1, zone.strip_prefix('-')?),
        Some(_) => return None,
    };
    let rest = rest.replace(':', "");
    if !digits(&rest) || (rest.len() != 2 && rest.len() != 4) {
        return None;
    }
    let number: i32 = rest.parse().ok()?;
    let (hours, minutes) = if rest.len() == 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(text: &str) -> Raw {
        Raw::Text(text.into())
    }

    /// `None` for a fault, `Some("")` for absent.
    fn shown_as(raw: &Raw, field_type: FieldType) -> Option<String> {
        read(raw, field_type).ok().map(|value| value.map(|value| value.as_ref().to_string()).unwrap_or_default())
    }

    #[test]
    fn texts_become_values_of_the_type_of_their_field() {
        use FieldType::{Boolean, Date, DateTime, Integer, Real, Text};
        let table = [
            (Text, "  Hoa\u{300} ", Some("Hoà")),
            (Text, " \t ", Some("")),
            (Text, "a\0\0", Some("a")),
            (Text, "a\0b", None),
            (Integer, " 12 ", Some("12")),
            (Integer, "12.0", Some("12")),
            (Integer, "-7", Some("-7")),
            (Integer, "12.5", None),
            (Integer, "1 200", None),
            (Integer, "1,200", None),
            (Integer, "9223372036854775807", Some("9223372036854775807")),
            (Integer, "-9223372036854775808", None),
            (Integer, "9223372036854775808", None),
            (Integer, "nan", None),
            (Integer, "", Some("")),
            (Real, "1.5", Some("1.5")),
            (Real, "1,5", Some("1.5")),
            (Real, "-0,125", Some("-0.125")),
            (Real, "1234,567", Some("1234.567")),
            (Real, "1,250", None),
            (Real, "1.250,5", None),
            (Real, "1,2,3", None),
            (Real, "inf", None),
            (Real, "NaN", None),
            (Real, "286(LED)", None),
            (Boolean, "Có", Some("true")),
            (Boolean, "KHÔNG", Some("false")),
            (Boolean, "Yes", Some("true")),
            (Boolean, "0", Some("false")),
            (Boolean, "2", None),
            (Date, "2025-07-01", Some("2025-07-01")),
            (Date, "2025/7/1", Some("2025-07-01")),
            (Date, "01/07/2025", Some("2025-07-01")),
            (Date, "31.12.1999", Some("1999-12-31")),
            (Date, "20250701", Some("2025-07-01")),
            (Date, "2005/01/01 06:00:00+00", Some("2005-01-01")),
            (Date, "2024-12-31T18:00:00Z", Some("2025-01-01")),
            (Date, "30/02/2025", None),
            (Date, "07/2025", None),
            (Date, "1/7/25", None),
            (DateTime, "2025-07-01T00:00:00+07:00", Some("2025-06-30T17:00:00.000Z")),
            (DateTime, "2025-07-01T00:00:00.1239Z", Some("2025-07-01T00:00:00.123Z")),
            (DateTime, "2005/01/01 06:00:00+00", Some("2005-01-01T06:00:00.000Z")),
            (DateTime, "2005-01-01 06:00:00 -0330", Some("2005-01-01T09:30:00.000Z")),
            (DateTime, "01/07/2025 07:00", Some("2025-07-01T00:00:00.000Z")),
            (DateTime, "2025-07-01", Some("2025-06-30T17:00:00.000Z")),
            (DateTime, "2025-07-01T25:00:00Z", None),
            (DateTime, "2025-07-01T00:00:00 Asia", None),
        ];
        for (field_type, text, expected) in table {
            assert_eq!(shown_as(&text_of(text), field_type).as_deref(), expected, "{text:?} as {field_type:?}");
        }
    }

    #[test]
    fn typed_values_become_values_of_the_type_of_their_field() {
        use FieldType::{Boolean, Date, DateTime, Integer, Real, Text};
        let day = Raw::Date(NaiveDate::from_ymd_opt(2025, 7, 1).unwrap());
        let table = [
            (Text, Raw::Integer(286), Some("286")),
            (Text, Raw::Real(12.0), Some("12")),
            (Text, Raw::Real(0.1), Some("0.1")),
            (Text, Raw::Real(f64::NAN), None),
            (Text, Raw::Boolean(true), Some("true")),
            (Text, Raw::Null, Some("")),
            (Integer, Raw::Real(12.0), Some("12")),
            (Integer, Raw::Real(12.5), None),
            (Integer, Raw::Real(1e300), None),
            (Integer, Raw::Integer(i64::MIN), None),
            (Integer, Raw::Boolean(true), None),
            (Real, Raw::Integer(3), Some("3")),
            (Real, Raw::Real(f64::INFINITY), None),
            (Boolean, Raw::Integer(1), Some("true")),
            (Boolean, Raw::Real(0.0), Some("false")),
            (Boolean, Raw::Integer(7), None),
            (Date, Raw::Integer(20_250_701), Some("2025-07-01")),
            (Date, day.clone(), Some("2025-07-01")),
            (DateTime, day, Some("2025-06-30T17:00:00.000Z")),
            (DateTime, Raw::Integer(1_720_000_000), None),
        ];
        for (field_type, raw, expected) in table {
            assert_eq!(shown_as(&raw, field_type).as_deref(), expected, "{raw:?} as {field_type:?}");
        }
    }

    #[test]
    fn a_fault_names_the_value() {
        let fault = read(&text_of("1,250"), FieldType::Real).expect_err("ambiguous");
        assert_eq!(fault.reason, Reason::UnparsableField);
        assert!(fault.message.contains("1,250") && fault.message.contains("thousands"), "{}", fault.message);
        let long = read(&text_of(&"đ".repeat(999)), FieldType::Integer).expect_err("no number");
        assert!(long.message.chars().count() < 100, "{}", long.message);
    }
}
