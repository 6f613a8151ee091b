//! Texts as the search compares them: folded, letters and digits alone, one mark between two words.

use crate::index::fold::fold;

/// Ends a text. The marks are smaller than the bytes of any letter, so that in their order a name comes before longer ones.
pub const END: u8 = 0;
/// Between the items of a list (`,`, `;`, a new line): what follows may be a name by itself.
pub const ITEM: u8 = 1;
/// Before what is said aside, in parentheses: the name ends here.
pub const ASIDE: u8 = 2;
/// Between two words.
pub const SPACE: u8 = b' ';

/// What stands before the name of an administrative unit and is no part of it: `Vinh` is the name of `Thành phố Vinh`.
const UNIT_TYPES: [&[u8]; 9] =
    [b"phuong ", b"xa ", b"thi tran ", b"dac khu ", b"quan ", b"huyen ", b"thi xa ", b"thanh pho ", b"tinh "];

/// Appends the form of a text and [`END`]. That of a text without letters and digits is empty.
pub fn write(text: &str, to: &mut Vec<u8>) {
    let start = to.len();
    let mut pause = None;
    for letter in fold(text).chars() {
        if letter.is_alphanumeric() {
            to.extend(pause.take().filter(|_| to.len() > start));
            to.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            let mark = match letter {
                ',' | ';' | '\n' => ITEM,
                '(' => ASIDE,
                _ => SPACE,
            };
            pause = Some(pause.map_or(mark, |known: u8| known.min(mark)));
        }
    }
    to.push(END);
}

/// The words of a form without its end.
pub fn words(form: &[u8]) -> impl Iterator<Item = &[u8]> {
    form.split(|&byte| byte <= SPACE).filter(|word| !word.is_empty())
}

/// Calls `found` with the place of every word of a form, and whether a name begins with it: the whole text, an item where it is a
/// `list` of names, or one of them without the type of unit.
pub fn beginnings(form: &[u8], list: bool, mut found: impl FnMut(usize, bool)) {
    let mut bare = None;
    let mut before = ITEM;
    for (place, &byte) in form.iter().enumerate() {
        if before <= SPACE && byte > SPACE {
            let name = place == 0 || list && before == ITEM;
            if name {
                bare = unit_type(&form[place..]).map(|length| place + length);
            }
            found(place, name || bare == Some(place));
        }
        before = byte;
    }
}

fn unit_type(form: &[u8]) -> Option<usize> {
    UNIT_TYPES.iter().find(|known| form.starts_with(known)).map(|known| known.len())
}

/// Whether a word of the form begins with `word`.
#[must_use]
pub fn holds(form: &[u8], word: &[u8]) -> bool {
    form.starts_with(word) || form.windows(word.len() + 1).any(|window| window[0] <= SPACE && window[1..] == *word)
}

/// How well a form answers to another one, the better the smaller; `None` where a word is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// A name in it is the other form.
    Whole,
    /// A name in it begins with the other form.
    Begins,
    /// Each word of the other form begins a word of it.
    Words,
}

/// How well `form`, which may be a `list` of names, answers to `asked`, whose words are `words`.
#[must_use]
pub fn fit(form: &[u8], list: bool, asked: &[u8], words: &[Vec<u8>]) -> Option<Fit> {
    let mut best = (!words.is_empty() && words.iter().all(|word| holds(form, word))).then_some(Fit::Words);
    beginnings(form, list, |place, name| {
        if name && let Some(rest) = form[place..].strip_prefix(asked) {
            let whole = rest.first().is_none_or(|&next| next <= ASIDE);
            best = best.min(Some(if whole { Fit::Whole } else { Fit::Begins }));
        }
    });
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Vec<u8> {
        let mut form = Vec::new();
        write(text, &mut form);
        assert_eq!(form.pop(), Some(END));
        form
    }

    #[test]
    fn marks_stand_between_words_and_nowhere_else() {
        let table: [(&str, &[u8]); 9] = [
            ("Trường  Vinh ", b"truong vinh"),
            ("L-0001/Đ", b"l 0001 d"),
            ("Phường Ba Đình (thị xã Bỉm Sơn), Xã Hà Vinh", b"phuong ba dinh\x02thi xa bim son\x01xa ha vinh"),
            ("(Vinh)", b"vinh"),
            ("1, 5;12\n", b"1\x015\x0112"),
            ("\0\u{1}a\u{2}b\u{7f}", b"a b"),
            ("\u{301}\u{323}", b""),
            (" ,;( ", b""),
            ("", b""),
        ];
        for (text, expected) in table {
            assert_eq!(form(text), expected, "{text:?}");
        }
    }

    #[test]
    fn names_begin_texts_and_items_with_the_type_of_unit_and_without() {
        let table: [(&str, &[&str], &[&str]); 4] = [
            ("Thành phố Vinh", &["thanh pho vinh", "vinh"], &["pho vinh"]),
            ("Xã Hà (huyện A), Thị xã B", &["xa ha", "ha", "thi xa b", "b"], &["huyen a", "a", "xa b"]),
            ("Xã", &["xa"], &[]),
            ("Xanh", &["xanh"], &[]),
        ];
        for (text, names, others) in table {
            let form = form(text);
            let (mut found_names, mut found_others) = (Vec::new(), Vec::new());
            beginnings(&form, true, |place, name| {
                let end = form[place..].iter().position(|&byte| byte < SPACE).map_or(form.len(), |end| place + end);
                let rest = String::from_utf8_lossy(&form[place..end]).into_owned();
                if name { found_names.push(rest) } else { found_others.push(rest) }
            });
            assert_eq!((found_names, found_others), (owned(names), owned(others)), "{text}");
        }
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_text_answers_whole_at_its_beginning_or_by_its_words() {
        let merged = "Phường Đông Sơn, Phường Ba Đình (thị xã Bỉm Sơn), Xã Hà Vinh";
        let table = [
            ("Trường Vinh", "truong vinh", Some(Fit::Whole)),
            ("Trường Vinh", "TRƯỜNG VI", Some(Fit::Begins)),
            ("Trường Vinh", "vinh truong", Some(Fit::Words)),
            ("Trường Vinh", "vi", Some(Fit::Words)),
            ("Trường Vinh", "inh", None),
            ("Trường Vinh", "truong vinh phu", None),
            ("Trường Vinh", "", None),
            ("Thuỷ Hoà", "thủy hòa", Some(Fit::Whole)),
            (merged, "ba dinh", Some(Fit::Whole)),
            (merged, "phường ba đình", Some(Fit::Whole)),
            (merged, "xã ba đình", Some(Fit::Words)),
            (merged, "bim son", Some(Fit::Words)),
            (merged, "ha vinh dong son", Some(Fit::Words)),
            ("L-000123", "l-0", Some(Fit::Begins)),
        ];
        for (text, asked, expected) in table {
            let asked_form = form(asked);
            let words: Vec<Vec<u8>> = words(&asked_form).map(<[u8]>::to_vec).collect();
            let found = if asked_form.is_empty() { None } else { fit(&form(text), true, &asked_form, &words) };
            assert_eq!(found, expected, "{asked} in {text}");
        }
        let crossing = form("Ngã tư Trần Phú, Vinh");
        assert_eq!(fit(&crossing, false, b"vinh", &[b"vinh".to_vec()]), Some(Fit::Words), "it is not called Vinh");
    }
}
