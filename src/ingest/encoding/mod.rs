//! The encodings of Vietnamese texts before Unicode, and which of them a file is in.
//!
//! TCVN3 ("ABC", TCVN 5712:1993 VN3) has small letters only, besides `Ă Â Ê Ô Ơ Ư Đ`: its capitals are another font
//! (`.VnTimeH`), which a file does not tell. `NGHỆ AN` set in that font comes back as `nghệ an`; the case is lost.

mod detect;
mod syllable;
mod tcvn3;
mod vni;

use std::fmt;
use std::str::FromStr;

use unicode_normalization::UnicodeNormalization;

pub(super) use detect::{Evidence, declared_by_driver, declared_by_label};

/// What the user says about the texts of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Find out.
    #[default]
    Auto,
    /// Unicode.
    Utf8,
    /// TCVN 5712 VN3, "ABC".
    Tcvn3,
    /// VNI for Windows: a letter and a mark.
    Vni,
    /// Microsoft's: a letter and a combining tone.
    Windows1258,
}

const NAMES: [(&str, Encoding); 5] = [
    ("auto", Encoding::Auto),
    ("utf-8", Encoding::Utf8),
    ("tcvn3", Encoding::Tcvn3),
    ("vni", Encoding::Vni),
    ("windows-1258", Encoding::Windows1258),
];

impl FromStr for Encoding {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        found
            .map(|(_, encoding)| *encoding)
            .ok_or_else(|| format!("encoding `{text}` is not one of auto, utf-8, tcvn3, vni, windows-1258"))
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, encoding)| encoding == self).map_or("auto", |(name, _)| name);
        f.write_str(name)
    }
}

impl Encoding {
    /// `None` for [`Encoding::Auto`].
    pub(super) fn charset(self) -> Option<Charset> {
        match self {
            Self::Auto => None,
            Self::Utf8 => Some(Charset::Utf8),
            Self::Tcvn3 => Some(Charset::Tcvn3),
            Self::Vni => Some(Charset::Vni),
            Self::Windows1258 => Some(Charset::WINDOWS_1258),
        }
    }
}

/// What the texts of a file are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf8,
    Tcvn3,
    Vni,
    /// Any of the WHATWG Encoding Standard.
    Standard(&'static encoding_rs::Encoding),
}

/// Bytes that are no text of the encoding.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{bytes}` is no {charset} text; name another --encoding (utf-8, tcvn3, vni, windows-1258)")]
pub(super) struct NotText {
    bytes: String,
    charset: String,
}

impl Charset {
    pub(super) const WINDOWS_1258: Self = Self::Standard(encoding_rs::WINDOWS_1258);
    pub(super) const WINDOWS_1252: Self = Self::Standard(encoding_rs::WINDOWS_1252);

    pub(super) fn name(self) -> String {
        match self {
            Self::Utf8 => "utf-8".into(),
            Self::Tcvn3 => "tcvn3".into(),
            Self::Vni => "vni".into(),
            Self::Standard(standard) => standard.name().to_ascii_lowercase(),
        }
    }

    /// Unicode: NFC from the old encodings, as it stands from UTF-8.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, NotText> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) if self == Self::Utf8 || bytes.is_ascii() => return Ok(text.into()),
            _ if self == Self::Utf8 => None,
            _ => Some(self.decode_lossy(bytes)).filter(|text| !text.contains(char::REPLACEMENT_CHARACTER)),
        };
        text.ok_or_else(|| NotText {
            bytes: super::read::excerpt(&bytes.escape_ascii().to_string()),
            charset: self.name(),
        })
    }

    /// U+FFFD for what is no text.
    fn decode_lossy(self, bytes: &[u8]) -> String {
        let text = match self {
            Self::Utf8 => return String::from_utf8_lossy(bytes).into_owned(),
            Self::Tcvn3 => tcvn3::decode(bytes),
            Self::Vni => vni::decode(bytes),
            Self::Standard(standard) => standard.decode_without_bom_handling(bytes).0.into_owned(),
        };
        text.chars().map(|c| if is_c1_control(c) { char::REPLACEMENT_CHARACTER } else { c }).nfc().collect()
    }
}

/// What the standard's tables give for a byte that the code page leaves out.
fn is_c1_control(c: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&c)
}

