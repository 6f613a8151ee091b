//! The value table of one tile layer: each value once (MVT 2.1, section 4.4).

use std::hash::{BuildHasher, Hasher};

use hashbrown::DefaultHashBuilder;

use super::slots::Slots;
use super::wire::{varint, varint_length};
use crate::model::ValueRef;

/// The values so far, already encoded. Emptied and used again from layer to layer: memory fresh from the system is slow.
#[derive(Debug, Default)]
pub struct Values {
    /// The `values` fields of the layer message.
    encoded: Vec<u8>,
    /// Where each begins. A value is compared there, so the table holds no reference to a row.
    starts: Vec<u32>,
    known: Slots,
    hasher: DefaultHashBuilder,
}

impl Values {
    /// Begins a new layer.
    pub fn clear(&mut self) {
        self.encoded.clear();
        self.starts.clear();
        self.known.clear();
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.encoded.capacity() + self.starts.capacity() * size_of::<u32>() + self.known.heap_bytes()
    }

    /// Makes room for so many more values.
    pub fn reserve(&mut self, more: usize) {
        self.known.reserve(more);
    }

    /// Gives back the room that no value takes; the look-up keeps its own.
    pub fn shrink(&mut self) {
        self.encoded.shrink_to_fit();
        self.starts.shrink_to_fit();
    }

    /// Empties it and gives back room beyond `bytes`.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.clear();
        self.encoded.shrink_to(bytes);
        self.starts.shrink_to(bytes / size_of::<u32>());
        self.known.shrink_to(bytes);
    }

    /// The number of a text, given in UTF-8.
    #[inline]
    pub fn text(&mut self, text: &[u8]) -> u32 {
        let start = self.encoded.len();
        append_text(&mut self.encoded, text);
        self.once(start, hash(&self.hasher, text))
    }

    /// The number of a value. Whole numbers are `uint_value`, or `sint_value` below zero; reals always `double_value`, so that a
    /// field has one type in every tile; dates are texts.
    pub fn number(&mut self, value: ValueRef<'_>) -> u32 {
        let start = self.encoded.len();
        let to = &mut self.encoded;
        match value {
            ValueRef::Text(text) => return self.text(text.as_bytes()),
            ValueRef::Date(_) | ValueRef::DateTime(_) => return self.text(value.to_string().as_bytes()),
            ValueRef::Integer(number) => match u64::try_from(number) {
                Ok(number) => append_whole(to, 5, number),
                Err(_) => append_whole(to, 6, ((number << 1) ^ (number >> 63)).cast_unsigned()),
            },
            ValueRef::Boolean(flag) => append_whole(to, 7, u64::from(flag)),
            ValueRef::Real(number) => {
                to.extend_from_slice(&[(4 << 3) | 2, 9, (3 << 3) | 1]);
                to.extend_from_slice(&number.to_le_bytes());
            }
        }
        self.once(start, hash(&self.hasher, &self.encoded[start..]))
    }

    /// The number of the value that was appended from `start` on; it is taken back when the table has it already.
    #[inline]
    fn once(&mut self, start: usize, hash: u32) -> u32 {
        let Self { encoded, starts, known, .. } = self;
        let (before, new) = encoded.split_at(start);
        let next = narrow(starts.len());
        // With its length in front no value is the beginning of another.
        let same = |number: u32| before[starts[number as usize] as usize..].starts_with(new);
        let number = known.find_or_note(hash, next, same);
        if number == next {
            starts.push(narrow(start));
        } else {
            encoded.truncate(start);
        }
        number
    }

    /// The `values` fields of the layer message.
    #[must_use]
    pub fn encoded(&self) -> &[u8] {
        &self.encoded
    }
}

/// The upper half of the hash.
fn hash(hasher: &DefaultHashBuilder, bytes: &[u8]) -> u32 {
    let mut hash = hasher.build_hasher();
    hash.write(bytes);
    (hash.finish() >> 32) as u32
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("a tile is smaller than 4 GiB")
}

/// A text as a `values` field with its `Value` message.
#[inline]
fn append_text(to: &mut Vec<u8>, text: &[u8]) {
    const MESSAGE: u8 = (4 << 3) | 2;
    const TEXT: u8 = (1 << 3) | 2;
    // Most are short: both lengths are one byte.
    if let Ok(length @ ..126) = u8::try_from(text.len()) {
        to.extend_from_slice(&[MESSAGE, length + 2, TEXT, length]);
    } else {
        let length = text.len() as u64;
        to.push(MESSAGE);
        varint(to, 1 + varint_length(length) + length);
        to.push(TEXT);
        varint(to, length);
    }
    append_short(to, text);
}

/// Appends a few bytes: in two pieces of fixed length that overlap, without the call that copies any number of bytes and
/// takes longer to begin than to copy so few.
#[inline]
fn append_short(to: &mut Vec<u8>, bytes: &[u8]) {
    match bytes.len() {
        4..8 => append_ends::<4>(to, bytes),
        8..16 => append_ends::<8>(to, bytes),
        16..=32 => append_ends::<16>(to, bytes),
        _ => to.extend_from_slice(bytes),
    }
}

#[inline]
fn append_ends<const N: usize>(to: &mut Vec<u8>, bytes: &[u8]) {
    if let (Some(first), Some(last)) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>()) {
        let begin_of_last = to.len() + bytes.len() - N;
        to.extend_from_slice(first);
        to.truncate(begin_of_last);
        to.extend_from_slice(last);
    }
}

/// A whole number as a `values` field whose `Value` message has it as its field `key`.
fn append_whole(to: &mut Vec<u8>, key: u64, number: u64) {
    varint(to, (4 << 3) | 2);
    varint(to, 1 + varint_length(number));
    varint(to, key << 3);
    varint(to, number);
}

#[cfg(test)]
mod tests {
    use super::super::wire::field_bytes;
    use super::*;

    #[test]
    fn texts_of_every_length_are_written_whole_and_once() {
        let text: String = ('a'..='z').cycle().take(200).collect();
        let (mut values, mut expected) = (Values::default(), Vec::new());
        for length in 0..=text.len() {
            let (mut message, part) = (Vec::new(), &text.as_bytes()[..length]);
            field_bytes(&mut message, 1, part);
            field_bytes(&mut expected, 4, &message);
            let number = u32::try_from(length).expect("small");
            assert_eq!([values.text(part), values.text(part)], [number; 2], "{length} bytes");
            assert!(values.encoded() == expected, "{length} bytes");
        }
    }
}
