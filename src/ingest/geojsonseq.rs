//! GeoJSON text sequences (RFC 8142), and the same with line feeds alone.

use std::io::BufRead;
use std::path::Path;

use super::geojson::feature::{Parser, too_large};
use super::input::{Bytes, Input, piece};
use super::read::{ReadError, refusal};
use super::report::{Reason, Refusal};
use super::source::{Format, Record, Source};

const RECORD_SEPARATOR: u8 = 0x1e;

/// A row is an object: blank lines do not count.
pub(super) fn open(path: &Path) -> Result<Source, ReadError> {
    let mut bytes = Input::open(path)?.bytes().map_err(ReadError::io(path))?;
    let delimiter = delimiter(&mut bytes).map_err(ReadError::io(path))?;
    let records = Lines { bytes, delimiter, row: 0, text: Vec::new(), parser: Parser::default(), done: false };
    Ok(Source {
        format: Format::GeoJsonSeq,
        crs: Some("EPSG:4326".into()),
        encoding: "utf-8".into(),
        len: None,
        records: Box::new(records),
    })
}

fn delimiter(bytes: &mut Bytes) -> std::io::Result<u8> {
    if bytes.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        bytes.consume(3);
    }
    let start = bytes.fill_buf()?.trim_ascii_start();
    Ok(if start.first() == Some(&RECORD_SEPARATOR) { RECORD_SEPARATOR } else { b'\n' })
}

/// Whether a text is the beginning of JSON and no more.
fn breaks_off(text: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

struct Lines {
    bytes: Bytes,
    delimiter: u8,
    row: u64,
    text: Vec<u8>,
    parser: Parser,
    done: bool,
}

impl Iterator for Lines {
    type Item = Result<Record, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            match piece(&mut self.bytes, self.delimiter, &mut self.text) {
                Ok(Some(true)) if self.text.trim_ascii().is_empty() => {}
                Ok(Some(is_whole)) => {
                    self.row += 1;
                    let text = self.text.trim_ascii();
                    let at_end = self.bytes.fill_buf().is_ok_and(<[u8]>::is_empty);
                    return Some(if at_end && breaks_off(text) {
                        self.done = true;
                        let message = "the file ends within this feature".to_owned();
                        Err(refusal(self.row, Reason::Truncated, message))
                    } else if is_whole {
                        self.parser.parse(self.row, text, true)
                    } else {
                        Err(too_large(self.row))
                    });
                }
                Ok(None) => self.done = true,
                Err(e) => {
                    self.done = true;
                    return Some(Err(refusal(self.row + 1, Reason::Truncated, format!("reading stops here: {e}"))));
                }
            }
        }
        None
    }
}
