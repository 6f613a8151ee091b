//! The pattern of a LIKE: `%` is any text, `_` is any one character, `\` takes the next character as it is.

/// A pattern, taken apart at each `%`.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Each found after the one before it. The first is the start of a text, the last its end, unless empty.
    pieces: Vec<Vec<Unit>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Unit {
    Any,
    Is(char),
}

impl Unit {
    fn fits(self, c: char) -> bool {
        match self {
            Self::Any => true,
            Self::Is(own) => own == c,
        }
    }
}

impl Pattern {
    /// Every text is a pattern; a backslash at the end is itself.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut pieces = vec![Vec::new()];
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            let unit = match c {
                '%' => {
                    pieces.push(Vec::new());
                    continue;
                }
                '_' => Unit::Any,
                '\\' => Unit::Is(rest.next().unwrap_or('\\')),
                other => Unit::Is(other),
            };
            if let Some(piece) = pieces.last_mut() {
                piece.push(unit);
            }
        }
        Self { pieces }
    }

    /// Steps for a text of twenty characters, at most.
    pub fn cost(&self) -> usize {
        20 + self.pieces.iter().map(|piece| 1 + piece.len()).sum::<usize>()
    }

    /// Whether a text has this pattern. Takes at most the length of the text times that of the pattern: a piece that is found
    /// at its first place never needs another.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let [first, others @ ..] = self.pieces.as_slice() else { return false };
        let Some(mut rest) = after(first, text) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for piece in middle {
            let Some(found) = find(piece, rest) else { return false };
            rest = found;
        }
        ends_with(last, rest)
    }
}

/// What follows a piece at the start of a text.
fn after<'t>(piece: &[Unit], text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    piece.iter().all(|unit| rest.next().is_some_and(|c| unit.fits(c))).then_some(rest.as_str())
}

/// What follows the first place of a piece in a text.
fn find<'t>(piece: &[Unit], text: &'t str) -> Option<&'t str> {
    let mut rest = text.chars();
    loop {
        if let Some(found) = after(piece, rest.as_str()) {
            return Some(found);
        }
        rest.next()?;
    }
}

fn ends_with(piece: &[Unit], text: &str) -> bool {
    let mut rest = text.chars().rev();
    piece.iter().rev().all(|unit| rest.next().is_some_and(|c| unit.fits(c)))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_fit_as_written() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("%%", "abc", true),
            ("_", "", false),
            ("_", "đ", true),
            ("_%", "", false),
            ("B_r%", "Berlin", true),
            ("B_r%", "Bern", true),
            ("B_r%", "Br", false),
            ("%an", "Nghệ An", false),
            ("%An", "Nghệ An", true),
            ("N%n", "Nghệ An", true),
            ("N%n", "N", false),
            ("ab%ba", "aba", false),
            ("ab%ba", "abba", true),
            ("%a%b%c%", "xxaxbxcx", true),
            ("%a%b%c%", "cba", false),
            ("50\\%", "50%", true),
            ("50\\%", "500", false),
            ("a\\_b", "axb", false),
            ("a\\\\b", "a\\b", true),
            ("a\\", "a\\", true),
        ];
        for (pattern, text, fits) in table {
            assert_eq!(Pattern::new(pattern).fits(text), fits, "{text:?} LIKE {pattern:?}");
        }
    }

    #[test]
    fn many_wildcards_do_not_explode() {
        let pattern = Pattern::new(&"%a".repeat(500));
        assert!(!pattern.fits(&"a".repeat(499)));
        assert!(!Pattern::new(&format!("{}b", "a%".repeat(400))).fits(&"a".repeat(2_000)));
    }
}
