//! JSON taken apart without being kept: where a value begins and ends. What is in it is serde's business.

use std::io::{self, BufRead};

/// Why the scan cannot go on. Bytes are counted in the unpacked file, from 0.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("the file ends at byte {at}, in the middle of its JSON")]
    Truncated { at: u64 },
    #[error("at byte {at} stands `{found}` where {wanted} is wanted")]
    Unexpected { at: u64, found: char, wanted: &'static str },
    #[error("reading stops at byte {at}: {source}")]
    Io { at: u64, source: io::Error },
}

/// A place in a JSON text.
pub(super) struct Scanner<R> {
    source: R,
    at: u64,
}

/// How far a value has been passed.
#[derive(Default)]
struct Progress {
    depth: u64,
    in_text: bool,
    escaped: bool,
}

impl<R: BufRead> Scanner<R> {
    /// At the first byte of `source`; a byte order mark is passed over.
    pub(super) fn new(source: R) -> Result<Self, Fault> {
        let mut scanner = Self { source, at: 0 };
        if scanner.buffer()?.starts_with(b"\xef\xbb\xbf") {
            scanner.pass(3);
        }
        Ok(scanner)
    }

    fn buffer(&mut self) -> Result<&[u8], Fault> {
        let at = self.at;
        self.source.fill_buf().map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => Fault::Truncated { at },
            _ => Fault::Io { at, source },
        })
    }

    fn pass(&mut self, count: usize) {
        self.source.consume(count);
        self.at += count as u64;
    }

    /// The next byte that is no white space, left where it is. `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let buffer = self.buffer()?;
            let blanks = buffer.iter().take_while(|b| b.is_ascii_whitespace()).count();
            let (next, is_end) = (buffer.get(blanks).copied(), buffer.is_empty());
            self.pass(blanks);
            if next.is_some() || is_end {
                return Ok(next);
            }
        }
    }

    /// Passes over `byte`, which must come next.
    pub(super) fn expect(&mut self, byte: u8, wanted: &'static str) -> Result<(), Fault> {
        if self.take_if(byte)? { Ok(()) } else { Err(self.unexpected(wanted)?) }
    }

    /// Passes over `byte` when it comes next.
    pub(super) fn take_if(&mut self, byte: u8) -> Result<bool, Fault> {
        let there = self.peek()? == Some(byte);
        self.pass(usize::from(there));
        Ok(there)
    }

    pub(super) fn unexpected(&mut self, wanted: &'static str) -> Result<Fault, Fault> {
        let (next, at) = (self.peek()?, self.at);
        Ok(next.map_or(Fault::Truncated { at }, |byte| Fault::Unexpected { at, found: char::from(byte), wanted }))
    }

    /// Passes over one value and puts its text into `into`; nothing and false when it is longer than `limit`.
    /// Brackets are counted, not matched: what is wrong inside is found when the text is parsed, and the scan goes on.
    pub(super) fn value(&mut self, into: &mut Vec<u8>, limit: usize) -> Result<bool, Fault> {
        into.clear();
        let first = self.peek()?;
        if matches!(first, None | Some(b',' | b':' | b'}' | b']')) {
            return Err(self.unexpected("a value")?);
        }
        let is_bare = !matches!(first, Some(b'{' | b'[' | b'"'));
        let (mut progress, mut whole) = (Progress::default(), true);
        loop {
            let buffer = self.buffer()?;
            if buffer.is_empty() {
                return if is_bare { Ok(whole) } else { Err(Fault::Truncated { at: self.at }) };
            }
            let end = if is_bare { bare_end(buffer) } else { progress.end(buffer) };
            let taken = end.unwrap_or(buffer.len());
            whole &= into.len() + taken <= limit;
            if whole {
                into.extend_from_slice(&buffer[..taken]);
            } else {
                *into = Vec::new();
            }
            self.pass(taken);
            if end.is_some() {
                return Ok(whole);
            }
        }
    }
}

/// Where a number or a word ends.
fn bare_end(buffer: &[u8]) -> Option<usize> {
    buffer.iter().position(|b| b.is_ascii_whitespace() || b",:]}[{\"".contains(b))
}

impl Progress {
    /// Where the value ends in `buffer`, if it does.
    fn end(&mut self, buffer: &[u8]) -> Option<usize> {
        for (i, &byte) in buffer.iter().enumerate() {
            if self.in_text {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_text = false,
                    _ => continue,
                }
            } else {
                match byte {
                    b'"' => self.in_text = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth -= 1,
                    _ => continue,
                }
            }
            if self.depth == 0 && !self.in_text {
                return Some(i + 1);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// Every text is read through buffers of every size, so that each border falls everywhere.
    #[test]
    fn values_end_where_they_end() {
        let table = [
            (r#" {"a":"}\"]","b":[1,{}]} ,"#, r#"{"a":"}\"]","b":[1,{}]}"#),
            (r#""a\\" :"#, r#""a\\""#),
            ("-1.5e3]", "-1.5e3"),
            ("null\n}", "null"),
            ("7", "7"),
            ("[[[]],{}]1", "[[[]],{}]"),
        ];
        for (text, expected) in table {
            for size in 1..=text.len() {
                let mut scanner = Scanner::new(BufReader::with_capacity(size, text.as_bytes())).unwrap();
                let mut value = Vec::new();
                assert!(scanner.value(&mut value, 100).unwrap());
                assert_eq!(String::from_utf8(value).unwrap(), expected, "buffer of {size}");
            }
        }
    }

    #[test]
    fn too_long_is_passed_over() {
        let mut scanner = Scanner::new(&b"[1,2,3,4] 5"[..]).unwrap();
        let mut value = Vec::new();
        assert!(!scanner.value(&mut value, 5).unwrap());
        assert!(scanner.value(&mut value, 5).unwrap());
        assert_eq!(value, b"5");
    }

    #[test]
    fn faults_name_the_byte() {
        let fault =
            |text: &str| Scanner::new(text.as_bytes()).unwrap().value(&mut Vec::new(), 100).unwrap_err().to_string();
        assert_eq!(fault(r#"{"a":"#), "the file ends at byte 5, in the middle of its JSON");
        assert_eq!(fault(""), "the file ends at byte 0, in the middle of its JSON");
        assert_eq!(fault("  ]"), "at byte 2 stands `]` where a value is wanted");
    }
}
