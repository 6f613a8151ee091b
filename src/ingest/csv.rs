//! CSV (RFC 4180 and its relatives): a header, and places in two columns or as well-known text.
//!
//! Which columns hold the place, by name and without case, the first that is there:
//! longitude and latitude in degrees, which is EPSG:4326; `x` and `y`, `easting` and `northing`, or well-known text, of a
//! reference system that the file does not tell. A layer of lines or polygons looks for the text first.

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::csv::{ByteRecord, Reader, ReaderBuilder};

use super::encoding::{Charset, Evidence};
use super::input::{Bytes, Input};
use super::read::{RECORD_LIMIT, ReadError, ReadOptions, excerpt, refusal};
use super::report::{Reason, Refusal};
use super::source::{Format, Raw, RawGeometry, Record, Source};
use super::wkt;
use crate::geo::GeometryKind;

const LONGITUDE: &[&str] = &["lon", "lng", "long", "longitude", "stop_lon", "kinh_do", "kinhdo", "kinh độ"];
const LATITUDE: &[&str] = &["lat", "latitude", "stop_lat", "vi_do", "vido", "vĩ độ"];
/// Names of east and north, and what they are in.
const PAIRS: [(&[&str], &[&str], Option<&str>); 3] =
    [(LONGITUDE, LATITUDE, Some("EPSG:4326")), (&["x"], &["y"], None), (&["easting"], &["northing"], None)];
const TEXTS: &[&str] = &["wkt", "geom", "the_geom", "geometry", "wkt_geom"];

/// How far the texts are looked through for their encoding.
const LOOKED_THROUGH: u64 = 64 << 20;

pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Source, ReadError> {
    let malformed = |reason: String| ReadError::malformed(path, Format::Csv, reason);
    let input = Input::open(path)?;
    let charset = match options.encoding.charset() {
        Some(charset) => charset,
        None => find_charset(path, &input)?,
    };
    let mut rows = Rows::new(input.bytes().map_err(ReadError::io(path))?).map_err(ReadError::io(path))?;
    let header = rows.next().map_err(malformed)?.ok_or_else(|| malformed("it has no header".into()))?;
    let names = header.iter().map(|name| charset.decode(name.trim_ascii()));
    let names: Vec<Arc<str>> =
        names.map(|name| name.map(Into::into)).collect::<Result<_, _>>().map_err(|e| malformed(e.to_string()))?;
    let places = Places::find(&names, options.kind).ok_or_else(|| malformed(no_places(&names)))?;
    // A declared SRID stands in the first row; rows that say otherwise are refused.
    let first = rows.next();
    let crs = match (&places, &first) {
        (Places::Pair { crs, .. }, _) => crs.map(String::from),
        (Places::Text(column), Ok(Some(row))) => srid(row.get(*column).unwrap_or_default()),
        _ => None,
    };
    let decimal_comma = rows.separator != b',';
    let table = Table { names, places, charset, crs: crs.clone(), decimal_comma };
    let records = Records { rows, table, first: Some(first), row: 0, done: false };
    Ok(Source { format: Format::Csv, crs, encoding: charset.name(), len: None, records: Box::new(records) })
}

fn srid(text: &[u8]) -> Option<String> {
    let written = wkt::parse(std::str::from_utf8(text).ok()?).ok()?;
    written.srid.map(|srid| format!("EPSG:{srid}"))
}

fn no_places(names: &[Arc<str>]) -> String {
    format!(
        "its header ({}) has no columns of places; wanted are lon and lat, x and y, easting and northing, or wkt",
        excerpt(&names.join(", "))
    )
}

pub(super) fn find_charset(path: &Path, input: &Input) -> Result<Charset, ReadError> {
    let start = input.bytes().map_err(ReadError::io(path))?.take(LOOKED_THROUGH);
    // What cannot be read is reported when the rows are.
    let mut rows = Rows::new(Box::new(io::BufReader::new(start))).map_err(ReadError::io(path))?;
    let mut evidence = Evidence::default();
    while let Ok(Some(row)) = rows.next()
        && !evidence.is_enough()
    {
        row.iter().for_each(|value| evidence.add(value));
    }
    evidence.judge(None).ok_or_else(|| {
        let reason = "its texts are not UTF-8, and not Vietnamese in TCVN3, VNI or windows-1258; name the --encoding, or save it as UTF-8";
        ReadError::Encoding { path: path.into(), reason: reason.into() }
    })
}

