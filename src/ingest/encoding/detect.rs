//! Which encoding a file's texts are in.
//!
//! ASCII alone, and whatever is valid UTF-8, is UTF-8. Else each candidate decodes the texts, and the one whose words are
//! Vietnamese syllables is taken. What a `.dbf` or `.cpg` declares counts unless it is a western code page: that is what a
//! Windows of the time wrote whatever the font, so it is taken only when the texts are not Vietnamese.

use super::{Charset, syllable};

/// Enough to tell: a few thousand words.
const ENOUGH: usize = 64 << 10;

/// Texts of a file that are not ASCII.
#[derive(Default)]
pub(in super::super) struct Evidence {
    texts: Vec<Vec<u8>>,
    size: usize,
}

impl Evidence {
    pub(in super::super) fn add(&mut self, text: &[u8]) {
        if !text.is_ascii() && !self.is_enough() {
            self.size += text.len();
            self.texts.push(text.into());
        }
    }

    pub(in super::super) fn is_enough(&self) -> bool {
        self.size >= ENOUGH
    }

    /// The encoding, or `None` when no candidate fits and nothing is declared.
    pub(in super::super) fn judge(&self, declared: Option<Charset>) -> Option<Charset> {
        match declared {
            Some(charset) if !is_western(charset) => return Some(charset),
            _ if self.texts.iter().all(|text| is_utf8(text)) => return Some(Charset::Utf8),
            _ => {}
        }
        let scores =
            [Charset::WINDOWS_1258, Charset::Tcvn3, Charset::Vni].map(|charset| (self.score(charset), charset));
        let best = scores.into_iter().rev().max_by_key(|((good, bad), _)| good - bad);
        best.filter(|((good, bad), _)| good > bad || (*bad == 0 && declared.is_none()))
            .map(|(_, charset)| charset)
            .or(declared)
    }

    /// Words with a letter beyond ASCII: Vietnamese syllables, and others.
    fn score(&self, charset: Charset) -> (i64, i64) {
        let (mut good, mut bad) = (0, 0);
        for text in &self.texts {
            let text = charset.decode_lossy(text);
            let words =
                text.split(|c: char| !(c.is_alphabetic() || is_combining(c) || c == char::REPLACEMENT_CHARACTER));
            for word in words.filter(|word| !word.is_ascii()) {
                // Small letters within capitals are what TCVN3 makes of capitals, and of no other encoding.
                let case = charset == Charset::Tcvn3 || is_cased_as_written(word);
                if case && syllable::is_plausible(word) { good += 1 } else { bad += 1 }
            }
        }
        (good, bad)
    }
}

fn is_combining(c: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&c)
}

/// A writer that filled the field may have cut the last letter in two.
fn is_utf8(text: &[u8]) -> bool {
    std::str::from_utf8(text).map_or_else(|e| e.error_len().is_none() && e.valid_up_to() > 0, |_| true)
}

fn is_cased_as_written(word: &str) -> bool {
    let mut rest = word.chars().skip(1).filter(|c| c.is_alphabetic());
    let all =
        |mut letters: Box<dyn Iterator<Item = char> + '_>, upper: bool| letters.all(|c| c.is_uppercase() == upper);
    match rest.next() {
        None => true,
        Some(second) => {
            all(Box::new(rest), second.is_uppercase())
                && (!second.is_uppercase() || word.starts_with(char::is_uppercase))
        }
    }
}

fn is_western(charset: Charset) -> bool {
    charset == Charset::WINDOWS_1252
}

/// By the text of a `.cpg`: `UTF-8`, `1258`, `cp1252`, `ANSI 1252`, `ISO-8859-1`, `88591`, `LDID/87` ...
pub(in super::super) fn declared_by_label(label: &str) -> Option<Charset> {
    let label = label.trim().to_ascii_lowercase();
    if let Some(driver) = label.strip_prefix("ldid/") {
        return declared_by_driver(driver.parse().ok()?);
    }
    let name = label.trim_start_matches("ansi").trim_start_matches("cp").trim();
    match name {
        "utf8" | "65001" => Some(Charset::Utf8),
        "tcvn" | "tcvn3" | "tcvn-5712" | "abc" => Some(Charset::Tcvn3),
        "vni" => Some(Charset::Vni),
        "88591" => Some(Charset::WINDOWS_1252),
        "932" => Some(Charset::Standard(encoding_rs::SHIFT_JIS)),
        "936" => Some(Charset::Standard(encoding_rs::GBK)),
        "949" => Some(Charset::Standard(encoding_rs::EUC_KR)),
        "950" => Some(Charset::Standard(encoding_rs::BIG5)),
        _ => [label.clone(), format!("windows-{name}")].iter().find_map(|label| of_standard(label)),
    }
}

