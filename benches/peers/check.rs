//! Whether what was measured are tiles: unpacked and read by an independent reader.

use std::collections::BTreeMap;
use std::io::Read;

use fast_mvt::MvtReaderRef;

use super::http::Packing;

/// The bytes of a tile as they were before they were packed.
pub fn unpacked(body: &[u8], packing: Packing) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    match packing {
        _ if body.is_empty() => {}
        Packing::Identity => bytes.extend_from_slice(body),
        Packing::Gzip => {
            flate2::read::MultiGzDecoder::new(body)
                .read_to_end(&mut bytes)
                .map_err(|error| format!("gzip: {error}"))?;
        }
        Packing::Zstd => {
            bytes = zstd::stream::decode_all(body).map_err(|error| format!("zstd: {error}"))?;
        }
    }
    Ok(bytes)
}

/// What is in a tile: for each layer its features, each as its number and the numbers of its geometry.
pub type Content = BTreeMap<String, Vec<(Option<u64>, Vec<u32>)>>;

/// Reads a tile. Features are in the order of their numbers.
pub fn content(tile: &[u8]) -> Result<Content, String> {
    let mut content = Content::new();
    if tile.is_empty() {
        return Ok(content);
    }
    let reader = MvtReaderRef::new(tile).map_err(|error| error.to_string())?;
    for layer in reader.layers() {
        let features = layer.features().map(|feature| {
            feature.properties_vec().map_err(|error| error.to_string())?;
            Ok((feature.id(), feature.geometry_commands().to_vec()))
        });
        let mut features = features.collect::<Result<Vec<_>, String>>()?;
        features.sort_unstable();
        content.insert(layer.name().to_owned(), features);
    }
    Ok(content)
}
