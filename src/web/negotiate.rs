//! Which format and packing a client takes (RFC 9110, sections 12.5.1 and 12.5.3) and whether it has the tile already
//! (section 13.1.2).

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use crate::tile::Format;
use crate::tile::packing::Encoding;

/// Ours, the one that we would rather send first. Gzip is the only one in which a changed tile is packed again in part, and takes
/// about the room of zstd, which unpacks faster; brotli is a few percent smaller than both and takes longest.
const OFFERED: [(&str, Encoding); 3] = [("gzip", Encoding::Gzip), ("zstd", Encoding::Zstd), ("br", Encoding::Brotli)];

/// The packing that an `Accept-Encoding` header asks for: the offered one with the highest weight, bare without a header.
#[must_use]
pub fn encoding(accept: Option<&str>) -> Encoding {
    let Some(accept) = accept else { return Encoding::Identity };
    let weights: Vec<(&str, f32)> = accept.split(',').map(weighted).collect();
    let weight = |name: &str| {
        let named = weights.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        named.or_else(|| weights.iter().find(|(known, _)| *known == "*")).map_or(0.0, |&(_, weight)| weight)
    };
    let identity =
        weights.iter().find(|(known, _)| known.eq_ignore_ascii_case("identity")).map_or(0.0, |&(_, weight)| weight);
    let mut best = (identity, Encoding::Identity);
    for (name, encoding) in OFFERED {
        let weight = weight(name);
        if weight > best.0 || (weight > 0.0 && best.1 == Encoding::Identity && weight >= best.0) {
            best = (weight, encoding);
        }
    }
    best.1
}

/// The text of a header, `None` without it and where it is no text.
#[must_use]
pub fn header_text<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// An entry of such a header: its name and its weight, 0 where that cannot be read.
#[must_use]
pub fn weighted(item: &str) -> (&str, f32) {
    let mut parts = item.split(';');
    let name = parts.next().unwrap_or_default().trim();
    let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.trim().parse().ok());
    (name, weight.unwrap_or(0.0))
}

/// The format that an `Accept` header asks for. MLT is for those who name it, and not for less than MVT; who takes anything
/// gets MVT, which everybody reads.
#[must_use]
pub fn format(accept: Option<&str>) -> Format {
    let types: Vec<(&str, f32)> = accept.into_iter().flat_map(|accept| accept.split(',')).map(weighted).collect();
    let weight = |format: Format| {
        let named = types.iter().find(|(name, _)| name.eq_ignore_ascii_case(format.media_type()));
        named.map_or(0.0, |&(_, weight)| weight)
    };
    let mlt = weight(Format::Mlt);
    if mlt > 0.0 && mlt >= weight(Format::Mvt) { Format::Mlt } else { Format::Mvt }
}

/// The value of `Content-Encoding`, `None` for bare bytes.
#[must_use]
pub fn content_encoding(encoding: Encoding) -> Option<&'static str> {
    OFFERED.iter().find(|(_, offered)| *offered == encoding).map(|&(name, _)| name)
}

/// Whether an `If-None-Match` header names `etag`, by the weak comparison of section 8.8.3.2.
#[must_use]
pub fn has_already(if_none_match: Option<&str>, etag: &str) -> bool {
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    if_none_match.is_some_and(|tags| tags.trim() == "*" || tags.split(',').any(|tag| strong(tag) == strong(etag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offered_packing_with_the_highest_weight_is_sent() {
        let table = [
            (None, Encoding::Identity),
            (Some(""), Encoding::Identity),
            (Some("gzip, deflate, br, zstd"), Encoding::Gzip),
            (Some("deflate, br, zstd"), Encoding::Zstd),
            (Some("deflate, br"), Encoding::Brotli),
            (Some("gzip"), Encoding::Gzip),
            (Some("GZIP;q=0.5"), Encoding::Gzip),
            (Some("gzip;q=1.0, br;q=0.2, zstd;q=0"), Encoding::Gzip),
            (Some("identity"), Encoding::Identity),
            (Some("identity, gzip;q=0.5"), Encoding::Identity),
            (Some("deflate"), Encoding::Identity),
            (Some("*"), Encoding::Gzip),
            (Some("gzip;q=0, *"), Encoding::Zstd),
            (Some("gzip;q=0"), Encoding::Identity),
            (Some("gzip;q=nonsense"), Encoding::Identity),
        ];
        for (accept, expected) in table {
            assert_eq!(encoding(accept), expected, "{accept:?}");
        }
    }

    #[test]
    fn columns_are_for_those_who_name_them() {
        let mlt = "application/vnd.maplibre-tile";
        let mvt = "application/vnd.mapbox-vector-tile";
        let table = [
            (None, Format::Mvt),
            (Some("*/*".to_owned()), Format::Mvt),
            (Some("application/*, */*;q=0.1".to_owned()), Format::Mvt),
            (Some("image/png".to_owned()), Format::Mvt),
            (Some(mvt.to_owned()), Format::Mvt),
            (Some(mlt.to_owned()), Format::Mlt),
            (Some(mlt.to_uppercase()), Format::Mlt),
            (Some(format!("{mlt}, */*")), Format::Mlt),
            (Some(format!("{mvt};q=0.5, {mlt}")), Format::Mlt),
            (Some(format!("{mvt}, {mlt}; q=0.5")), Format::Mvt),
            (Some(format!("{mvt}, {mlt}")), Format::Mlt),
            (Some(format!("{mlt};q=0")), Format::Mvt),
        ];
        for (accept, expected) in table {
            assert_eq!(format(accept.as_deref()), expected, "{accept:?}");
        }
    }

    #[test]
    fn tags_are_compared_weakly() {
        let table = [
            (None, false),
            (Some("*"), true),
            (Some("W/\"5-1\""), true),
            (Some("\"5-1\""), true),
            (Some("\"4\", W/\"5-1\""), true),
            (Some("\"5\""), false),
        ];
        for (header, expected) in table {
            assert_eq!(has_already(header, "W/\"5-1\""), expected, "{header:?}");
        }
    }
}
