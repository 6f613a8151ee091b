//! What somebody asks for.

use super::form::{self, Fit};
use super::near::Near;
use crate::model::Audience;

/// A search.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The form of what was typed, without its end.
    pub form: Vec<u8>,
    /// Its words, the longest first; none that another one begins with, which finds it anyway.
    pub words: Vec<Vec<u8>>,
    /// Where they look.
    pub near: Option<Near>,
    /// How many features they want, at least 1.
    pub limit: usize,
    /// Who asks.
    pub audience: Audience,
}

impl Asked {
    /// Reads what was typed.
    #[must_use]
    pub fn new(typed: &str, near: Option<Near>, limit: usize, audience: Audience) -> Self {
        let mut form = Vec::new();
        form::write(typed, &mut form);
        form.pop();
        let mut all: Vec<&[u8]> = form::words(&form).collect();
        all.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
        let mut words: Vec<Vec<u8>> = Vec::new();
        for word in all {
            if !words.iter().any(|known| known.starts_with(word)) {
                words.push(word.to_vec());
            }
        }
        Self { form, words, near, limit: limit.max(1), audience }
    }

    /// Whether nothing was typed that a name could have.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The part of a text that answers best: one item of a list where one holds all words, else the whole.
    #[must_use]
    pub fn part<'t>(&self, text: &'t str) -> &'t str {
        let fits = |item: &&'t str| self.fit(item);
        let items = text.split([',', ';', '\n']).map(str::trim).filter(|item| fits(item).is_some());
        items.min_by_key(fits).unwrap_or(text)
    }

    /// How well an item answers, `None` where it does not.
    fn fit(&self, text: &str) -> Option<Fit> {
        let mut form = Vec::new();
        form::write(text, &mut form);
        form.pop();
        form::fit(&form, true, &self.form, &self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;
    use crate::model::Audience;

    fn asked(typed: &str) -> Asked {
        Asked::new(typed, None, 10, Audience::Public)
    }

    #[test]
    fn a_word_that_another_begins_with_is_asked_once() {
        let table: [(&str, &[&str]); 5] = [
            ("Trường Vinh", &["truong", "vinh"]),
            ("vi vinh VINH v", &["vinh"]),
            ("L-0", &["l", "0"]),
            ("\u{301} \u{0}", &[]),
            ("", &[]),
        ];
        for (typed, expected) in table {
            let mut words: Vec<String> =
                asked(typed).words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect();
            words.sort_unstable();
            let mut expected: Vec<String> = expected.iter().map(|&word| word.to_owned()).collect();
            expected.sort_unstable();
            assert_eq!(words, expected, "{typed:?}");
        }
    }

    #[test]
    fn of_a_list_the_item_that_answers_is_shown() {
        let merged = "Phường Lam Sơn Đông, Phường Lam Sơn, Xã Ba Đình (thị xã Bỉm Sơn)";
        let table = [
            ("lam sơn", "Phường Lam Sơn"),
            ("lam", "Phường Lam Sơn Đông"),
            ("bim son ba dinh", "Xã Ba Đình (thị xã Bỉm Sơn)"),
            ("lam son ba dinh", merged),
        ];
        for (typed, expected) in table {
            assert_eq!(asked(typed).part(merged), expected, "{typed}");
        }
    }
}
