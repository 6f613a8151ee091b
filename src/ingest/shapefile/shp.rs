//! The shapes of a shapefile, one record after the other.
//!
//! Own code and not a crate's: a broken record must not cost the ones behind it, no count is believed before its bytes are
//! there, and open rings stay open for the door to see.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use super::rings;
use crate::ingest::read::RECORD_LIMIT;
use crate::ingest::source::RawGeometry;

/// A geometry and whether altitudes or measures were left aside.
#[derive(Debug, PartialEq)]
pub(super) struct Shape {
    pub(super) geometry: RawGeometry,
    pub(super) had_z: bool,
}

/// Reasons for people.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// This one cannot be read; the next one may.
    Shape(String),
    /// Nothing more can be read.
    End(String),
}

/// In which order the shapes stand in the file.
#[derive(Debug, PartialEq)]
pub(super) enum Order {
    /// One behind the other.
    AsWritten,
    /// At these bytes; 0 for none.
    At(Vec<u64>),
}

impl Order {
    /// By the `.shx`. Editors that rewrite a shape put it at the end and leave the old one where it was.
    pub(super) fn read(shx: &mut dyn Read) -> Self {
        let mut bytes = Vec::new();
        // An index that cannot be read is as good as none.
        if shx.read_to_end(&mut bytes).is_err() || bytes.len() < 100 {
            return Self::AsWritten;
        }
        let words = |bytes: &[u8]| u64::from(u32::from_be_bytes(bytes.try_into().expect("four bytes")));
        let entries = bytes[100..].chunks_exact(8).map(|entry| (words(&entry[..4]) * 2, words(&entry[4..]) * 2));
        let (mut offsets, mut next, mut in_order) = (Vec::new(), 100, true);
        for (offset, size) in entries {
            in_order &= offset == next;
            next = offset + 8 + size;
            offsets.push(offset);
        }
        if in_order { Self::AsWritten } else { Self::At(offsets) }
    }
}

/// Where the shapes come from.
enum Body<'s> {
    Seeking(BufReader<File>),
    Streaming(&'s mut dyn Read),
}

pub(super) struct Shapes<'s> {
    body: Body<'s>,
    order: Order,
    /// The one that comes next, from 0.
    number: usize,
    /// The byte that comes next.
    at: u64,
    /// Where the file ends by its own word.
    end: Option<u64>,
    content: Vec<u8>,
}

impl<'s> Shapes<'s> {
    pub(super) fn seeking(file: BufReader<File>, order: Order) -> Self {
        Self { body: Body::Seeking(file), order, number: 0, at: 0, end: None, content: Vec::new() }
    }

    pub(super) fn streaming(source: &'s mut dyn Read) -> Self {
        let body = Body::Streaming(source);
        Self { body, order: Order::AsWritten, number: 0, at: 0, end: None, content: Vec::new() }
    }

