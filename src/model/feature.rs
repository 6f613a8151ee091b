//! One thing in the city.

use std::fmt;

use super::layer::LayerId;
use super::value::Value;
use crate::geo::Geometry;

/// Bytes of an id: escaped and with a host before it, its URL stays below what proxies take (8,000 bytes, RFC 9110, section 4.1).
pub const LONGEST_ID: usize = 1000;

/// A feature's name within its layer: the text of its id field (`16681`, `P-001`). Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureId(Box<str>);

impl FeatureId {
    /// `None` when `text` is empty.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// Whether a URL can hold an id: it is not what clients take out before they send it (`.` and `..`: RFC 3986, section 5.2.4) and
    /// not longer than [`LONGEST_ID`]. Stores that others write to may have such features all the same.
    #[must_use]
    pub fn fits_url(text: &str) -> bool {
        !matches!(text, "" | "." | "..") && text.len() <= LONGEST_ID
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeatureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number that stands for an id in a tile (MVT 2.1, section 4.2: `uint64`). A plain decimal up to 2^52 - 1 is itself; any
/// other text is its FNV-1a hash cut to 52 bits. Stable for ever, whatever else is in the layer; two texts of a layer of a
/// million share a hash once in 9,000 layers. A browser holds 53 bits, and `MapLibre` Tiles are read there as differences with
/// a sign: one bit less.
#[must_use]
pub fn tile_id(id: &str) -> u64 {
    const MOST: u64 = (1 << 52) - 1;
    let canonical = id.bytes().all(|b| b.is_ascii_digit()) && (id == "0" || !id.starts_with('0'));
    if canonical
        && let Ok(number) = id.parse::<u64>()
        && number <= MOST
    {
        return number;
    }
    let hash = fnv1a(id);
    (hash ^ (hash >> 52)) & MOST
}

/// FNV-1a over the bytes of a text, 64 bits (draft-eastlake-fnv, section 3): the same on every machine and for ever.
#[must_use]
pub fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The values of a feature, in the order of its layer's fields; the id field is not among them.
pub type Properties = Vec<Option<Value>>;

/// A feature by itself, outside the columns: what is put, what is answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// The layer that it belongs to.
    pub layer: LayerId,
    /// Its name there.
    pub id: FeatureId,
    /// Where it is.
    pub geometry: Geometry,
    /// What is known of it: one entry for each of `Layer::fields`.
    pub properties: Properties,
}

#[cfg(test)]
mod tests {
    use super::tile_id;

    #[test]
    fn decimal_ids_are_themselves_and_others_are_52_bit_hashes() {
        let table = [("16681", Some(16_681)), ("0", Some(0)), ("00004", None), ("-3", None), ("P-001", None)];
        for (text, number) in table {
            match number {
                Some(number) => assert_eq!(tile_id(text), number, "{text}"),
                None => assert!(tile_id(text) > 100_000 && tile_id(text) < 1 << 52, "{text} is {}", tile_id(text)),
            }
        }
        assert_ne!(tile_id("4503599627370496"), 4_503_599_627_370_496, "a browser cannot hold differences of 2^52");
    }
}
