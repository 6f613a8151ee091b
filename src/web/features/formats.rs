//! In which format and language an answer is given: `f=` first, then `Accept` and `Accept-Language` (RFC 9110, section 12.5).

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::model::Title;
use crate::web::error::Problem;
use crate::web::negotiate::{header_text, weighted};
use crate::web::parameters::{Parameters, wrong};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON, or GeoJSON where there are features.
    Json,
    /// For people.
    Html,
    /// Comma-separated values with a header.
    Csv,
    /// `FlatGeobuf` 3.
    FlatGeobuf,
}

/// Formats of features; the first is for those who take anything.
pub const OF_FEATURES: &[Format] = &[Format::Json, Format::Html, Format::Csv, Format::FlatGeobuf];

/// Formats of everything else.
pub const OF_DOCUMENTS: &[Format] = &[Format::Json, Format::Html];

impl Format {
    /// The value of `f`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::FlatGeobuf => "fgb",
        }
    }

    /// The media type of features in it.
    #[must_use]
    pub fn of_features(self) -> &'static str {
        match self {
            Self::Json => "application/geo+json",
            other => other.of_documents(),
        }
    }

    /// The media type of other documents in it.
    #[must_use]
    pub fn of_documents(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Html => "text/html",
            Self::Csv => "text/csv",
            Self::FlatGeobuf => "application/vnd.flatgeobuf",
        }
    }

    fn is_named(self, media_type: &str) -> bool {
        let (main, sub) = media_type.split_once('/').unwrap_or((media_type, ""));
        let own = [self.of_features(), self.of_documents()];
        own.iter().any(|own| {
            own.eq_ignore_ascii_case(media_type)
                || sub == "*" && own.split_once('/').is_some_and(|(known, _)| known.eq_ignore_ascii_case(main))
        })
    }
}

/// The format of an answer among those that are `offered`.
pub fn format(request: &HttpRequest, parameters: &mut Parameters, offered: &[Format]) -> Result<Format, Problem> {
    if let Some(name) = parameters.text("f") {
        let found =
            offered.iter().find(|format| format.name() == name || *format == &Format::Json && name == "geojson");
        let names: Vec<&str> = offered.iter().map(|format| format.name()).collect();
        return found.copied().ok_or_else(|| wrong("f", &name, format!("it is one of {}", names.join(", "))));
    }
    Ok(accepted(header_text(request, &header::ACCEPT), offered))
}

/// The offered format with the highest weight. Who takes none of them gets the first: it is better than nothing.
fn accepted(accept: Option<&str>, offered: &[Format]) -> Format {
    let ranges: Vec<(&str, f32)> = accept.into_iter().flat_map(|accept| accept.split(',')).map(weighted).collect();
    let weight = |format: Format| {
        let named = ranges.iter().filter(|(range, _)| format.is_named(range)).map(|&(_, weight)| weight);
        let any = ranges.iter().filter(|(range, _)| *range == "*/*").map(|&(_, weight)| weight);
        named.reduce(f32::max).or_else(|| any.reduce(f32::max)).unwrap_or(0.0)
    };
    let best = offered.iter().copied().fold((offered[0], weight(offered[0])), |best, format| {
        let weight = weight(format);
        if weight > best.1 { (format, weight) } else { best }
    });
    best.0
}

/// What people read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// The default.
    #[default]
    Vietnamese,
    /// For those who ask for it.
    English,
}

impl Language {
    /// That of `lang`, else the first of `Accept-Language` that is spoken here.
    pub fn of(request: &HttpRequest, parameters: &mut Parameters) -> Result<Self, Problem> {
        if let Some(name) = parameters.text("lang") {
            return Self::tagged(&name).ok_or_else(|| wrong("lang", &name, "it is one of vi, en"));
        }
        Ok(Self::accepted(header_text(request, &header::ACCEPT_LANGUAGE)))
    }

    fn accepted(accept: Option<&str>) -> Self {
        let mut wanted: Vec<(&str, f32)> =
            accept.into_iter().flat_map(|accept| accept.split(',')).map(weighted).collect();
        wanted.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        wanted.iter().filter(|(_, weight)| *weight > 0.0).find_map(|(tag, _)| Self::tagged(tag)).unwrap_or_default()
    }

    fn tagged(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "vi" => Some(Self::Vietnamese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// Its tag (RFC 5646).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Vietnamese => "vi",
            Self::English => "en",
        }
    }

    /// A title in it.
    #[must_use]
    pub fn pick(self, title: &Title) -> &str {
        self.say(&title.vi, &title.en)
    }

    /// One of two texts.
    #[must_use]
    pub fn say<'t>(self, vietnamese: &'t str, english: &'t str) -> &'t str {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_pages_and_programs_get_json() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
        let table = [
            (None, Format::Json),
            (Some("*/*"), Format::Json),
            (Some(browser), Format::Html),
            (Some("application/geo+json"), Format::Json),
            (Some("application/json, text/html;q=0.5"), Format::Json),
            (Some("text/*"), Format::Html),
            (Some("text/csv"), Format::Csv),
            (Some("application/vnd.flatgeobuf, */*;q=0.1"), Format::FlatGeobuf),
            (Some("application/gml+xml"), Format::Json),
            (Some("text/html;q=0"), Format::Json),
        ];
        for (accept, expected) in table {
            assert_eq!(accepted(accept, OF_FEATURES), expected, "{accept:?}");
        }
    }

    #[test]
    fn vietnamese_is_spoken_unless_english_is_preferred() {
        let table = [
            (None, Language::Vietnamese),
            (Some("vi-VN,vi;q=0.9,en;q=0.8"), Language::Vietnamese),
            (Some("en-US,en;q=0.9"), Language::English),
            (Some("fr, en;q=0.2"), Language::English),
            (Some("fr"), Language::Vietnamese),
            (Some("en;q=0.1, vi;q=0.5"), Language::Vietnamese),
            (Some("en;q=0"), Language::Vietnamese),
        ];
        for (accept, expected) in table {
            assert_eq!(Language::accepted(accept), expected, "{accept:?}");
        }
    }
}
