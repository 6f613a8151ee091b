//! Values of indicators from a CSV: a row is a unit's code, an indicator, a period and a value.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::csv::{Rows, find_charset};
use super::encoding::Charset;
use super::input::Input;
use super::read::{ReadError, excerpt, refusal};
use super::report::{Fault, Reason, Refusal};
use super::source::{Format, Raw};
use super::{Encoding, format, periods, values};
use crate::model::indicator::Merge;
use crate::model::{FeatureId, FieldType, Indication, Indications, Indicator, IndicatorId, LayerId, Period, Value};

/// The columns, and how offices call them. Compared without case, with `_` for blanks and hyphens.
const COLUMNS: [(&str, &[&str]); 4] = [
    (
        "unit",
        &[
            "unit",
            "unit_code",
            "code",
            "ward_code",
            "ma_xa",
            "ma_don_vi",
            "ma_dvhc",
            "mã_xã",
            "mã_đơn_vị",
            "mã_đvhc",
            "mã",
        ],
    ),
    (
        "indicator",
        &[
            "indicator",
            "kpi",
            "ma_chi_so",
            "chi_so",
            "ma_chi_tieu",
            "chi_tieu",
            "mã_chỉ_số",
            "chỉ_số",
            "mã_chỉ_tiêu",
            "chỉ_tiêu",
        ],
    ),
    ("period", &["period", "ky", "ky_bao_cao", "thoi_gian", "kỳ", "kì", "kỳ_báo_cáo", "kì_báo_cáo", "thời_gian"]),
    ("value", &["value", "gia_tri", "so_lieu", "ket_qua", "giá_trị", "số_liệu", "kết_quả"]),
];

/// What a code is in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A unit of today, or an old one that went into one of them.
    Known,
    /// An old one of which several of today have parts.
    Divided(Vec<String>),
    /// An old one that was no more in the period; and the unit that it went into.
    Over(String),
    /// Nobody's.
    Unknown,
}

/// What values are judged by.
pub struct Judge<'a> {
    /// The indicators that there are.
    pub indicators: &'a [Arc<Indicator>],
    /// Nothing is told of a period that begins later.
    pub today: NaiveDate,
    /// What a code is among the units of a layer, in a period.
    pub unit: &'a dyn Fn(&LayerId, &str, Period) -> Unit,
}

/// The whole account of an import of values, as `--report` writes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndicatorReport {
    /// The file as it was named.
    pub file: String,
    /// The encoding of its texts.
    pub encoding: String,
    /// Rows in the file.
    pub read: u64,
    /// Rows taken.
    pub accepted: u64,
    /// Whether the store was written.
    pub written: bool,
    /// By indicator the rows taken.
    pub indicators: BTreeMap<String, u64>,
    /// Columns that mean nothing here.
    pub ignored_columns: Vec<String>,
    /// What was refused.
    pub refusals: Vec<Refusal>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum IndicatorError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It is no CSV.
    #[error("{} is {found}; values of indicators are read from CSV: save it as CSV UTF-8", path.display())]
    NoCsv {
        /// The file.
        path: PathBuf,
        /// What it looks like.
        found: String,
    },
    /// A column is missing, or there twice.
    #[error("{}: its header ({header}) {fault}; wanted are unit, indicator, period and value", path.display())]
    Header {
        /// The file.
        path: PathBuf,
        /// As it stands there.
        header: String,
        /// What is wrong.
        fault: String,
    },
    /// The file ends early.
    #[error("{}: {reason}; nothing was imported: get the whole file", report.file)]
    Truncated {
        /// The reader's words.
        reason: String,
        /// What was found until then.
        report: Box<IndicatorReport>,
    },
    /// More than the refused share, or all.
    #[error(
        "{}: {} of {} rows were refused, more than the {:.1} % that may be; nothing was imported: mend them, or allow more with --refuse-share",
        report.file, report.refusals.len(), report.read, allowed * 100.0
    )]
    TooManyRefused {
        /// What may be.
        allowed: f64,
        /// What was found.
        report: Box<IndicatorReport>,
    },
}

impl IndicatorError {
    /// What was found, where the file could be read.
    #[must_use]
    pub fn report(&self) -> Option<&IndicatorReport> {
        match self {
            Self::Truncated { report, .. } | Self::TooManyRefused { report, .. } => Some(report),
            Self::Read(_) | Self::NoCsv { .. } | Self::Header { .. } => None,
        }
    }
}

