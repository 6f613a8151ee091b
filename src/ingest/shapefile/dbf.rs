//! The attributes of a shapefile: dBase III and the types that `FoxPro` added.
//!
//! Own code and not a crate's: a value that does not parse must not cost its row, nor a row its file; numbers keep their
//! digits; and deleted rows must keep step with the shapes.

use std::io::{self, Read};
use std::sync::Arc;

use chrono::{DateTime, Days, NaiveDate, TimeDelta};

use crate::ingest::encoding::{Charset, NotText};
use crate::ingest::source::Raw;

/// The header.
pub(super) struct Table {
    pub(super) rows: u32,
    /// The language driver, which stands for a code page.
    pub(super) driver: u8,
    pub(super) fields: Vec<Field>,
    header_size: usize,
    row_size: usize,
}

pub(super) struct Field {
    pub(super) name: Vec<u8>,
    kind: u8,
    start: usize,
    size: usize,
}

/// Kinds that are read. Memos stand in a file of their own, which shapefiles do not have.
const KINDS: &[u8] = b"CNFLDIBYT@+O";

impl Table {
    /// The inner error is a reason for people.
    pub(super) fn read(source: &mut dyn Read) -> io::Result<Result<Self, String>> {
        let mut head = [0; 32];
        source.read_exact(&mut head)?;
        let size = |at: usize| usize::from(u16::from_le_bytes([head[at], head[at + 1]]));
        let rows = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        let (header_size, row_size) = (size(8), size(10));
        let mut descriptions = vec![0; header_size.saturating_sub(32)];
        source.read_exact(&mut descriptions)?;
        let fields = fields(&descriptions);
        if fields.iter().any(|field| field.start + field.size > row_size) {
            return Ok(Err(format!("the fields of the .dbf are wider than its rows of {row_size} bytes")));
        }
        if row_size == 0 {
            return Ok(Err("the rows of the .dbf have no width".into()));
        }
        let fields = fields.into_iter().filter(Field::is_read).collect();
        Ok(Ok(Self { rows, driver: head[29], fields, header_size, row_size }))
    }

    /// Names that are no text of the encoding come letter by letter.
    pub(super) fn names(&self, charset: Charset) -> Vec<Arc<str>> {
        let name =
            |field: &Field| charset.decode(&field.name).unwrap_or_else(|_| field.name.escape_ascii().to_string());
        self.fields.iter().map(|field| name(field).into()).collect()
    }
}

fn fields(descriptions: &[u8]) -> Vec<Field> {
    let mut start = 1;
    let mut fields = Vec::new();
    for description in descriptions.chunks_exact(32).take_while(|description| description[0] != 0x0d) {
        let name = description[..11].split(|&b| b == 0).next().unwrap_or_default().trim_ascii().to_vec();
        let size = usize::from(description[16]);
        fields.push(Field { name, kind: description[11], start, size });
        start += size;
    }
    fields
}

impl Field {
    fn is_read(&self) -> bool {
        let is_read = KINDS.contains(&self.kind);
        if !is_read {
            let (name, kind) = (self.name.escape_ascii(), char::from(self.kind));
            tracing::warn!("field {name} of the .dbf is of kind {kind}, which is not read");
        }
        is_read
    }
}

/// The rows, one after the other.
pub(super) struct Rows<'s> {
    source: &'s mut dyn Read,
    table: &'s Table,
    left: u32,
    row: Vec<u8>,
}

pub(super) struct Row<'r> {
    table: &'r Table,
    bytes: &'r [u8],
}

impl<'s> Rows<'s> {
    pub(super) fn new(source: &'s mut dyn Read, table: &'s Table) -> io::Result<Self> {
        let header = table.header_size.max(32) as u64;
        let passed = io::copy(&mut source.take(header), &mut io::sink())?;
        if passed < header {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Self { source, table, left: table.rows, row: vec![0; table.row_size] })
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Row<'_>>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.source.read_exact(&mut self.row)?;
        Ok(Some(Row { table: self.table, bytes: &self.row }))
    }
}

