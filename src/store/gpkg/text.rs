//! Days and moments as a GeoPackage writes them (OGC 12-128r18, table 1): `2025-07-01`, `2025-07-01T06:00:00.123Z`.

use std::fmt::Write;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, SecondsFormat, Timelike, Utc};

/// Puts a day in the place of what is in `text`.
pub fn write_date(text: &mut String, day: NaiveDate) {
    text.clear();
    write!(text, "{day}").expect("a String takes all that is written");
}

/// Puts a moment in the place of what is in `text`, to the millisecond.
pub fn write_moment(text: &mut String, moment: DateTime<Utc>) {
    text.clear();
    if !(0..=9999).contains(&moment.year()) {
        text.push_str(&moment.to_rfc3339_opts(SecondsFormat::Millis, true));
        return;
    }
    let (year, month, day) = (moment.year(), moment.month(), moment.day());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    let millisecond = moment.timestamp_subsec_millis();
    write!(text, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
        .expect("a String takes all that is written");
}

/// The day that a text names.
pub fn read_date(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

/// The moment that a text names. Without a zone it is in UTC, as GDAL writes it.
pub fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    let forms = ["%Y-%m-%dT%H:%M:%S%.fZ", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|moment| moment.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_to_the_millisecond_and_read_as_others_write_them() {
        let mut text = String::new();
        let table = [
            ("2005-01-01T06:00:00.123Z", "2005-01-01T06:00:00.123Z"),
            ("2005-01-01T06:00:00Z", "2005-01-01T06:00:00.000Z"),
            ("2005-01-01T06:00:00", "2005-01-01T06:00:00.000Z"),
            ("2005-01-01 06:00:00.5", "2005-01-01T06:00:00.500Z"),
            ("2005-01-01T06:00:00+07:00", "2004-12-31T23:00:00.000Z"),
            ("0007-01-01T00:00:00.000Z", "0007-01-01T00:00:00.000Z"),
            ("+12025-01-01T00:00:00.000Z", "+12025-01-01T00:00:00.000Z"),
            ("-0044-03-15T00:00:00.000Z", "-0044-03-15T00:00:00.000Z"),
        ];
        for (found, written) in table {
            write_moment(&mut text, read_moment(found).unwrap_or_else(|| panic!("{found} is a moment")));
            assert_eq!(text, written, "from {found}");
        }
        for wrong in ["", "2005-01-01", "2005-13-01T00:00:00Z", "yesterday"] {
            assert_eq!(read_moment(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn days_are_written_as_they_are_read() {
        let mut text = String::new();
        for day in ["2025-07-01", "0001-01-01", "-0044-03-15", "+12025-01-01"] {
            write_date(&mut text, read_date(day).unwrap_or_else(|| panic!("{day} is a day")));
            assert_eq!(text, day);
        }
        assert_eq!(read_date("01/07/2025"), None);
    }
}