/// Rows of bytes, none larger than the limit.
pub(super) struct Rows {
    reader: Reader<Marked>,
    /// Bytes since the row began.
    meter: Arc<AtomicUsize>,
    separator: u8,
}

/// Stands after the last row, on a line of its own. When it turns up inside a value, a quote was open at the end of the file,
/// which the parser lets pass: the rest of the file would be one value.
pub(super) const END: &[u8] = b"\x1e\x1e end of file \x1e\x1e";

struct Metered {
    source: Bytes,
    meter: Arc<AtomicUsize>,
}

type Marked = io::Chain<io::Chain<Metered, &'static [u8]>, &'static [u8]>;

impl Read for Metered {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        if self.meter.fetch_add(count, Ordering::Relaxed) > RECORD_LIMIT {
            let reason = format!("a row is larger than {} MiB; is a quote not closed?", RECORD_LIMIT >> 20);
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        Ok(count)
    }
}

impl Rows {
    pub(super) fn new(mut source: Bytes) -> io::Result<Self> {
        if source.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
            source.consume(3);
        }
        let separator = separator(source.fill_buf()?);
        let meter = Arc::new(AtomicUsize::new(0));
        let metered = Metered { source, meter: Arc::clone(&meter) };
        let marked = metered.chain(b"\n".as_slice()).chain(END);
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(marked);
        Ok(Self { reader, meter, separator })
    }

    pub(super) fn next(&mut self) -> Result<Option<ByteRecord>, String> {
        self.meter.store(0, Ordering::Relaxed);
        let mut row = ByteRecord::new();
        loop {
            match self.reader.read_byte_record(&mut row) {
                Ok(false) => return Ok(None),
                // A line of blanks, or of separators alone, is what spreadsheets leave at the end.
                Ok(true) if row.len() == 1 && &row[0] == END => return Ok(None),
                Ok(true) if row.iter().any(|value| value.ends_with(END)) => {
                    let line = row.position().map_or(0, ::csv::Position::line);
                    return Err(format!("the quote that opens in the row at line {line} is never closed"));
                }
                Ok(true) if row.iter().all(|value| value.trim_ascii().is_empty()) => {}
                Ok(true) => return Ok(Some(row)),
                Err(e) => return Err(format!("reading stops at line {}: {e}", self.reader.position().line())),
            }
        }
    }
}

/// What stands most often in the first line, outside of quotes.
fn separator(start: &[u8]) -> u8 {
    let mut quoted = false;
    let header = start.iter().copied().take_while(|&b| {
        quoted ^= b == b'"';
        quoted || b != b'\n'
    });
    let mut quoted = false;
    let mut counts = [(b'\t', 0_usize), (b';', 0), (b',', 0)];
    for byte in header {
        quoted ^= byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| *separator == byte && !quoted) {
            *count += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| separator)
}

/// Where in a row the place stands.
#[derive(Debug, PartialEq)]
enum Places {
    Pair { east: usize, north: usize, crs: Option<&'static str> },
    Text(usize),
}

impl Places {
    fn find(names: &[Arc<str>], kind: GeometryKind) -> Option<Self> {
        let lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let column = |wanted: &[&str]| wanted.iter().find_map(|wanted| lower.iter().position(|name| name == wanted));
        let pair = PAIRS
            .iter()
            .find_map(|&(east, north, crs)| Some(Self::Pair { east: column(east)?, north: column(north)?, crs }));
        let text = column(TEXTS).map(Self::Text);
        if kind == GeometryKind::Point { pair.or(text) } else { text.or(pair) }
    }

