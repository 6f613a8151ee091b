//! Protocol Buffers as they go over the wire: varints and length-delimited fields (protobuf.dev, "Encoding").

/// A varint.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
pub fn varint(to: &mut Vec<u8>, mut value: u64) {
    // Nearly all numbers of a tile take one byte or two, in no order that a processor could guess: both are written.
    if value < 1 << 14 {
        let two = value >= 0x80;
        let end = to.len() + 1 + usize::from(two);
        to.extend_from_slice(&[value as u8 & 0x7f | u8::from(two) << 7, (value >> 7) as u8]);
        to.truncate(end);
        return;
    }
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Bytes of a varint.
#[must_use]
#[inline]
pub fn varint_length(value: u64) -> u64 {
    u64::from((u64::BITS - (value | 1).leading_zeros()).div_ceil(7))
}

/// A length-delimited field.
#[inline]
pub fn field_bytes(to: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(to, (field << 3) | 2);
    varint(to, bytes.len() as u64);
    to.extend_from_slice(bytes);
}

/// Begins a length-delimited field whose length is not known yet, with one byte of room for it. What is appended until
/// [`close`] is its content, of which this is the place.
#[must_use]
#[inline]
pub fn open(to: &mut Vec<u8>, field: u8) -> usize {
    to.extend_from_slice(&[(field << 3) | 2, 0]);
    to.len()
}

/// Ends the field whose content began at `content`. Of 128 bytes or more it is moved to make room for its length.
#[inline]
pub fn close(to: &mut Vec<u8>, content: usize) {
    let length = to.len() - content;
    match u8::try_from(length) {
        Ok(length @ ..0x80) => to[content - 1] = length,
        _ => widen(to, content, length),
    }
}

fn widen(to: &mut Vec<u8>, content: usize, length: usize) {
    let mut prefix = Vec::with_capacity(10);
    varint(&mut prefix, length as u64);
    to.splice(content - 1..content, prefix);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of protobuf.dev and the borders of each length.
    #[test]
    fn varints_are_as_long_as_they_must() {
        let table: [(u64, &[u8]); 9] = [
            (0, &[0]),
            (1, &[1]),
            (127, &[127]),
            (128, &[0x80, 1]),
            (150, &[0x96, 1]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 1]),
            (1 << 32, &[0x80, 0x80, 0x80, 0x80, 0x10]),
            (u64::MAX, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ];
        for (value, expected) in table {
            let mut bytes = vec![9];
            varint(&mut bytes, value);
            assert_eq!(&bytes[1..], expected, "{value}");
            assert_eq!(varint_length(value), expected.len() as u64, "{value}");
        }
    }

    #[test]
    fn a_field_that_was_opened_is_as_one_of_known_length() {
        for length in [0, 1, 127, 128, 129, 16_383, 16_384, 70_000] {
            let content: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).expect("a byte")).collect();
            let (mut expected, mut found) = (vec![7], vec![7]);
            field_bytes(&mut expected, 4, &content);
            let start = open(&mut found, 4);
            found.extend_from_slice(&content);
            close(&mut found, start);
            assert!(found == expected, "{length} bytes");
        }
    }
}
