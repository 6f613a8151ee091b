//! Whether a word can be a Vietnamese syllable: the measure by which a wrong decoding is told from a right one.

use unicode_normalization::UnicodeNormalization;

const INITIALS: [&str; 28] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k", "l", "m",
    "n", "p", "r", "s", "t", "v", "x", "",
];
const FINALS: [&str; 10] = ["ch", "ng", "nh", "c", "k", "m", "n", "p", "t", ""];
const NUCLEI: [&str; 64] = [
    "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "ai", "ao", "au", "ay", "âu", "ây", "eo", "êu", "ia",
    "iê", "iu", "oa", "oă", "oe", "oi", "oo", "ôi", "ơi", "ua", "uâ", "uê", "ui", "uô", "uơ", "uy", "ưa", "ưi", "ươ",
    "ưu", "yê", "iêu", "oai", "oao", "oay", "oeo", "uây", "uôi", "ươi", "ươu", "uya", "uyê", "uyu", "yêu", "uao", "ie",
    "uă", "ue", "uai", "uay", "io", "iô", "iơ",
];
const TONES: &str = "\u{300}\u{301}\u{303}\u{309}\u{323}";

/// By its letters, its one tone and the tones that its final allows. Case is not looked at.
pub(super) fn is_plausible(word: &str) -> bool {
    let (mut tone, mut tones, mut bare) = (None, 0, String::new());
    for c in word.nfd() {
        if TONES.contains(c) {
            (tone, tones) = (Some(c), tones + 1);
        } else {
            bare.push(c);
        }
    }
    let bare: String = bare.to_lowercase().nfc().collect();
    tones <= 1 && INITIALS.iter().any(|initial| bare.strip_prefix(initial).is_some_and(|rhyme| is_rhyme(rhyme, tone)))
}

fn is_rhyme(rhyme: &str, tone: Option<char>) -> bool {
    FINALS.iter().any(|last| {
        let stops = matches!(*last, "ch" | "c" | "k" | "p" | "t");
        let tone_fits = !stops || matches!(tone, Some('\u{301}' | '\u{323}'));
        tone_fits && rhyme.strip_suffix(last).is_some_and(|nucleus| NUCLEI.contains(&nucleus))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_and_others() {
        for word in
            "Nghệ An Thanh Hoá Hóa Nguyễn Đường Trường Quỳnh Quốc Cửa Lò Giường Giếng Khuyến Yên Khoắng Đắk Ý UBND ở \
            Phường HUYỆN Thuỷ Thủy Nghĩa"
                .split_whitespace()
                .filter(|word| !word.is_ascii())
        {
            assert!(is_plausible(word), "{word}");
        }
        for word in
            ["Ph−êng", "Tr\u{f0}ng", "Häc", "NghÖ", "x·", "Allộe", "Quúnh\u{fffd}", "tàc", "Vieät", "bb", "Đđ", "àà"]
        {
            assert!(!is_plausible(word), "{word}");
        }
    }
}
