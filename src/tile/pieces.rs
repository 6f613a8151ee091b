//! Bytes that are packed piece by piece and joined: of a tile in which little changed, little is packed again.
//!
//! A piece of gzip is a run of deflate blocks that ends with an empty stored block, so on a whole byte (RFC 1951, section
//! 3.2.4), and looks at no byte of another piece: pieces follow one another, and their checks are combined. `libdeflate` knows
//! no such ending. zstd and brotli have none that all clients read (frames of zstd one after another end after the first in
//! some): their pieces are kept bare and the whole is packed.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress, Status};

use super::packing::{Encoding, Packer};

/// Some bytes, packed by themselves. Without bytes it is nothing when packed, too.
#[derive(Debug, Default)]
pub struct Piece {
    packed: Box<[u8]>,
    /// How many bytes it was made from.
    length: usize,
    /// Of the bytes, where the packing asks for one.
    check: Option<Crc>,
}

impl Piece {
    /// How many bytes it was made from.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it was made from none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.packed.len()
    }
}

/// Ten bytes: deflate, no name, no time, no system (RFC 1952, section 2.3).
const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];

/// Up to this many bytes are put into a stored block: packing them anew takes longer than sending them.
const STORED: usize = 128;

/// The last block, with nothing in it, in the codes that deflate knows beforehand.
const GZIP_LAST_BLOCK: [u8; 2] = [3, 0];

impl Packer {
    /// Packs a piece.
    ///
    /// # Panics
    /// Never: deflate takes every byte.
    pub fn piece(&mut self, bytes: &[u8], encoding: Encoding) -> Piece {
        let length = bytes.len();
        if encoding != Encoding::Gzip || bytes.is_empty() {
            return Piece { packed: bytes.into(), length, check: None };
        }
        let mut check = Crc::new();
        check.update(bytes);
        let packed = if length > STORED { self.deflated(bytes) } else { stored(bytes) };
        Piece { packed, length, check: Some(check) }
    }

    fn deflated(&mut self, bytes: &[u8]) -> Box<[u8]> {
        let deflate = self.deflate.get_or_insert_with(|| Compress::new(Compression::new(2), false));
        deflated(deflate, bytes, &mut self.packed);
        let deflated = self.packed.as_slice().into();
        self.packed.clear();
        deflated
    }

    /// Joins pieces that were packed for `encoding`.
    pub fn join<'a>(&mut self, pieces: impl Iterator<Item = &'a Piece> + Clone, encoding: Encoding) -> Bytes {
        let length: usize = pieces.clone().map(|piece| piece.packed.len()).sum();
        let mut joined = Vec::with_capacity(length + GZIP_HEAD.len() + GZIP_LAST_BLOCK.len() + 8);
        let mut check = Crc::new();
        if encoding == Encoding::Gzip && length > 0 {
            joined.extend_from_slice(&GZIP_HEAD);
        }
        for piece in pieces {
            joined.extend_from_slice(&piece.packed);
            piece.check.iter().for_each(|of_piece| check.combine(of_piece));
        }
        match encoding {
            Encoding::Gzip if length > 0 => {
                joined.extend_from_slice(&GZIP_LAST_BLOCK);
                joined.extend_from_slice(&check.sum().to_le_bytes());
                joined.extend_from_slice(&check.amount().to_le_bytes());
                joined.into()
            }
            Encoding::Gzip | Encoding::Identity => joined.into(),
            Encoding::Zstd | Encoding::Brotli => self.pack(&joined, encoding),
        }
    }
}

/// The bytes as one stored block: no last block, the length, its complement (RFC 1951, section 3.2.4).
fn stored(bytes: &[u8]) -> Box<[u8]> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&[0], length.to_le_bytes().as_slice(), &(!length).to_le_bytes(), bytes].concat().into()
}

/// The bytes as deflate blocks that end on a whole byte.
fn deflated(deflate: &mut Compress, bytes: &[u8], to: &mut Vec<u8>) {
    deflate.reset();
    to.clear();
    loop {
        let taken = usize::try_from(deflate.total_in()).unwrap_or(usize::MAX);
        // A flush is at its end when room is left.
        to.reserve(bytes.len() - taken + 64);
        let status = deflate.compress_vec(&bytes[taken..], to, FlushCompress::Full).expect("deflate takes every byte");
        let all_taken = deflate.total_in() == bytes.len() as u64;
        if status != Status::Ok || all_taken && to.len() < to.capacity() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn pieces_of_any_length_and_order_make_one_member() {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let mut packer = Packer::default();
        for round in 0..300 {
            let mut parts: Vec<Vec<u8>> = Vec::new();
            for _ in 0..random.random_range(0..9) {
                let (reach, letters) = (random.random_range(0..18), random.random());
                let length = random.random_range(0..1 << reach);
                parts.push((0..length).map(|_| random.random_range(0..=letters)).collect());
            }
            let pieces: Vec<Piece> = parts.iter().map(|part| packer.piece(part, Encoding::Gzip)).collect();
            let joined = packer.join(pieces.iter().rev().chain(&pieces), Encoding::Gzip);
            let expected: Vec<u8> = parts.iter().rev().chain(&parts).flatten().copied().collect();
            let (mut rest, mut unpacked) = (joined.as_ref(), Vec::new());
            if !expected.is_empty() {
                flate2::bufread::GzDecoder::new(&mut rest).read_to_end(&mut unpacked).unwrap();
            }
            assert!(rest.is_empty() && unpacked == expected, "round {round}, {} bytes", expected.len());
        }
    }
}
