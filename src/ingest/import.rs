//! A file into a layer: what was asked for, what the coordinates are, and what may come of it. Nothing is written here.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::door::{Door, first_place};
use super::fields::MapError;
use super::place::{hint, is_projected, looks_like_degrees, share};
use super::report::Report;
use super::shift::Evidence;
use super::source::Source;
use crate::crs::{Crs, CrsError, Transform};
use crate::geo::BBox;
use crate::model::{Layer, Rows};

/// Share of records that may be refused when nothing else is asked for.
pub const REFUSE_SHARE: f64 = 0.05;

/// Records that are looked at to find out what the coordinates are.
const SAMPLE: usize = 1000;

/// What becomes of the features that the layer has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// They go; the file takes their place.
    #[default]
    Replace,
    /// They stay; a record with the id of one is refused.
    Append,
    /// They stay; a record with the id of one takes its place.
    Upsert,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "replace" => Ok(Self::Replace),
            "append" => Ok(Self::Append),
            "upsert" => Ok(Self::Upsert),
            other => Err(format!("mode `{other}` is not one of replace, append, upsert")),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replace => "replace",
            Self::Append => "append",
            Self::Upsert => "upsert",
        })
    }
}

/// How a file is to be taken.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The file as people name it, for the report.
    pub file: String,
    /// `--crs`: goes before what the file declares, and is believed even against the evidence of a missing shift.
    pub crs: Option<Crs>,
    /// `--mode`.
    pub mode: Mode,
    /// `--map`: the file's name of a field and the layer's.
    pub map: Vec<(String, String)>,
    /// `--refuse-share`: above this share of refused records the import fails. 0 to 1.
    pub refuse_share: f64,
}

impl ImportOptions {
    /// Everything as it is when nothing is asked for.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self { file: file.to_owned(), crs: None, mode: Mode::Replace, map: Vec::new(), refuse_share: REFUSE_SHARE }
    }
}

/// What the layer has before the import.
pub struct Existing<'a> {
    /// The box around the feature of an id, lon/lat.
    pub find: &'a dyn Fn(&str) -> Option<BBox>,
    /// The largest id that is a number, 0 without one: where running numbers go on.
    pub largest: i64,
}

impl Existing<'_> {
    /// An empty layer.
    #[must_use]
    pub fn nothing() -> Existing<'static> {
        Existing { find: &|_| None, largest: 0 }
    }
}

/// Why nothing was taken. The layer stays as it was.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The CRS that the file declares is of no use.
    #[error("{file}: {source}")]
    Crs {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: CrsError,
    },
    /// `--map` names what is not there.
    #[error(transparent)]
    Map(#[from] MapError),
    /// Metres where nothing says which, or where degrees were declared.
    #[error("{file}: coordinates such as {sample} are metres, and {declared}; {hint}")]
    Projected {
        /// The file.
        file: String,
        /// One of its places.
        sample: String,
        /// What it says of itself.
        declared: String,
        /// The likely systems.
        hint: String,
    },
    /// Degrees where metres were declared.
    #[error(
        "{file}: coordinates such as {sample} are degrees, and {declared}, which is in metres; import it with --crs EPSG:4326"
    )]
    Degrees {
        /// The file.
        file: String,
        /// One of its places.
        sample: String,
        /// What it says of itself.
        declared: String,
    },
    /// VN-2000 without the shift.
    #[error("{file}: {evidence}; {way_out}")]
    Unshifted {
        /// The file.
        file: String,
        /// How it shows.
        evidence: Evidence,
        /// What to do.
        way_out: String,
        /// What was found; `None` when it showed before the first record.
        report: Option<Box<Report>>,
    },
    /// The file ends early.
    #[error("{}: {reason}; nothing was imported: get the whole file", report.file)]
    Truncated {
        /// The reader's words.
        reason: String,
        /// What was found until then.
        report: Box<Report>,
    },
    /// More than the refused share.
    #[error(
        "{}: {} of {} records were refused ({:.1} %), more than the {:.1} % that may be; nothing was imported: mend them, or allow \
         more with --refuse-share",
        report.file, report.refusals.len(), report.read, 100.0 * share(report.refusals.len(), count(report.read)), allowed * 100.0
    )]
    TooManyRefused {
        /// What may be.
        allowed: f64,
        /// What was found.
        report: Box<Report>,
    },
    /// The file would empty the layer.
    #[error("{}: none of its {} records can be taken, and an import never empties a layer; nothing was imported", report.file, report.read)]
    Nothing {
        /// What was found.
        report: Box<Report>,
    },
}