/// Judges every row of a file and gathers the values that may go in, by layer. Of rows that tell the same the first is taken.
pub fn read(
    path: &Path,
    encoding: Encoding,
    refuse_share: f64,
    judge: &Judge<'_>,
) -> Result<(Vec<Indications>, IndicatorReport), IndicatorError> {
    let mut table = Table::open(path, encoding)?;
    let mut taken: BTreeMap<LayerId, Vec<Indication>> = BTreeMap::new();
    let mut first: HashMap<(IndicatorId, FeatureId, Period), u64> = HashMap::new();
    loop {
        let row = match table.rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            Err(reason) => return Err(IndicatorError::Truncated { reason, report: Box::new(table.report) }),
        };
        table.report.read += 1;
        let number = table.report.read;
        let judged = table.cells(&row).and_then(|cells| judged(judge, &cells));
        let judged = judged.and_then(|(layer, one)| {
            let before = *first.entry((one.indicator.clone(), one.unit.clone(), one.period)).or_insert(number);
            let again =
                || format!("row {before} tells `{}` of `{}` in {} already", one.indicator, one.unit, one.period);
            if before == number { Ok((layer, one)) } else { Err(Fault::new(Reason::DuplicateValue, again())) }
        });
        match judged {
            Ok((layer, one)) => {
                table.report.accepted += 1;
                *table.report.indicators.entry(one.indicator.to_string()).or_default() += 1;
                taken.entry(layer).or_default().push(one);
            }
            Err(fault) => table.report.refusals.push(Refusal { fault, ..refusal(number, Reason::Unreadable, "") }),
        }
    }
    let report = table.report;
    #[expect(clippy::cast_precision_loss, reason = "rows of a file")]
    let share = report.refusals.len() as f64 / report.read.max(1) as f64;
    if share > refuse_share || (report.accepted == 0 && report.read > 0) {
        return Err(IndicatorError::TooManyRefused { allowed: refuse_share, report: Box::new(report) });
    }
    Ok((taken.into_iter().map(|(layer, list)| Indications::new(layer, list)).collect(), report))
}

/// A file whose header is understood.
struct Table {
    rows: Rows,
    charset: Charset,
    /// How many columns it has, and which are those of [`COLUMNS`].
    width: usize,
    places: [usize; 4],
    report: IndicatorReport,
}

impl Table {
    fn open(path: &Path, encoding: Encoding) -> Result<Self, IndicatorError> {
        let found = format::detect(path)?;
        if found != format::Found::Csv {
            return Err(IndicatorError::NoCsv { path: path.into(), found: found.title().to_owned() });
        }
        let malformed = |reason: String| ReadError::malformed(path, Format::Csv, reason);
        let input = Input::open(path)?;
        let charset = match encoding.charset() {
            Some(charset) => charset,
            None => find_charset(path, &input)?,
        };
        let mut rows = Rows::new(input.bytes().map_err(ReadError::io(path))?).map_err(ReadError::io(path))?;
        let header = rows.next().map_err(malformed)?.ok_or_else(|| malformed("it has no header".into()))?;
        let names = header.iter().map(|name| charset.decode(name.trim_ascii())).collect::<Result<Vec<String>, _>>();
        let names = names.map_err(|error| malformed(error.to_string()))?;
        let places = places(&names).map_err(|fault| IndicatorError::Header {
            path: path.into(),
            header: excerpt(&names.join(", ")),
            fault,
        })?;
        let ignored = names.iter().enumerate().filter(|(at, _)| !places.contains(at)).map(|(_, name)| name.clone());
        let report = IndicatorReport {
            file: path.display().to_string(),
            encoding: charset.name(),
            read: 0,
            accepted: 0,
            written: false,
            indicators: BTreeMap::new(),
            ignored_columns: ignored.filter(|name| !name.is_empty()).collect(),
            refusals: Vec::new(),
        };
        Ok(Self { rows, charset, width: names.len(), places, report })
    }

    /// Unit, indicator, period and value of a row.
    fn cells(&self, row: &::csv::ByteRecord) -> Result<[String; 4], Fault> {
        if row.len() < self.width || row.iter().skip(self.width).any(|value| !value.is_empty()) {
            let message = format!("the row has {} values, the header {}", row.len(), self.width);
            return Err(Fault::new(Reason::Unreadable, message));
        }
        let mut cells: [String; 4] = Default::default();
        for ((cell, place), (name, _)) in cells.iter_mut().zip(self.places).zip(COLUMNS) {
            let text = self.charset.decode(row.get(place).unwrap_or_default());
            let text = text.map_err(|error| Fault::new(Reason::WrongEncoding, error.to_string()).of(name))?;
            let text = values::text(&Raw::Text(text)).map_err(|fault| fault.of(name))?;
            *cell = text.ok_or_else(|| Fault::new(Reason::MissingField, "it is empty").of(name))?;
        }
        Ok(cells)
    }
}

