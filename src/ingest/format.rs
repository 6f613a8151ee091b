//! What a file is, by its content. Names lie: a GeoJSON called `.csv` is a GeoJSON.

use std::io::{self, Read};
use std::path::Path;

use super::input::Input;
use super::read::{ReadError, excerpt};
use super::shapefile::files;
use super::source::Format;

/// How much of a file is looked at. Enough for the header of a wide CSV.
const HEAD: u64 = 1 << 16;

/// A reader's business by the first bytes; the reader looks closer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Json,
    JsonLines,
    Csv,
    Shapefile,
    Sqlite,
    FlatGeobuf,
}

impl Found {
    pub(super) fn title(self) -> &'static str {
        title(match self {
            Self::Json => Format::GeoJson,
            Self::JsonLines => Format::GeoJsonSeq,
            Self::Csv => Format::Csv,
            Self::Shapefile => Format::Shapefile,
            Self::Sqlite => Format::GeoPackage,
            Self::FlatGeobuf => Format::FlatGeobuf,
        })
    }
}

/// The format as people call it.
pub(super) fn title(format: Format) -> &'static str {
    match format {
        Format::GeoJson => "GeoJSON",
        Format::GeoJsonSeq => "GeoJSONSeq",
        Format::Csv => "CSV",
        Format::Shapefile => "a Shapefile",
        Format::GeoPackage => "a GeoPackage",
        Format::FlatGeobuf => "FlatGeobuf",
        Format::Gtfs => "a GTFS feed",
    }
}

/// What is known by its first bytes and not read.
const OTHERS: &[(&[u8], &str)] = &[
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Microsoft Office file"),
    (b"AC10", "an AutoCAD drawing (DWG)"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
    (b"\x1f\x8b", "gzip within gzip"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
];

/// Looks at the content of a file or the names in a folder.
pub(super) fn detect(path: &Path) -> Result<Found, ReadError> {
    let unknown = |found: &str| ReadError::UnknownFormat { path: path.into(), found: found.into() };
    if path.is_dir() {
        let there = !files::in_folder(path)?.is_empty();
        return if there { Ok(Found::Shapefile) } else { Err(unknown("a folder without a shapefile")) };
    }
    let input = Input::open(path)?;
    let head = head(&input).map_err(ReadError::io(path))?;
    match judge(&head) {
        Ok(found @ (Found::Shapefile | Found::Sqlite | Found::FlatGeobuf)) if input.is_gzip() => {
            Err(unknown(&format!("{} within gzip; unpack it first", found.title())))
        }
        Err("zip") => in_zip(path),
        judged => judged.map_err(unknown),
    }
}

fn head(input: &Input) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    match input.bytes()?.take(HEAD).read_to_end(&mut head) {
        // A gzip that is cut short still shows what it is; its reader says where it ends.
        Err(e) if e.kind() != io::ErrorKind::UnexpectedEof || head.is_empty() => Err(e),
        _ => Ok(head),
    }
}

fn judge(head: &[u8]) -> Result<Found, &'static str> {
    if head.is_empty() {
        return Err("empty");
    }
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(Found::Sqlite);
    }
    if head.starts_with(b"fgb") && head.get(4..7) == Some(b"fgb") {
        return if head[3] == 3 { Ok(Found::FlatGeobuf) } else { Err("FlatGeobuf of another version than 3") };
    }
    if head.starts_with(&[0, 0, 0x27, 0x0a]) {
        return Ok(Found::Shapefile);
    }
    if head.starts_with(b"PK\x03\x04") {
        return Err("zip");
    }
    if let Some((_, name)) = OTHERS.iter().find(|(start, _)| head.starts_with(start)) {
        return Err(name);
    }
    judge_text(head)
}