fn of_standard(label: &str) -> Option<Charset> {
    let standard = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
    Some(if standard == encoding_rs::UTF_8 { Charset::Utf8 } else { Charset::Standard(standard) })
}

/// By the language driver of a `.dbf` (byte 29). The OEM code pages of DOS are not known.
pub(in super::super) fn declared_by_driver(driver: u8) -> Option<Charset> {
    Some(Charset::Standard(match driver {
        0x03 | 0x57..=0x59 => encoding_rs::WINDOWS_1252,
        0x13 | 0x7b => encoding_rs::SHIFT_JIS,
        0x4d | 0x7a => encoding_rs::GBK,
        0x4e | 0x79 => encoding_rs::EUC_KR,
        0x4f | 0x78 => encoding_rs::BIG5,
        0x50 | 0x7c => encoding_rs::WINDOWS_874,
        0xc8 => encoding_rs::WINDOWS_1250,
        0xc9 => encoding_rs::WINDOWS_1251,
        0xca => encoding_rs::WINDOWS_1254,
        0xcb => encoding_rs::WINDOWS_1253,
        0xcc => encoding_rs::WINDOWS_1257,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn latin(text: &str) -> Vec<u8> {
        text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect()
    }

    fn judged(texts: &[Vec<u8>], declared: Option<Charset>) -> Option<Charset> {
        let mut evidence = Evidence::default();
        for text in texts {
            evidence.add(text);
        }
        evidence.judge(declared)
    }

    #[test]
    fn each_encoding_is_told_from_the_others() {
        let windows_1258 = encoding_rs::WINDOWS_1258.encode("Nghê\u{323} An").0.into_owned();
        let windows_1252 = Some(Charset::WINDOWS_1252);
        let table = [
            (vec![b"Vinh".to_vec()], None, Some(Charset::Utf8)),
            (vec!["Nghệ An".into()], None, Some(Charset::Utf8)),
            (vec!["Nghệ An".into(), b"Ngh\xe1\xbb".to_vec()], None, Some(Charset::Utf8)),
            (vec![latin("Ph\u{ad}êng H\u{b5} Huy TËp")], None, Some(Charset::Tcvn3)),
            (vec![latin("NGHÖ AN")], windows_1252, Some(Charset::Tcvn3)),
            (vec![latin("Ñöôøng Nguyeãn Du")], windows_1252, Some(Charset::Vni)),
            (vec![windows_1258.clone()], None, Some(Charset::WINDOWS_1258)),
            (vec![windows_1258.clone()], Some(Charset::Utf8), Some(Charset::Utf8)),
            (vec![latin("Allée des Châtaigniers")], windows_1252, windows_1252),
            (vec![latin("Allée des Châtaigniers")], None, None),
            (vec![latin("100 m²")], None, Some(Charset::WINDOWS_1258)),
        ];
        for (texts, declared, expected) in table {
            assert_eq!(judged(&texts, declared), expected, "{texts:?}");
        }
    }

    #[test]
    fn labels_of_code_pages() {
        let table = [
            ("UTF-8\r\n", Some(Charset::Utf8)),
            ("65001", Some(Charset::Utf8)),
            ("1258", Some(Charset::WINDOWS_1258)),
            ("ANSI 1252", Some(Charset::WINDOWS_1252)),
            ("CP1258", Some(Charset::WINDOWS_1258)),
            ("ISO-8859-1", Some(Charset::WINDOWS_1252)),
            ("LDID/87", Some(Charset::WINDOWS_1252)),
            ("TCVN3", Some(Charset::Tcvn3)),
            ("nonsense", None),
        ];
        for (label, expected) in table {
            assert_eq!(declared_by_label(label), expected, "{label}");
        }
    }
}
