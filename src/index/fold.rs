//! Texts without what people leave out when they type: case, tone marks, the bar of `đ`, the place of a tone mark.
//!
//! `hoa`, `Hoà` and `Hòa` fold to one text, in NFC or NFD; so do `ĐỨC` and `duc`. Filters (CASEI, ACCENTI) and the search for
//! names share this file, so that both find the same.

use unicode_normalization::UnicodeNormalization;

/// Without case, marks and bars, in NFC: what two texts have in common that a person takes for the same name.
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    bare(&caseless(text))
}

/// Without case (Unicode 3.13, full case folding), in NFC: `STRASSE` and `Straße` are one, `Hoà` and `Hòa` are two.
///
/// Letter by letter down, up and down again parts and joins what Unicode's `CaseFolding.txt` does; only the dotless `ı` would not
/// come back from `I`, and is left alone.
#[must_use]
pub fn caseless(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfc().flat_map(folded).nfc().collect()
}

/// Without the marks above and below Latin, Greek and Cyrillic letters and without the bars of `đ`, `ø` and `ł`, in NFC. Marks of
/// other scripts stay: there they make another letter (`か` is not `が`).
#[must_use]
pub fn bare(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.nfd().filter(|&c| !is_mark(c)).map(without_bar).nfc().collect()
}

fn folded(c: char) -> impl Iterator<Item = char> {
    let dotless = c == 'ı';
    let up_and_down = c.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    up_and_down.map(move |folded| if dotless { 'ı' } else { folded })
}

/// The blocks of Unicode that hold combining diacritical marks.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

/// Bars and strokes are part of the letter in Unicode: no decomposition takes them off.
fn without_bar(c: char) -> char {
    match c {
        'đ' | 'ð' => 'd',
        'Đ' | 'Ð' => 'D',
        'ħ' => 'h',
        'Ħ' => 'H',
        'ı' => 'i',
        'ł' => 'l',
        'Ł' => 'L',
        'ø' => 'o',
        'Ø' => 'O',
        'ŧ' => 't',
        'Ŧ' => 'T',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    #[test]
    fn one_name_folds_to_one_text_however_it_is_typed() {
        let table = [
            ("hoa", &["hoa", "Hoa", "HOA", "Hoà", "Hòa", "hoà", "HOÀ", "HÒA", "hỏa", "hoả", "hóa", "hoạ"][..]),
            ("thuy", &["thủy", "thuỷ", "Thúy", "THUÝ"]),
            ("duc", &["đức", "Đức", "ĐỨC", "duc", "Duc"]),
            ("phuong truong vinh", &["phường Trường Vinh", "PHƯỜNG TRƯỜNG VINH", "phuong truong vinh"]),
            ("nghe an", &["Nghệ An", "NGHỆ AN", "nghe an"]),
            ("khong", &["không", "KHÔNG"]),
            ("dat o", &["Đất ở", "đất Ở"]),
            ("kobenhavn", &["København", "KØBENHAVN", "kobenhavn"]),
            ("strasse", &["Straße", "STRASSE", "straẞe"]),
            ("が", &["が"]),
        ];
        for (expected, names) in table {
            for name in names {
                let decomposed: String = name.nfd().collect();
                assert_eq!([fold(name), fold(&decomposed)], [expected; 2], "{name}");
                assert_eq!(caseless(&bare(name)), expected, "{name}: the two in the other order");
            }
        }
    }

    #[test]
    fn each_alone_leaves_what_it_does_not_speak_of() {
        assert_eq!(caseless("HOÀ Đông"), "hoà đông");
        assert_ne!(caseless("Hoà"), caseless("Hòa"));
        assert_eq!(bare("Hoà Đông"), "Hoa Dong");
        assert_eq!(bare("Hoà"), bare("Hòa"));
        assert_eq!(caseless("Ωδόσ"), caseless("ΩΔΌΣ"));
        assert_eq!(caseless("οδός"), caseless("ΟΔΌΣ"), "a sigma at the end is a sigma");
        assert_ne!(caseless("ı"), caseless("i"));
    }
}