fn judge_text(head: &[u8]) -> Result<Found, &'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    match text.first() {
        None => Err("blank"),
        Some(0x1e) => Ok(Found::JsonLines),
        Some(b'{') if is_lines(text) => Ok(Found::JsonLines),
        Some(b'{') => Ok(Found::Json),
        Some(b'[') => Err("a JSON array; wrap it into a FeatureCollection"),
        Some(b'<') => Err(markup(text)),
        _ if text.contains(&0) => Err(binary(head)),
        _ if text.starts_with(b"!table") => Err("a MapInfo table"),
        _ if text.starts_with(b"0\nSECTION") || text.starts_with(b"0\r\nSECTION") => Err("an AutoCAD drawing (DXF)"),
        _ => Ok(Found::Csv),
    }
}

/// A line that ends an object, followed by one that begins another, stands in no JSON document: a comma would be between
/// them. So lines of features are known by any two neighbours, even when the first line is a bad one.
fn is_lines(text: &[u8]) -> bool {
    let lines: Vec<&[u8]> =
        text.split(|&b| b == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    lines.windows(2).any(|pair| pair[0].ends_with(b"}") && pair[1].starts_with(b"{"))
}

fn markup(text: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(&text[..text.len().min(2000)]).to_ascii_lowercase();
    let names = [
        ("<kml", "KML; convert it with ogr2ogr"),
        ("<gpx", "GPX; convert it with ogr2ogr"),
        ("<osm", "OpenStreetMap XML; convert it with ogr2ogr"),
        ("gml", "GML; convert it with ogr2ogr"),
        ("<html", "a web page, not the file behind it"),
        ("<!doctype html", "a web page, not the file behind it"),
    ];
    names.iter().find(|(mark, _)| start.contains(mark)).map_or("XML", |(_, name)| name)
}

fn binary(head: &[u8]) -> &'static str {
    let dbf = matches!(head[0], 0x03 | 0x30 | 0x83 | 0x8b | 0xf5) && head.len() > 32;
    if dbf { "a dBase table (.dbf); name the .shp beside it" } else { "a binary file of no known kind" }
}

fn in_zip(path: &Path) -> Result<Found, ReadError> {
    if !files::in_zip(path)?.is_empty() {
        return Ok(Found::Shapefile);
    }
    let names = files::zip_names(path)?;
    let has = |end: &str| names.iter().any(|name| name.to_lowercase().ends_with(end));
    let found = if has("workbook.xml") {
        "an Excel workbook; save it as CSV".into()
    } else if has(".kml") {
        "KMZ; convert it with ogr2ogr".into()
    } else if has("stop_times.txt") {
        "a GTFS feed; import it with --gtfs".into()
    } else {
        format!("a zip without a shapefile ({}); unpack it first", excerpt(&names.join(", ")))
    };
    Err(ReadError::UnknownFormat { path: path.into(), found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        let table: &[(&[u8], Result<Found, &str>)] = &[
            (b"", Err("empty")),
            (b" \n", Err("blank")),
            (b"\xef\xbb\xbf{\"type\":\"Feature\"}", Ok(Found::Json)),
            (b"\n {\"type\":\"FeatureCollection\",\"features\":[\n{\"a\":1},\n{\"a\":2}]}", Ok(Found::Json)),
            (b"{\"type\":\"Feature\"}\n{\"type\":\"Feature\"}", Ok(Found::JsonLines)),
            (b"{\"type\":\"Feat\n{\"type\":\"Feature\"}\r\n\r\n{\"type\":\"Feature\"}", Ok(Found::JsonLines)),
            (b"\x1e{\"type\":\"Feature\"}\n", Ok(Found::JsonLines)),
            (b"lon,lat\n1,2\n", Ok(Found::Csv)),
            (b"fgb\x03fgb\x00", Ok(Found::FlatGeobuf)),
            (b"fgb\x02fgb\x00", Err("FlatGeobuf of another version than 3")),
            (b"SQLite format 3\0", Ok(Found::Sqlite)),
            (b"%PDF-1.7", Err("a PDF")),
            (b"[{}]", Err("a JSON array; wrap it into a FeatureCollection")),
            (b"<?xml version='1.0'?><kml xmlns='x'>", Err("KML; convert it with ogr2ogr")),
            (b"ab\0cd", Err("a binary file of no known kind")),
        ];
        for (content, expected) in table {
            assert_eq!(judge(content), *expected, "{}", content.escape_ascii());
        }
    }
}
