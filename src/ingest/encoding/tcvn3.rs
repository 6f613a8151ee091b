//! TCVN 5712:1993 VN3, called TCVN3 or ABC: one byte a letter, above ASCII.

use super::windows_sign;

/// From 0xA0. A dot where the standard has nothing; the five of 0xB0 are combining tones.
const LETTERS: &str = "\u{a0}ĂÂÊÔƠƯĐăâêôơưđ.\
\u{300}\u{309}\u{303}\u{301}\u{323}àảãáạ.ằẳẵắ.\
......ặầẩẫấậè.ẻẽ\
éẹềểễếệìỉ...ĩíịò\
.ỏõóọồổỗốộờởỡớợù\
.ủũúụừửữứựỳỷỹýỵ.";

/// U+FFFD for a byte that is no text. Not composed.
pub(super) fn decode(bytes: &[u8]) -> String {
    let letters: Vec<char> = LETTERS.chars().collect();
    let letter = |byte: u8| match byte {
        0..0x80 => char::from(byte),
        0x80..0xa0 => windows_sign(byte),
        _ => {
            letters.get(usize::from(byte) - 0xa0).copied().filter(|&c| c != '.').unwrap_or(char::REPLACEMENT_CHARACTER)
        }
    };
    bytes.iter().map(|&byte| letter(byte)).collect()
}
