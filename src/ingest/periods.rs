//! Periods as offices write them: `2026-10`, `10/2026`, `Tháng 10 năm 2026`, `Quý III/2026`, `Q3-2026`, `Năm 2026`.

use crate::model::Period;

const ROMAN: [&str; 4] = ["i", "ii", "iii", "iv"];

/// The period of a text, `None` where it is none or could be two.
pub(super) fn read(text: &str) -> Option<Period> {
    if let Ok(period) = text.parse() {
        return Some(period);
    }
    let lower = text.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty() && !["năm", "nam", "year"].contains(word)).collect();
    let written = match words[..] {
        [year] => match year.split_once('q') {
            Some((year, quarter)) => quarter_of(year, quarter)?,
            None => year.to_owned(),
        },
        ["quý" | "quy" | "quarter", quarter, year] => quarter_of(year, quarter)?,
        [part, year] if part.starts_with('q') => quarter_of(year, part.strip_prefix('q')?)?,
        [year, part] if part.starts_with('q') => quarter_of(year, part.strip_prefix('q')?)?,
        [part, year] if part.starts_with('t') => month_of(year, part.strip_prefix('t')?)?,
        [month, year] if year.len() == 4 => month_of(year, month)?,
        ["tháng" | "thang" | "month", month, year] | [year, month] => month_of(year, month)?,
        _ => return None,
    };
    written.parse().ok()
}

fn month_of(year: &str, month: &str) -> Option<String> {
    let month: u8 = month.parse().ok()?;
    Some(format!("{year}-{month:02}"))
}

fn quarter_of(year: &str, quarter: &str) -> Option<String> {
    let roman = (1..).zip(ROMAN).find(|(_, roman)| *roman == quarter).map(|(number, _)| number);
    let quarter: u8 = roman.or_else(|| quarter.parse().ok())?;
    Some(format!("{year}-Q{quarter}"))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn periods_as_offices_write_them() {
        for (text, expected) in [
            ("2026-10", "2026-10"),
            ("10/2026", "2026-10"),
            ("7/2026", "2026-07"),
            ("2026/07", "2026-07"),
            ("T7/2026", "2026-07"),
            ("T10-2026", "2026-10"),
            ("Tháng 10/2026", "2026-10"),
            ("tháng 9 năm 2026", "2026-09"),
            ("THÁNG 09 NĂM 2026", "2026-09"),
            ("Q3/2026", "2026-Q3"),
            ("Q3-2026", "2026-Q3"),
            ("2026Q3", "2026-Q3"),
            ("2026-q3", "2026-Q3"),
            ("Quý III/2026", "2026-Q3"),
            ("quý 4 năm 2025", "2025-Q4"),
            ("Quý IV-2025", "2025-Q4"),
            ("Năm 2025", "2025"),
            ("2025", "2025"),
        ] {
            assert_eq!(read(text).map(|period| period.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "10",
            "13/2026",
            "0/2026",
            "Quý V/2026",
            "Q5/2026",
            "10/26",
            "2026-10-01",
            "6 tháng 2026",
            "hôm qua",
            "t/2026",
            "q/2026",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