/// Quotes, dashes and signs, which the Vietnamese fonts keep where Windows has them. U+FFFD where it has none.
fn windows_sign(byte: u8) -> char {
    encoding_rs::WINDOWS_1252
        .decode_without_bom_handling(&[byte])
        .0
        .chars()
        .next()
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    /// The letters of the quốc ngữ, in the order of the tables below: level, acute, grave, hook, tilde, dot.
    const SMALL: &str = "aáàảãạâấầẩẫậăắằẳẵặeéèẻẽẹêếềểễệoóòỏõọôốồổỗộơớờởỡợuúùủũụưứừửữựiíìỉĩịyýỳỷỹỵđ";
    /// The published VNI table, as its bytes look in windows-1252.
    const VNI: &str = "a aù aø aû aõ aï aâ aá aà aå aã aä aê aé aè aú aü aë e eù eø eû eõ eï eâ eá eà eå eã eä \
        o où oø oû oõ oï oâ oá oà oå oã oä ô ôù ôø ôû ôõ ôï u uù uø uû uõ uï ö öù öø öû öõ öï i í ì æ ó ò y yù yø yû yõ î ñ";

    fn windows_1252(text: &str) -> Vec<u8> {
        let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(text);
        assert!(!unmappable, "{text}");
        bytes.into_owned()
    }

    #[test]
    fn vni_by_the_published_table() {
        let rows: Vec<(String, String)> =
            SMALL.chars().map(String::from).zip(VNI.split(' ').map(String::from)).collect();
        assert_eq!(rows.len(), 73, "twelve vowels of six tones, and đ");
        for (letter, vni) in rows {
            assert_eq!(Charset::Vni.decode(&windows_1252(&vni)).unwrap(), letter, "{vni}");
            assert_eq!(
                Charset::Vni.decode(&windows_1252(&vni.to_uppercase())).unwrap(),
                letter.to_uppercase(),
                "{vni}"
            );
        }
        let text = windows_1252("Ñöôøng Nguyeãn Vaên Troãi, Hoà Chí Minh – Vieät Nam");
        assert_eq!(Charset::Vni.decode(&text).unwrap(), "Đường Nguyễn Văn Trỗi, Hồ Chí Minh – Việt Nam");
        assert!(Charset::Vni.decode(&windows_1252("bâ")).is_err(), "a mark without its letter");
    }

    /// The C library's tables are the oracle. It must be asked for precomposed letters, tone by tone.
    fn by_iconv(from: &str, bytes: &[u8]) -> Option<String> {
        use std::io::Write;
        let mut child = std::process::Command::new("iconv")
            .args(["-f", from, "-t", "UTF-8"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .inspect_err(|e| eprintln!("skipped: no iconv ({e})"))
            .ok()?;
        child.stdin.take().unwrap().write_all(bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        Some(String::from_utf8(output.stdout).unwrap().nfc().collect())
    }

    #[test]
    fn tcvn3_as_the_c_library_reads_it() {
        let mut letters = String::new();
        // A letter before each, so that the combining tones of B0-B4 have something to stand on.
        for byte in 0xa1..=0xfe_u8 {
            if let Ok(text) = Charset::Tcvn3.decode(&[b'.', byte]) {
                let Some(oracle) = by_iconv("TCVN", &[b'.', byte]) else { return };
                assert_eq!(text, oracle, "{byte:#x}");
                letters.push_str(text.trim_start_matches('.'));
            }
        }
        for letter in SMALL.chars().filter(|c| !c.is_ascii()).chain("ĂÂÊÔƠƯĐ".chars()) {
            assert!(letters.contains(letter), "{letter} has no byte");
        }
        assert!(Charset::Tcvn3.decode(b"\xff").is_err());
        assert_eq!(Charset::Tcvn3.decode(&windows_1252("Th\u{de} x\u{b7} C\u{f6}a L\u{df}")).unwrap(), "Thị xã Cửa Lò");
    }

    #[test]
    fn windows_1258_every_letter_composed() {
        for letter in SMALL.chars().chain(SMALL.to_uppercase().chars()) {
            let parts: Vec<char> = letter.nfd().collect();
            let is_tone = |c: &char| "\u{300}\u{301}\u{303}\u{309}\u{323}".contains(*c);
            let base: String = parts.iter().copied().filter(|c| !is_tone(c)).nfc().collect();
            let spelt: String = base.chars().chain(parts.iter().copied().filter(is_tone)).collect();
            let (bytes, _, unmappable) = encoding_rs::WINDOWS_1258.encode(&spelt);
            assert!(!unmappable, "{letter}");
            assert_eq!(Charset::WINDOWS_1258.decode(&bytes).unwrap(), letter.to_string());
            if let Some(oracle) = by_iconv("CP1258", &bytes) {
                assert_eq!(oracle, letter.to_string());
            }
        }
        assert!(Charset::WINDOWS_1258.decode(b"a\x8a").is_err(), "a byte that the code page leaves out");
    }

    #[test]
    fn utf8_is_strict_and_says_what_it_saw() {
        assert_eq!(Charset::Utf8.decode("Nghệ An".as_bytes()).unwrap(), "Nghệ An");
        let error = Charset::Utf8.decode(b"Ngh\xd6 An").unwrap_err().to_string();
        assert!(error.contains(r"`Ngh\xd6 An` is no utf-8 text"), "{error}");
    }

    #[test]
    fn names_come_back() {
        for (name, encoding) in NAMES {
            assert_eq!(name.parse(), Ok(encoding));
            assert_eq!(encoding.to_string(), name);
        }
        assert!("latin1".parse::<Encoding>().unwrap_err().contains("latin1"));
    }
}
