//! What is measured now, or told by indicators, laid over a tile that is drawn already: the bytes of its geometries are copied, nothing
//! is clipped or thinned again. Reads what [`super::mvt`] writes.

use hashbrown::HashMap;

use super::wire::{close, field_bytes, open, varint};
use crate::model::Layer;

/// The name under which a feature tells how many seconds ago it was measured last.
pub const AGE: &str = "age";

/// Looks the readings of a feature up.
type Look<'a> = dyn Fn(u64, &mut [Option<Laid>]) -> bool + 'a;

/// The readings of one layer.
pub struct Readings<'a> {
    /// Whose.
    pub layer: &'a Layer,
    /// The names of the values: none that a feature of the tile has already.
    pub keys: &'a [String],
    /// Puts the values of the feature of a tile id into an empty list as long as the keys; `false` where there are none.
    pub of: &'a Look<'a>,
}

/// A field of a message: its number, its content, and all of its bytes.
#[derive(Clone, Copy)]
struct Field<'t> {
    number: u64,
    /// Of a varint the number; else 0.
    value: u64,
    content: &'t [u8],
    whole: &'t [u8],
}

/// The tile with the values of these layers beside the attributes that its features have. Bytes that are no tile come back as they are.
#[must_use]
pub fn with_readings(tile: &[u8], readings: &[Readings<'_>]) -> Vec<u8> {
    with_laid(tile, |name| {
        let own = readings.iter().find(|of| of.layer.id.as_str().as_bytes() == name)?;
        let of = move |id: u64, values: &mut [Option<Laid>]| {
            if !(own.of)(id, values) {
                values.fill(None);
            }
        };
        Some((own.keys.iter().map(String::as_str).collect(), Box::new(of)))
    })
}

/// What is laid over the features of a layer: names, and a look-up that fills a list as long as they are, of `None`, with the values of the
/// feature of a tile id.
pub type Over<'a> = (Vec<&'a str>, Box<dyn FnMut(u64, &mut [Option<Laid>]) + 'a>);

/// The tile with values over those layers for which `over` has some. Bytes that are no tile come back as they are.
#[must_use]
pub fn with_laid<'a>(tile: &[u8], over: impl Fn(&[u8]) -> Option<Over<'a>>) -> Vec<u8> {
    let mut laid = Vec::with_capacity(tile.len() + tile.len() / 4);
    for field in fields(tile) {
        let name = fields(field.content).find(|inner| inner.number == 1).map(|inner| inner.content);
        match name.filter(|_| field.number == 3).and_then(&over) {
            Some(own) => field_bytes(&mut laid, 3, &layer(field.content, own)),
            None => laid.extend_from_slice(field.whole),
        }
    }
    laid
}

/// A value that is laid over a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Laid {
    /// A `double_value`.
    Real(f64),
    /// A `uint_value`.
    Whole(u64),
    /// A `bool_value`.
    Boolean(bool),
}

impl Laid {
    /// How its value begins, and the bits that follow.
    fn encoded(self) -> (u8, u64) {
        match self {
            Self::Real(number) => (REAL, number.to_bits()),
            Self::Whole(number) => (WHOLE, number),
            Self::Boolean(flag) => (BOOLEAN, u64::from(flag)),
        }
    }
}

/// How a value begins that is a 64-bit real number, one that is a whole number without a sign, and one that is true or false.
const REAL: u8 = (3 << 3) | 1;
const WHOLE: u8 = 5 << 3;
const BOOLEAN: u8 = 7 << 3;

/// The new keys and values of a layer while it is written.
struct Table {
    keys: u64,
    values: u64,
    encoded: Vec<u8>,
    known: HashMap<(u8, u64), u64>,
}

impl Table {
    /// Going on behind what a layer has: each value stands once (MVT 2.1, section 4.1).
    fn of(message: &[u8]) -> Self {
        let mut table = Self { keys: 0, values: 0, encoded: Vec::new(), known: HashMap::new() };
        for field in fields(message) {
            table.keys += u64::from(field.number == 3);
            if field.number != 4 {
                continue;
            }
            match field.content {
                [REAL, bits @ ..] => {
                    if let Ok(bits) = bits.try_into() {
                        table.known.insert((REAL, u64::from_le_bytes(bits)), table.values);
                    }
                }
                [kind @ (WHOLE | BOOLEAN), rest @ ..] => {
                    if let Some(number) = read_varint(&mut &*rest) {
                        table.known.insert((*kind, number), table.values);
                    }
                }
                _ => {}
            }
            table.values += 1;
        }
        table
    }

    /// The number of a value.
    fn number(&mut self, laid: Laid) -> u64 {
        let Self { values, encoded, known, .. } = self;
        let (kind, bits) = laid.encoded();
        *known.entry((kind, bits)).or_insert_with(|| {
            let mut value = Vec::with_capacity(11);
            value.push(kind);
            if kind == REAL {
                value.extend_from_slice(&bits.to_le_bytes());
            } else {
                varint(&mut value, bits);
            }
            field_bytes(encoded, 4, &value);
            *values += 1;
            *values - 1
        })
    }
}

fn layer(message: &[u8], (names, mut of): Over<'_>) -> Vec<u8> {
    let mut table = Table::of(message);
    let mut is_known = false;
    let mut values = vec![None; names.len()];
    let mut laid = Vec::with_capacity(message.len() + message.len() / 4);
    for field in fields(message) {
        if field.number != 2 {
            laid.extend_from_slice(field.whole);
            continue;
        }
        let id = fields(field.content).find(|inner| inner.number == 1).map(|inner| inner.value);
        values.fill(None);
        if let Some(id) = id {
            of(id, &mut values);
        }
        if values.iter().any(Option::is_some) {
            is_known = true;
            feature(&mut laid, field.content, &values, &mut table);
        } else {
            laid.extend_from_slice(field.whole);
        }
    }
    if !is_known {
        return laid;
    }
    for name in names {
        field_bytes(&mut laid, 3, name.as_bytes());
    }
    laid.extend_from_slice(&table.encoded);
    laid
}

/// A feature with more tags: pairs of a key and a value, appended to those that it has.
fn feature(to: &mut Vec<u8>, message: &[u8], values: &[Option<Laid>], table: &mut Table) {
    let feature = open(to, 2);
    let before = |field: &Field<'_>| field.number < 2;
    fields(message).filter(before).for_each(|field| to.extend_from_slice(field.whole));
    let tags = open(to, 2);
    fields(message).filter(|field| field.number == 2).for_each(|field| to.extend_from_slice(field.content));
    for (place, value) in (0..).zip(values) {
        if let Some(value) = value {
            varint(to, table.keys + place);
            varint(to, table.number(*value));
        }
    }
    close(to, tags);
    fields(message).filter(|field| field.number > 2).for_each(|field| to.extend_from_slice(field.whole));
    close(to, feature);
}

/// The fields of a message, one after another, up to what cannot be read.
fn fields(message: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let whole = rest;
        let tag = read_varint(&mut rest)?;
        let (value, content) = match tag & 7 {
            0 => (read_varint(&mut rest)?, &rest[..0]),
            2 => {
                let length = usize::try_from(read_varint(&mut rest)?).ok()?;
                let (content, after) = rest.split_at_checked(length)?;
                rest = after;
                (0, content)
            }
            _ => return None, // MVT has no others at these places
        };
        Some(Field { number: tag >> 3, value, content, whole: &whole[..whole.len() - rest.len()] })
    })
}

fn read_varint(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (place, &byte) in from.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte < 0x80 {
            *from = &from[place + 1..];
            return Some(value);
        }
    }
    None
}
