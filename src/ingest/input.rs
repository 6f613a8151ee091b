//! The bytes of a file, unpacked where it is gzip, read from the start as often as needed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;

use super::read::{RECORD_LIMIT, ReadError};

const BUFFER: usize = 1 << 18;

/// Bytes in the order of the file.
pub(super) type Bytes = Box<dyn BufRead + Send>;

/// A regular file, plain or gzip.
pub(super) struct Input {
    path: PathBuf,
    gzip: bool,
}

impl Input {
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let at = ReadError::io(path);
        let mut file = File::open(path).map_err(&at)?;
        if !file.metadata().map_err(&at)?.is_file() {
            let reason = "is no regular file; it is read twice, so save it first";
            return Err(at(io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let mut start = Vec::new();
        file.by_ref().take(2).read_to_end(&mut start).map_err(&at)?;
        Ok(Self { path: path.into(), gzip: start == [0x1f, 0x8b] })
    }

    pub(super) fn is_gzip(&self) -> bool {
        self.gzip
    }

    /// From the start.
    pub(super) fn bytes(&self) -> io::Result<Bytes> {
        let file = BufReader::with_capacity(BUFFER, File::open(&self.path)?);
        if self.gzip {
            Ok(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file))))
        } else {
            Ok(Box::new(file))
        }
    }
}

/// Reads up to `delimiter` or the end and leaves the delimiter out. `None` at the end of the file; `Some(false)` for a
/// piece above the limit, which is passed over and not kept.
pub(super) fn piece(source: &mut dyn BufRead, delimiter: u8, into: &mut Vec<u8>) -> io::Result<Option<bool>> {
    into.clear();
    let (mut any, mut whole) = (false, true);
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any.then_some(whole));
        }
        any = true;
        let end = buffer.iter().position(|&b| b == delimiter);
        let taken = end.unwrap_or(buffer.len());
        whole &= into.len() + taken <= RECORD_LIMIT;
        if whole {
            into.extend_from_slice(&buffer[..taken]);
        } else {
            *into = Vec::new();
        }
        source.consume(taken + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(Some(whole));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_at_the_delimiter_or_the_end() {
        let mut source = BufReader::with_capacity(2, &b"ab\n\ncde"[..]);
        let mut buffer = Vec::new();
        let mut pieces = Vec::new();
        while let Some(true) = piece(&mut source, b'\n', &mut buffer).unwrap() {
            pieces.push(String::from_utf8(buffer.clone()).unwrap());
        }
        assert_eq!(pieces, ["ab", "", "cde"]);
    }
}
