//! VNI for Windows: `Vieät` is `Việt`. A letter is followed by one byte that carries its circumflex or breve together with
//! its tone, or the tone alone; `ơ`, `ư`, `đ` and the toned `i` are bytes of their own.

use super::windows_sign;

const CIRCUMFLEX: &str = "\u{302}";
const BREVE: &str = "\u{306}";
const ACUTE: &str = "\u{301}";
const GRAVE: &str = "\u{300}";
const HOOK: &str = "\u{309}";
const TILDE: &str = "\u{303}";
const DOT: &str = "\u{323}";

/// U+FFFD for a byte that is no text. Not composed.
pub(super) fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut base = None;
    for &byte in bytes {
        if let Some(letter) = letter(byte) {
            text.push(letter);
            base = Some(letter);
            continue;
        }
        match mark(byte).filter(|(shape, _)| base.take().is_some_and(|base| carries(base, shape))) {
            Some((shape, tone)) => text.extend([shape, tone]),
            None => text.push(char::REPLACEMENT_CHARACTER),
        }
    }
    text
}

/// A byte that stands alone.
fn letter(byte: u8) -> Option<char> {
    let upper = match byte & !0x20 {
        0xcd => 'Í',
        0xcc => 'Ì',
        0xc6 => 'Ỉ',
        0xd3 => 'Ĩ',
        0xd2 => 'Ị',
        0xce => 'Ỵ',
        0xd4 => 'Ơ',
        0xd6 => 'Ư',
        0xd1 => 'Đ',
        _ if byte < 0x80 => return Some(char::from(byte)),
        _ if byte < 0xc0 => return Some(windows_sign(byte)),
        _ => return None,
    };
    if byte & 0x20 == 0 { Some(upper) } else { upper.to_lowercase().next() }
}

/// A byte that stands behind its letter: the shape and the tone. Some type a small mark behind a capital.
fn mark(byte: u8) -> Option<(&'static str, &'static str)> {
    Some(match byte & !0x20 {
        0xd9 => ("", ACUTE),
        0xd8 => ("", GRAVE),
        0xdb => ("", HOOK),
        0xd5 => ("", TILDE),
        0xcf => ("", DOT),
        0xc2 => (CIRCUMFLEX, ""),
        0xc1 => (CIRCUMFLEX, ACUTE),
        0xc0 => (CIRCUMFLEX, GRAVE),
        0xc5 => (CIRCUMFLEX, HOOK),
        0xc3 => (CIRCUMFLEX, TILDE),
        0xc4 => (CIRCUMFLEX, DOT),
        0xca => (BREVE, ""),
        0xc9 => (BREVE, ACUTE),
        0xc8 => (BREVE, GRAVE),
        0xda => (BREVE, HOOK),
        0xdc => (BREVE, TILDE),
        0xcb => (BREVE, DOT),
        _ => return None,
    })
}

fn carries(base: char, shape: &str) -> bool {
    let base = base.to_lowercase().next().unwrap_or(base);
    match shape {
        CIRCUMFLEX => "aeo".contains(base),
        BREVE => base == 'a',
        _ => "aeouyơư".contains(base),
    }
}
