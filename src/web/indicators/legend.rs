//! Classes as people read them: colours, and numbers as each language writes them.

use serde_json::{Value as Json, json};

use super::painted::Painted;
use crate::index::sheet::Unit;
use crate::model::Indicator;

/// Digits from which thousands are parted: a year does not read as a quantity.
const PARTED: usize = 5;

/// The entries of a legend, from the lowest class to the highest.
pub(super) fn legend(painted: &Painted) -> Vec<Json> {
    let units = &painted.sheet.units;
    let colors = colors(&painted.choice.indicator, painted.breaks.len());
    let decimals = painted.choice.indicator.decimals;
    let mut from = units.iter().filter_map(Unit::value).fold(f64::INFINITY, f64::min);
    let mut entries = Vec::with_capacity(painted.breaks.len());
    for (class, (&to, color)) in painted.breaks.iter().zip(colors).enumerate() {
        let count = units.iter().filter(|unit| painted.class_of(unit) == Some(class)).count();
        let text = |write: fn(f64, usize) -> String| {
            let ends = [from, to].map(|end| write(end, decimals));
            if ends[0] == ends[1] { ends[0].clone() } else { ends.join(" – ") }
        };
        entries.push(json!({
            "class": class, "from": from, "to": to, "color": color, "count": count,
            "text": {"vi": text(vietnamese), "en": text(english)},
        }));
        from = to;
    }
    entries
}

/// One colour a class: those of the indicator where they are as many, else evenly between them.
fn colors(indicator: &Indicator, classes: usize) -> Vec<String> {
    let given = &indicator.colors;
    match (given.len(), classes) {
        (_, 0) => Vec::new(),
        (known, classes) if known == classes => given.clone(),
        (known, 1) => vec![given[known / 2].clone()],
        (known, classes) => (0..classes).map(|class| between(given, class * (known - 1), classes - 1)).collect(),
    }
}

/// The colour at `at / of` steps along a list.
fn between(colors: &[String], at: usize, of: usize) -> String {
    let (first, rest) = (at / of, at % of);
    let next = (first + 1).min(colors.len() - 1);
    let channel = |color: &str, place: usize| {
        color.get(1 + 2 * place..3 + 2 * place).and_then(|hex| usize::from_str_radix(hex, 16).ok()).unwrap_or_default()
    };
    let mixed =
        |place| (channel(&colors[first], place) * (of - rest) + channel(&colors[next], place) * rest + of / 2) / of;
    format!("#{:02x}{:02x}{:02x}", mixed(0), mixed(1), mixed(2))
}

/// `12.345,6`
pub(super) fn vietnamese(value: f64, decimals: usize) -> String {
    written(value, decimals, '.', ',')
}

/// `12,345.6`
pub(super) fn english(value: f64, decimals: usize) -> String {
    written(value, decimals, ',', '.')
}

fn written(value: f64, decimals: usize, thousands: char, point: char) -> String {
    let plain = format!("{value:.decimals$}");
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let sign = if digits.bytes().all(|b| matches!(b, b'0' | b'.')) { "" } else { sign };
    let mut text = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && whole.len() >= PARTED && (whole.len() - place).is_multiple_of(3) {
            text.push(thousands);
        }
        text.push(digit);
    }
    if !rest.is_empty() {
        text.push(point);
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_each_language_does() {
        for (value, decimals, vi, en) in [
            (0.0, 0, "0", "0"),
            (-0.01, 1, "0,0", "0.0"),
            (999.95, 1, "1000,0", "1000.0"),
            (1234.0, 0, "1234", "1234"),
            (12_345.0, 0, "12.345", "12,345"),
            (1_234_567.891, 2, "1.234.567,89", "1,234,567.89"),
            (-98_765.4, 1, "-98.765,4", "-98,765.4"),
        ] {
            assert_eq!((vietnamese(value, decimals).as_str(), english(value, decimals).as_str()), (vi, en));
        }
    }

    #[test]
    fn colours_lie_evenly_between_those_that_are_given() {
        let given = ["#000000", "#646464", "#ffffff"].map(str::to_owned);
        let of = |classes: usize| (0..classes).map(|class| between(&given, class * 2, classes - 1)).collect::<Vec<_>>();
        assert_eq!(of(2), ["#000000", "#ffffff"]);
        assert_eq!(of(3), given);
        assert_eq!(of(5), ["#000000", "#323232", "#646464", "#b2b2b2", "#ffffff"]);
    }
}