    /// `None` for a row without a shape.
    pub(super) fn next(&mut self) -> Result<Option<Shape>, Fault> {
        let end = self.header()?;
        let number = self.number;
        self.number += 1;
        if let Order::At(offsets) = &self.order {
            match offsets.get(number).copied() {
                None | Some(0) => return Ok(None),
                Some(offset) => self.seek(offset)?,
            }
        } else if self.at >= end {
            return Ok(None);
        }
        let head: [u8; 8] = self.take()?;
        let size = u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]])) * 2;
        if size > RECORD_LIMIT as u64 {
            self.pass(size)?;
            return Err(Fault::Shape(format!("the shape is larger than {} MiB", RECORD_LIMIT >> 20)));
        }
        let mut content = std::mem::take(&mut self.content);
        content.clear();
        let read = self.source().take(size).read_to_end(&mut content).map_err(|e| self.ended(&e))? as u64;
        self.at += read;
        if read < size {
            return Err(self.ended(&io::ErrorKind::UnexpectedEof.into()));
        }
        let shape = decode(&content).map_err(Fault::Shape);
        self.content = content;
        shape
    }

    /// Whether a shape follows by the file's own word.
    pub(super) fn has_more(&mut self) -> bool {
        match &self.order {
            Order::AsWritten => self.header().is_ok_and(|end| self.at < end) && self.take::<8>().is_ok(),
            Order::At(offsets) => offsets.len() > self.number,
        }
    }

    fn header(&mut self) -> Result<u64, Fault> {
        if let Some(end) = self.end {
            return Ok(end);
        }
        let header: [u8; 100] = self.take()?;
        let words = u32::from_be_bytes([header[24], header[25], header[26], header[27]]);
        // A writer that was interrupted has left a zero.
        let end = if words < 50 { u64::MAX } else { u64::from(words) * 2 };
        self.end = Some(end);
        Ok(end)
    }

    fn source(&mut self) -> &mut dyn Read {
        match &mut self.body {
            Body::Seeking(file) => file,
            Body::Streaming(source) => source,
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.source().read_exact(&mut bytes).map_err(|e| self.ended(&e))?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn pass(&mut self, count: u64) -> Result<(), Fault> {
        let passed = io::copy(&mut self.source().take(count), &mut io::sink()).map_err(|e| self.ended(&e))?;
        self.at += passed;
        if passed < count { Err(self.ended(&io::ErrorKind::UnexpectedEof.into())) } else { Ok(()) }
    }

    fn seek(&mut self, offset: u64) -> Result<(), Fault> {
        if offset == self.at {
            return Ok(());
        }
        match &mut self.body {
            Body::Seeking(file) => file.seek(SeekFrom::Start(offset)).map(drop).map_err(|e| self.ended(&e))?,
            Body::Streaming(_) => return Err(Fault::End("the shapes are out of order".into())),
        }
        self.at = offset;
        Ok(())
    }

    fn ended(&self, e: &io::Error) -> Fault {
        let what = if e.kind() == io::ErrorKind::UnexpectedEof { "it is cut short".into() } else { e.to_string() };
        Fault::End(format!("the .shp ends within the shape at byte {}: {what}", self.at))
    }
}

fn decode(content: &[u8]) -> Result<Option<Shape>, String> {
    let kind = integer(content, 0)?;
    let geometry = match kind {
        0 => return Ok(None),
        1 | 11 | 21 => RawGeometry::Point(places(content, 4, 1)?[0]),
        8 | 18 | 28 => RawGeometry::MultiPoint(places(content, 40, count(content, 36)?)?),
        3 | 13 | 23 => RawGeometry::Lines(parts(content)?),
        5 | 15 | 25 => RawGeometry::Polygons(rings::polygons(parts(content)?)),
        31 => RawGeometry::Other("MultiPatch".into()),
        other => return Err(format!("a shape of type {other}, which the standard does not know")),
    };
    Ok(Some(Shape { geometry, had_z: kind > 10 && kind != 31 }))
}

/// Behind the box stand the number of parts, of places, where each part begins, and the places.
fn parts(content: &[u8]) -> Result<Vec<Vec<[f64; 2]>>, String> {
    let (parts, total) = (count(content, 36)?, count(content, 40)?);
    let starts = parts.checked_mul(4).filter(|size| *size <= content.len()).ok_or_else(short)?;
    let places = places(content, 44 + starts, total)?;
    let mut lines = Vec::with_capacity(parts);
    for part in 0..parts {
        let start = count(content, 44 + 4 * part)?;
        let end = if part + 1 < parts { count(content, 48 + 4 * part)? } else { total };
        let line = places
            .get(start..end)
            .ok_or_else(|| format!("part {} runs from place {start} to {end} of {total}", part + 1))?;
        lines.push(line.to_vec());
    }
    Ok(lines)
}

fn places(content: &[u8], start: usize, count: usize) -> Result<Vec<[f64; 2]>, String> {
    let end = count.checked_mul(16).and_then(|size| size.checked_add(start));
    let bytes = end.and_then(|end| content.get(start..end)).ok_or_else(short)?;
    let number = |bytes: &[u8]| f64::from_le_bytes(bytes.try_into().expect("eight bytes"));
    Ok(bytes.chunks_exact(16).map(|place| [number(&place[..8]), number(&place[8..])]).collect())
}

fn count(content: &[u8], at: usize) -> Result<usize, String> {
    let number = integer(content, at)?;
    usize::try_from(number).ok().ok_or_else(|| format!("a count of {number}"))
}

fn integer(content: &[u8], at: usize) -> Result<i32, String> {
    let bytes = content.get(at..at + 4).ok_or_else(short)?;
    Ok(i32::from_le_bytes(bytes.try_into().expect("four bytes")))
}

fn short() -> String {
    "the shape is cut short".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multi(kind: i32, starts: &[i32], places: &[[f64; 2]]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend([0; 32]);
        bytes.extend(i32::try_from(starts.len()).unwrap().to_le_bytes());
        bytes.extend(i32::try_from(places.len()).unwrap().to_le_bytes());
        bytes.extend(starts.iter().flat_map(|start| start.to_le_bytes()));
        bytes.extend(places.iter().flatten().flat_map(|number| number.to_le_bytes()));
        bytes
    }

    #[test]
    fn lines_by_their_parts() {
        let places = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]];
        let bytes = multi(13, &[0, 2], &places);
        let geometry = RawGeometry::Lines(vec![places[..2].to_vec(), places[2..].to_vec()]);
        assert_eq!(decode(&bytes), Ok(Some(Shape { geometry, had_z: true })));
        for end in 0..bytes.len() {
            assert!(decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        assert!(decode(&multi(3, &[0, 9], &places)).unwrap_err().contains("part 1 runs from place 0 to 9 of 4"));
        assert!(decode(&multi(3, &[-1], &places)).is_err());
        assert_eq!(decode(&[0, 0, 0, 0]), Ok(None));
        assert!(decode(&[77, 0, 0, 0]).is_err());
    }

    #[test]
    fn a_broken_shape_does_not_cost_the_next() {
        let point = |kind: i32| {
            [kind.to_le_bytes().to_vec(), 1_f64.to_le_bytes().to_vec(), 2_f64.to_le_bytes().to_vec()].concat()
        };
        let mut file = vec![0; 100];
        for (number, kind) in [(1, 1), (2, 99), (3, 1)] {
            file.extend(u32::to_be_bytes(number));
            file.extend(u32::to_be_bytes(10));
            file.extend(point(kind));
        }
        let words = u32::try_from(file.len() / 2).unwrap();
        file[24..28].copy_from_slice(&words.to_be_bytes());
        let mut source = file.as_slice();
        let mut shapes = Shapes::streaming(&mut source);
        let good = Shape { geometry: RawGeometry::Point([1.0, 2.0]), had_z: false };
        assert_eq!(shapes.next().unwrap().as_ref(), Some(&good));
        assert!(matches!(shapes.next(), Err(Fault::Shape(_))));
        assert_eq!(shapes.next().unwrap(), Some(good));
        assert_eq!(shapes.next(), Ok(None), "by the length that the header tells");
        assert!(!shapes.has_more());
        let mut again = file.as_slice();
        let mut shapes = Shapes::streaming(&mut again);
        assert!(shapes.next().is_ok() && shapes.has_more());
        let mut cut = &file[..file.len() - 5];
        let mut shapes = Shapes::streaming(&mut cut);
        assert!(shapes.next().is_ok());
        assert!(shapes.next().is_err());
        assert!(matches!(shapes.next(), Err(Fault::End(e)) if e.contains("cut short")));
    }

    #[test]
    fn an_index_out_of_order_is_followed() {
        let index = |entries: &[(u32, u32)]| {
            let mut bytes = vec![0; 100];
            bytes.extend(entries.iter().flat_map(|(offset, size)| [offset.to_be_bytes(), size.to_be_bytes()].concat()));
            Order::read(&mut bytes.as_slice())
        };
        assert_eq!(index(&[(50, 10), (64, 10)]), Order::AsWritten);
        assert_eq!(index(&[(50, 10), (78, 10), (64, 10)]), Order::At(vec![100, 156, 128]));
    }
}