fn places(names: &[String]) -> Result<[usize; 4], String> {
    let plain = |name: &String| values::nfc(name.trim()).to_lowercase().replace([' ', '-'], "_");
    let names: Vec<String> = names.iter().map(plain).collect();
    let mut places = [0; 4];
    for (place, (column, aliases)) in places.iter_mut().zip(COLUMNS) {
        let found: Vec<usize> = (0..names.len()).filter(|&at| aliases.contains(&names[at].as_str())).collect();
        *place = match found[..] {
            [one] => one,
            [] => return Err(format!("has no column `{column}`")),
            _ => {
                let all = found.iter().map(|&at| names[at].as_str()).collect::<Vec<_>>().join(", ");
                return Err(format!("has several columns that mean `{column}`: {all}"));
            }
        };
    }
    Ok(places)
}

fn judged(judge: &Judge<'_>, [unit, indicator, period, value]: &[String; 4]) -> Result<(LayerId, Indication), Fault> {
    let known = judge.indicators.iter().find(|known| known.id.as_str() == indicator);
    let known = known.ok_or_else(|| {
        let ids: Vec<&str> = judge.indicators.iter().map(|known| known.id.as_str()).collect();
        Fault::new(Reason::UnknownIndicator, format!("`{}` is none of {}", excerpt(indicator), ids.join(", ")))
    })?;
    let read = periods::read(period).ok_or_else(|| {
        let example = known.every.example();
        Fault::new(Reason::BadPeriod, format!("`{}` is no period: write it as {example}", excerpt(period)))
    })?;
    if read.every() != known.every {
        let example = known.every.example();
        let message = format!("{read} is of another length than those of `{}`: write it as {example}", known.id);
        return Err(Fault::new(Reason::BadPeriod, message));
    }
    if read.first_day() > judge.today {
        let message = format!(
            "{read} has not begun, it is {}: targets of later periods stand in the indicator's file",
            judge.today
        );
        return Err(Fault::new(Reason::BadPeriod, message));
    }
    check_unit(judge, known, unit, read)?;
    let value = number(known, value)?;
    let unit = FeatureId::new(unit).ok_or_else(|| Fault::new(Reason::MissingField, "it is empty").of("unit"))?;
    Ok((known.layer.clone(), Indication { indicator: known.id.clone(), unit, period: read, value }))
}

fn check_unit(judge: &Judge<'_>, indicator: &Indicator, code: &str, period: Period) -> Result<(), Fault> {
    let shown = excerpt(code);
    match (judge.unit)(&indicator.layer, code, period) {
        Unit::Known => Ok(()),
        Unit::Divided(heirs) => Err(Fault::new(
            Reason::DividedUnit,
            format!("`{shown}` was divided among {}: its value cannot be shared out", heirs.join(", ")),
        )),
        Unit::Over(heir) => Err(Fault::new(
            Reason::UnknownUnit,
            format!("`{shown}` had become part of `{heir}` by {period}: tell the value of that one"),
        )),
        Unit::Unknown => Err(Fault::new(
            Reason::UnknownUnit,
            format!(
                "`{shown}` is no unit of the layer `{}`, and no old one that it knows (see `former_codes` in docs/indicators.md)",
                indicator.layer
            ),
        )),
    }
}

/// What a number would be whose point parts thousands, as Viet Nam writes them: one to three digits, a point, three digits. `None` where it
/// cannot be so: the first digit is 0, the indicator tells as many digits behind the point, or has no such values.
fn grouped(indicator: &Indicator, text: &str) -> Option<f64> {
    let (sign, plain) = text.strip_prefix('-').map_or((1.0, text), |plain| (-1.0, plain));
    let (whole, tail) = plain.strip_prefix('+').unwrap_or(plain).split_once('.')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let looks_so = (1..=3).contains(&whole.len()) && tail.len() == 3 && digits(whole) && digits(tail);
    if !looks_so || whole.starts_with('0') || indicator.decimals >= 3 {
        return None;
    }
    let value = sign * format!("{whole}{tail}").parse::<f64>().ok()?;
    indicator.range.is_none_or(|[least, greatest]| (least..=greatest).contains(&value)).then_some(value)
}