impl ImportError {
    /// What was found, as far as the file was read.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Truncated { report, .. } | Self::TooManyRefused { report, .. } | Self::Nothing { report } => {
                Some(report)
            }
            Self::Unshifted { report, .. } => report.as_deref(),
            Self::Crs { .. } | Self::Map(_) | Self::Projected { .. } | Self::Degrees { .. } => None,
        }
    }
}

/// Judges every record of `source` and gathers those that may go in. `progress` hears how many were read so far.
///
/// The id of a record is that of the layer's id field, else the record's own, else a running number in layers that are
/// `numbered`. Of records with one id the first is taken and the later ones are refused, in every mode.
pub fn import(
    mut source: Source,
    layer: &Arc<Layer>,
    options: &ImportOptions,
    existing: &Existing<'_>,
    progress: &dyn Fn(u64),
) -> Result<(Rows, Report), ImportError> {
    let first: Vec<_> = source.records.by_ref().take(SAMPLE).collect();
    let sample: Vec<_> = first.iter().flatten().filter_map(|record| first_place(record.geometry.as_ref()?)).collect();
    let crs = System::choose(source.crs.as_deref(), layer, options, &sample)?;
    let mut door = Door::new(&source, layer, options, existing, &crs)?;
    for record in first.into_iter().chain(source.records.by_ref()) {
        door.pass(record);
        progress(door.report.read);
    }
    if let Some(len) = source.len.filter(|&len| len != door.report.read) {
        door.report.notes.push(format!("the file announces {len} records and has {}", door.report.read));
    }
    door.close()
}

/// The file's system, made ready.
pub(super) struct System {
    pub(super) crs: Crs,
    pub(super) transform: Transform,
    pub(super) note: Option<String>,
}

impl System {
    fn choose(
        declared: Option<&str>,
        layer: &Layer,
        options: &ImportOptions,
        sample: &[[f64; 2]],
    ) -> Result<Self, ImportError> {
        let fault = |source| ImportError::Crs { file: options.file.clone(), source };
        let (crs, says, note) = match (&options.crs, declared) {
            (Some(crs), _) => (crs.clone(), format!("--crs says {crs}"), None),
            (None, Some(text)) => {
                let crs = Crs::parse(text).map_err(fault)?;
                let says = format!("the file is declared or taken to be {crs}");
                (crs, says, None)
            }
            (None, None) => {
                let note = "the file names no coordinate reference system; its coordinates are degrees and were taken as EPSG:4326";
                (Crs::lon_lat(), "the file names no coordinate reference system".into(), Some(note.to_owned()))
            }
        };
        if crs.is_degrees() && is_projected(sample) {
            let [x, y] = sample.iter().copied().find(|[x, y]| x.abs().max(y.abs()) > 1000.0).unwrap_or_default();
            return Err(ImportError::Projected {
                file: options.file.clone(),
                sample: format!("{x}, {y}"),
                declared: says,
                hint: hint(sample, layer.extent),
            });
        }
        if !crs.is_degrees() && looks_like_degrees(sample) {
            let [x, y] = sample[0];
            return Err(ImportError::Degrees {
                file: options.file.clone(),
                sample: format!("{x}, {y}"),
                declared: says,
            });
        }
        if options.crs.is_none() && crs.is_disguised_vn2000() {
            let (file, way_out) = (options.file.clone(), way_out(&crs));
            return Err(ImportError::Unshifted { file, evidence: Evidence::Label, way_out, report: None });
        }
        let transform = crs.transform().map_err(fault)?;
        Ok(Self { crs, transform, note })
    }
}

/// What to do with unshifted VN-2000.
pub(super) fn way_out(crs: &Crs) -> String {
    let twin = crs.vn2000_twin().map_or_else(|| "a VN-2000 code".to_owned(), |twin| twin.to_string());
    let insist = if crs.is_disguised_vn2000() {
        "if it is WGS 84 all the same, bring it to EPSG:4326 first".to_owned()
    } else {
        format!("if it lies where it says all the same, with --crs {crs}")
    };
    format!("import it with --crs {twin}; {insist}")
}

pub(super) fn count(records: u64) -> usize {
    usize::try_from(records).unwrap_or(usize::MAX)
}