    fn holds(&self, column: usize) -> bool {
        match self {
            Self::Pair { east, north, .. } => column == *east || column == *north,
            Self::Text(text) => column == *text,
        }
    }
}

struct Table {
    names: Vec<Arc<str>>,
    places: Places,
    charset: Charset,
    crs: Option<String>,
    decimal_comma: bool,
}

impl Table {
    fn record(&self, number: u64, row: &ByteRecord) -> Result<Record, Refusal> {
        let refuse = |reason, message: String| refusal(number, reason, message);
        if row.len() < self.names.len() || row.iter().skip(self.names.len()).any(|value| !value.is_empty()) {
            let message = format!("the row has {} values, the header {}", row.len(), self.names.len());
            return Err(refuse(Reason::Unreadable, message));
        }
        let mut values = Vec::with_capacity(self.names.len());
        for (value, name) in row.iter().zip(&self.names) {
            let text = self.charset.decode(value);
            values.push(text.map_err(|e| refuse(Reason::WrongEncoding, format!("field `{name}`: {e}")))?);
        }
        let (geometry, had_z) = self.geometry(&values).map_err(|message| refuse(Reason::Unreadable, message))?;
        let fields = values.into_iter().zip(&self.names).enumerate().filter(|(column, _)| !self.places.holds(*column));
        let raw = |text: String| if text.is_empty() { Raw::Null } else { Raw::Text(text) };
        let fields = fields.map(|(_, (text, name))| (Arc::clone(name), raw(text))).collect();
        Ok(Record { row: number, id: None, geometry, had_z, fields })
    }

    fn geometry(&self, values: &[String]) -> Result<(Option<RawGeometry>, bool), String> {
        match self.places {
            Places::Pair { east, north, .. } => {
                let (east, north) = (self.coordinate(east, values)?, self.coordinate(north, values)?);
                Ok((east.zip(north).map(|(east, north)| RawGeometry::Point([east, north])), false))
            }
            Places::Text(column) if values[column].trim().is_empty() => Ok((None, false)),
            Places::Text(column) => {
                let written = wkt::parse(&values[column])?;
                let crs = written.srid.map(|srid| format!("EPSG:{srid}"));
                if crs.is_some() && crs != self.crs {
                    let file = self.crs.as_deref().unwrap_or("none");
                    return Err(format!("the row is in {}, the first one in {file}", crs.unwrap_or_default()));
                }
                Ok((Some(written.geometry), written.had_z))
            }
        }
    }

    /// `None` for an empty one.
    fn coordinate(&self, column: usize, values: &[String]) -> Result<Option<f64>, String> {
        let text = values[column].trim();
        if text.is_empty() {
            return Ok(None);
        }
        let number = if self.decimal_comma && !text.contains('.') { text.replacen(',', ".", 1) } else { text.into() };
        let number =
            number.parse().map_err(|e| format!("{} `{}` is no number: {e}", self.names[column], excerpt(text)));
        number.map(Some)
    }
}

struct Records {
    rows: Rows,
    table: Table,
    first: Option<Result<Option<ByteRecord>, String>>,
    row: u64,
    done: bool,
}

impl Iterator for Records {
    type Item = Result<Record, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        self.row += 1;
        match self.first.take().unwrap_or_else(|| self.rows.next()) {
            Ok(Some(row)) => return Some(self.table.record(self.row, &row)),
            Ok(None) => self.done = true,
            Err(message) => {
                self.done = true;
                return Some(Err(refusal(self.row, Reason::Truncated, message)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators() {
        let table = [
            ("a,b,c\n1;2;3;4;5", b','),
            ("a;b;c\n", b';'),
            ("a\tb\n", b'\t'),
            ("\"a;b;c;d\n;;;\",b,c\n", b','),
            ("lon lat", b','),
        ];
        for (text, expected) in table {
            assert_eq!(separator(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn columns_of_places() {
        let pair = |east, north, crs| Some(Places::Pair { east, north, crs });
        let degrees = Some("EPSG:4326");
        let table = [
            ("id Lat Lon", GeometryKind::Point, pair(2, 1, degrees)),
            ("X Y Northing Easting", GeometryKind::Point, pair(0, 1, None)),
            ("x y Longitude Latitude", GeometryKind::Point, pair(2, 3, degrees)),
            ("KINH_DO VI_DO", GeometryKind::Point, pair(0, 1, degrees)),
            ("Easting Northing", GeometryKind::Point, pair(0, 1, None)),
            ("WKT x y", GeometryKind::Point, pair(1, 2, None)),
            ("WKT x y", GeometryKind::Line, Some(Places::Text(0))),
            ("id the_geom", GeometryKind::Polygon, Some(Places::Text(1))),
            ("lon name", GeometryKind::Point, None),
        ];
        for (header, kind, expected) in table {
            let names: Vec<Arc<str>> = header.split(' ').map(Into::into).collect();
            assert_eq!(Places::find(&names, kind), expected, "{header}");
        }
    }
}