fn number(indicator: &Indicator, text: &str) -> Result<f64, Fault> {
    // A spreadsheet may write the sign that the unit has already.
    let bare = if indicator.unit.vi == "%" { text.trim_end_matches('%').trim_end() } else { text };
    let read = values::read(&Raw::Text(bare.to_owned()), FieldType::Real).map_err(|fault| fault.of("value"))?;
    let Some(Value::Real(value)) = read else {
        return Err(Fault::new(Reason::MissingField, "it is empty").of("value"));
    };
    // 12.345 people are twelve thousand to whoever writes so.
    let tail = bare.rsplit_once(['.', ',']).map(|(_, tail)| tail);
    let in_thousands = tail.is_some_and(|tail| tail.len() == 3 && tail.bytes().all(|byte| byte.is_ascii_digit()));
    if indicator.decimals == 0 && indicator.merge == Some(Merge::Sum) && (in_thousands || value.fract() != 0.0) {
        let message = format!("`{}` is no whole number: write no points or commas for thousands", excerpt(text));
        return Err(Fault::new(Reason::UnparsableField, message).of("value"));
    }
    if let Some(grouped) = grouped(indicator, bare) {
        let message = format!(
            "`{}` may be {grouped} or {value}: write {grouped} without a point, or {bare}0 if the point is a decimal one",
            excerpt(text)
        );
        return Err(Fault::new(Reason::UnparsableField, message).of("value"));
    }
    match indicator.range {
        Some([least, greatest]) if !(least..=greatest).contains(&value) => {
            let message = format!("`{}` is not between {least} and {greatest}", excerpt(text));
            Err(Fault::new(Reason::OutOfRange, message).of("value"))
        }
        _ => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Title;
    use crate::model::indicator::Method;
    use crate::model::period::Every;

    /// Billions that are spent in a year.
    fn indicator(decimals: usize, range: Option<[f64; 2]>) -> Indicator {
        let title = || Title { vi: "tỷ đồng".to_owned(), en: "billion dong".to_owned() };
        Indicator {
            id: IndicatorId::new("spent").expect("a name"),
            title: title(),
            description: title(),
            unit: title(),
            layer: LayerId::new("wards").expect("a name"),
            every: Every::Year,
            direction: None,
            target: None,
            targets: Vec::new(),
            decimals,
            merge: Some(Merge::Sum),
            range,
            agency: title(),
            source: String::new(),
            method: Method::Jenks,
            classes: 5,
            colors: Vec::new(),
        }
    }

    #[test]
    fn a_point_that_may_part_thousands_is_asked_about() {
        for (text, decimals, range, expected) in [
            ("1.234", 1, None, Err("`1.234` may be 1234 or 1.234: write 1234 without a point, or 1.2340")),
            ("1.234", 2, None, Err("may be 1234")),
            ("12.500", 1, None, Err("`12.500` may be 12500 or 12.5: write 12500 without a point, or 12.5000")),
            ("-123.456", 1, None, Err("may be -123456 or -123.456")),
            ("+1.234", 1, None, Err("may be 1234 or 1.234")),
            ("1.234", 1, Some([0.0, 1234.0]), Err("may be 1234")),
            ("1.234", 3, None, Ok(1.234)),
            ("1.234", 1, Some([0.0, 1233.0]), Ok(1.234)),
            ("0.125", 1, None, Ok(0.125)),
            ("0.125", 2, None, Ok(0.125)),
            ("1.2340", 1, None, Ok(1.234)),
            ("1234", 1, None, Ok(1234.0)),
            ("1234.567", 1, None, Ok(1234.567)),
            ("1.23", 1, None, Ok(1.23)),
            ("1.5", 1, None, Ok(1.5)),
            ("1,23", 1, None, Ok(1.23)),
            ("1,234", 1, None, Err("the comma may be decimal or for thousands")),
            ("1.234.567", 1, None, Err("number")),
        ] {
            match (number(&indicator(decimals, range), text), expected) {
                (Ok(found), Ok(value)) => assert!((found - value).abs() < 1e-12, "{text}: {found}"),
                (Err(fault), Err(part)) => assert!(fault.message.contains(part), "{text}: {}", fault.message),
                (found, _) => panic!("{text} with {decimals}, {range:?}: {found:?}, not {expected:?}"),
            }
        }
    }
}