impl Row<'_> {
    pub(super) fn is_deleted(&self) -> bool {
        self.bytes[0] == b'*'
    }

    pub(super) fn texts(&self) -> impl Iterator<Item = &[u8]> {
        self.table.fields.iter().filter(|field| field.kind == b'C').map(|field| text(self.bytes_of(field)))
    }

    pub(super) fn values(&self, charset: Charset) -> impl Iterator<Item = Result<Raw, NotText>> {
        self.table.fields.iter().map(move |field| value(field.kind, self.bytes_of(field), charset))
    }

    fn bytes_of(&self, field: &Field) -> &[u8] {
        &self.bytes[field.start..field.start + field.size]
    }
}

/// Up to the padding, which is blanks or zeros.
fn text(bytes: &[u8]) -> &[u8] {
    bytes.split(|&b| b == 0).next().unwrap_or_default().trim_ascii_end()
}

fn value(kind: u8, bytes: &[u8], charset: Charset) -> Result<Raw, NotText> {
    Ok(match kind {
        b'N' | b'F' => number(bytes),
        b'L' => match bytes.first() {
            Some(b'1' | b'T' | b't' | b'Y' | b'y') => Raw::Boolean(true),
            Some(b'0' | b'F' | b'f' | b'N' | b'n') => Raw::Boolean(false),
            _ => Raw::Null,
        },
        b'D' => date(bytes),
        b'I' => fixed(bytes).map(i32::from_le_bytes).map_or(Raw::Null, |number| Raw::Integer(number.into())),
        // Autoincrement and double of dBase 7 are big endian, their sign bit turned round.
        b'+' => fixed(bytes).map_or(Raw::Null, |b| Raw::Integer((i32::from_be_bytes(b) ^ i32::MIN).into())),
        b'O' => fixed(bytes).map(dbase7_double).map_or(Raw::Null, Raw::Real),
        b'B' => fixed(bytes).map(f64::from_le_bytes).map_or(Raw::Null, Raw::Real),
        b'Y' => fixed(bytes).map(i64::from_le_bytes).map_or(Raw::Null, money),
        b'T' | b'@' => moment(bytes).unwrap_or(Raw::Null),
        _ => characters(bytes, charset)?,
    })
}

fn characters(bytes: &[u8], charset: Charset) -> Result<Raw, NotText> {
    let mut text = text(bytes);
    if charset == Charset::Utf8
        && text.len() == bytes.len()
        && let Err(e) = std::str::from_utf8(text)
        && e.error_len().is_none()
    {
        // The writer cut the last letter in two where the field was full.
        text = &text[..e.valid_up_to()];
    }
    Ok(if text.is_empty() { Raw::Null } else { Raw::Text(charset.decode(text)?) })
}

/// What does not parse stays text, for the field's type to judge.
fn number(bytes: &[u8]) -> Raw {
    let written = String::from_utf8_lossy(text(bytes));
    let written = written.trim();
    if written.is_empty() || written.bytes().all(|b| b == b'*') {
        return Raw::Null;
    }
    if let Ok(integer) = written.parse() {
        return Raw::Integer(integer);
    }
    let is_digits = written.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    written
        .replacen(',', ".", 1)
        .parse()
        .ok()
        .filter(|_| !is_digits)
        .map_or_else(|| Raw::Text(written.into()), Raw::Real)
}

