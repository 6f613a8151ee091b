//! GeoJSON (RFC 7946): a collection of any size, one feature, or a bare geometry.
//!
//! The file is passed twice. The first pass keeps nothing but the members beside the features, which may stand behind them
//! (`crs`, `type`), and counts. The second hands out one feature after the other.

mod body;
pub(super) mod feature;
mod outline;
mod scan;

use std::path::Path;

use super::input::{Bytes, Input};
use super::read::{RECORD_LIMIT, ReadError, refusal};
use super::report::{Reason, Refusal};
use super::source::{Format, Record, Source};
pub use body::features;
use feature::{Parser, too_large};
use outline::{Outline, Shape};
use scan::{Fault, Scanner};

pub(super) fn open(path: &Path) -> Result<Source, ReadError> {
    let input = Input::open(path)?;
    let bytes = || input.bytes().map_err(ReadError::io(path));
    let malformed = |reason: String| ReadError::malformed(path, Format::GeoJson, reason);
    let outline = Outline::of(bytes()?).map_err(malformed)?;
    let scanner = Scanner::new(bytes()?).map_err(|fault| malformed(fault.to_string()))?;
    let (state, len) = match outline.shape {
        Shape::Lines => return super::geojsonseq::open(path),
        Shape::Collection { len } => (State::Before, len),
        Shape::Single => (State::Single, Some(1)),
    };
    let records = Features { scanner, state, row: 0, text: Vec::new(), parser: Parser::default() };
    let encoding = "utf-8".into();
    Ok(Source { format: Format::GeoJson, crs: outline.crs, encoding, len, records: Box::new(records) })
}

/// Where the second pass stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    First,
    Next,
    Single,
    Done,
}

struct Features {
    scanner: Scanner<Bytes>,
    state: State,
    /// The record that was handed out last.
    row: u64,
    text: Vec<u8>,
    parser: Parser,
}

impl Features {
    /// `None` at the end of the file.
    fn step(&mut self) -> Result<Option<Result<Record, Refusal>>, Fault> {
        if self.state == State::Before {
            self.find_features()?;
        }
        match self.state {
            State::Single => self.state = State::Done,
            State::First if self.scanner.take_if(b']')? => return self.finish(),
            State::First => self.state = State::Next,
            State::Next if self.scanner.take_if(b',')? => {}
            State::Next => {
                self.scanner.expect(b']', "a comma or the end of the features")?;
                return self.finish();
            }
            State::Before | State::Done => return Ok(None),
        }
        let is_whole = self.scanner.value(&mut self.text, RECORD_LIMIT)?;
        self.row += 1;
        let is_alone = self.state == State::Done;
        Ok(Some(if is_whole { self.parser.parse(self.row, &self.text, is_alone) } else { Err(too_large(self.row)) }))
    }

    fn find_features(&mut self) -> Result<(), Fault> {
        self.scanner.expect(b'{', "an object")?;
        loop {
            self.scanner.value(&mut self.text, outline::KEPT)?;
            self.scanner.expect(b':', "a colon")?;
            if outline::is_key(&self.text, "features") {
                self.scanner.expect(b'[', "the array of features")?;
                self.state = State::First;
                return Ok(());
            }
            self.scanner.value(&mut self.text, 0)?;
            self.scanner.expect(b',', "a comma")?;
        }
    }

    /// Behind the features: the first pass has read these members, if it came so far.
    fn finish(&mut self) -> Result<Option<Result<Record, Refusal>>, Fault> {
        self.state = State::Done;
        while self.scanner.take_if(b',')? {
            self.scanner.value(&mut self.text, 0)?;
            self.scanner.expect(b':', "a colon")?;
            self.scanner.value(&mut self.text, 0)?;
        }
        self.scanner.expect(b'}', "the end of the collection")?;
        if self.scanner.peek()?.is_some() { Err(self.scanner.unexpected("the end of the file")?) } else { Ok(None) }
    }
}

impl Iterator for Features {
    type Item = Result<Record, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().unwrap_or_else(|fault| {
            self.state = State::Done;
            Some(Err(refusal(self.row + 1, Reason::Truncated, fault.to_string())))
        })
    }
}