fn date(bytes: &[u8]) -> Raw {
    let written = String::from_utf8_lossy(text(bytes));
    if written.trim().is_empty() || written.bytes().all(|b| b == b'0') {
        return Raw::Null;
    }
    NaiveDate::parse_from_str(&written, "%Y%m%d").map_or_else(|_| Raw::Text(written.trim().into()), Raw::Date)
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

fn dbase7_double(bytes: [u8; 8]) -> f64 {
    let bits = u64::from_be_bytes(bytes);
    f64::from_bits(if bits >> 63 == 1 { bits & (u64::MAX >> 1) } else { !bits })
}

#[expect(clippy::cast_precision_loss, reason = "sums of money fit 53 bits")]
fn money(ten_thousandths: i64) -> Raw {
    Raw::Real(ten_thousandths as f64 / 10_000.0)
}

/// A Julian day and milliseconds, of the world's time: the format knows no zone.
fn moment(bytes: &[u8]) -> Option<Raw> {
    let [day, time] = [0, 4].map(|at| bytes.get(at..at + 4).and_then(fixed).map(u32::from_le_bytes));
    // Julian day 1,721,426 is the first of January of the year 1.
    let days = day?.checked_sub(1_721_426)?;
    let date = NaiveDate::from_ymd_opt(1, 1, 1)?.checked_add_days(Days::new(days.into()))?;
    let moment = date.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::milliseconds(time?.into()))?;
    Some(Raw::DateTime(DateTime::from_naive_utc_and_offset(moment, chrono::Utc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_kind() {
        let day = NaiveDate::from_ymd_opt(2025, 7, 1).unwrap();
        let noon = DateTime::from_naive_utc_and_offset(day.and_hms_opt(12, 0, 0).unwrap(), chrono::Utc);
        // 2025-07-01 is Julian day 2,460,858.
        let moment: Vec<u8> = [2_460_858_u32, 43_200_000].iter().flat_map(|n| n.to_le_bytes()).collect();
        let table: [(u8, &[u8], Raw); 22] = [
            (b'C', b"Vinh   ", Raw::Text("Vinh".into())),
            (b'C', b"Vinh\0xx", Raw::Text("Vinh".into())),
            (b'C', b"       ", Raw::Null),
            (b'C', "Nghệ An".as_bytes().get(..5).unwrap(), Raw::Text("Ngh".into())),
            (b'N', b"   42", Raw::Integer(42)),
            (b'N', b"9007199254740993", Raw::Integer(9_007_199_254_740_993)),
            (b'N', b"99999999999999999999", Raw::Text("99999999999999999999".into())),
            (b'N', b" 0.1 ", Raw::Real(0.1)),
            (b'N', b"12,5", Raw::Real(12.5)),
            (b'N', b"*****", Raw::Null),
            (b'N', b"     ", Raw::Null),
            (b'N', b"n/a", Raw::Text("n/a".into())),
            (b'F', b"1.234567890123456e+02", Raw::Real(123.456_789_012_345_6)),
            (b'L', b"T", Raw::Boolean(true)),
            (b'L', b"?", Raw::Null),
            (b'D', b"20250701", Raw::Date(day)),
            (b'D', b"00000000", Raw::Null),
            (b'D', b"20251399", Raw::Text("20251399".into())),
            (b'I', &[0xff; 4], Raw::Integer(-1)),
            (b'B', &[0, 0, 0, 0, 0, 0, 0xf8, 0x3f], Raw::Real(1.5)),
            (b'Y', &[0x94, 0x88, 0x01, 0, 0, 0, 0, 0], Raw::Real(10.05)),
            (b'T', &moment, Raw::DateTime(noon)),
        ];
        for (kind, bytes, expected) in table {
            assert_eq!(
                value(kind, bytes, Charset::Utf8),
                Ok(expected),
                "{} {}",
                char::from(kind),
                bytes.escape_ascii()
            );
        }
        assert!(value(b'C', b"Ngh\xd6 An ", Charset::Utf8).is_err());
    }

    #[test]
    fn a_header_that_lies_is_refused() {
        let mut header = vec![0; 65];
        header[0] = 3;
        (header[8], header[10]) = (65, 5);
        header[32] = b'A';
        (header[43], header[48]) = (b'C', 20);
        header[64] = 0x0d;
        assert!(Table::read(&mut header.as_slice()).unwrap().is_err());
        header[10] = 21;
        assert_eq!(Table::read(&mut header.as_slice()).unwrap().unwrap_or_else(|e| panic!("{e}")).fields.len(), 1);
    }
}
