//! The door: the records of a file, one by one, to rows and a report. Nothing is written here.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::BuildHasher;
use std::str::FromStr;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::crs::{Crs, CrsError, Transform};
use super::fields::{FieldMap, MapError, Values};
use super::place::{hint, is_projected, share};
use super::repair::{Judge, Sound};
use super::report::{Fault, Reason, Refusal, Repair, Report};
use super::shift::{Evidence, ShiftWatch};
use super::source::{RawGeometry, Record, Source};
use super::vn2000;
use crate::geo::BBox;
use crate::model::{Layer, Rows, Value};

/// Share of records that may be refused when nothing else is asked for.
pub const REFUSE_SHARE: f64 = 0.05;

/// Records that are looked at to find out what the coordinates are.
const SAMPLE: usize = 1000;

/// Repairs that the report holds one by one; those after them are counted by reason. Refusals are all held.
const REPAIRS: usize = 10_000;

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
            Self::Crs { .. } | Self::Map(_) | Self::Projected { .. } => None,
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
struct System {
    crs: Crs,
    transform: Transform,
    note: Option<String>,
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
        if options.crs.is_none() && crs.is_disguised_vn2000() {
            let (file, way_out) = (options.file.clone(), way_out(&crs));
            return Err(ImportError::Unshifted { file, evidence: Evidence::Label, way_out, report: None });
        }
        let transform = crs.transform().map_err(fault)?;
        Ok(Self { crs, transform, note })
    }
}

/// What to do with unshifted VN-2000.
fn way_out(crs: &Crs) -> String {
    let twin = crs.vn2000_twin().map_or_else(|| "a VN-2000 code".to_owned(), |twin| twin.to_string());
    let insist = if crs.is_disguised_vn2000() {
        "if it is WGS 84 all the same, bring it to EPSG:4326 first".to_owned()
    } else {
        format!("if it lies where it says all the same, with --crs {crs}")
    };
    format!("import it with --crs {twin}; {insist}")
}

/// Any place of a geometry.
fn first_place(geometry: &RawGeometry) -> Option<[f64; 2]> {
    let place = match geometry {
        RawGeometry::Point(place) => Some(place),
        RawGeometry::MultiPoint(places) => places.first(),
        RawGeometry::Lines(lines) => lines.iter().flatten().next(),
        RawGeometry::Polygons(polygons) => polygons.iter().flatten().flatten().next(),
        RawGeometry::Other(_) => None,
    };
    place.copied().filter(|place| place.iter().all(|number| number.is_finite()))
}

/// One import on its way.
struct Door<'a> {
    layer: &'a Arc<Layer>,
    options: &'a ImportOptions,
    existing: &'a Existing<'a>,
    system: &'a System,
    judge: Judge<'a>,
    fields: FieldMap,
    watch: Option<ShiftWatch>,
    rows: Rows,
    /// Row numbers by id.
    taken: HashTable<usize>,
    hasher: DefaultHashBuilder,
    next_number: i64,
    altitudes: u64,
    more_repairs: BTreeMap<Reason, u64>,
    torn: Option<String>,
    report: Report,
}

impl<'a> Door<'a> {
    fn new(
        source: &Source,
        layer: &'a Arc<Layer>,
        options: &'a ImportOptions,
        existing: &'a Existing<'a>,
        system: &'a System,
    ) -> Result<Self, ImportError> {
        let (extent, limit) = match layer.extent {
            Some(extent) => (Some(extent), "the layer's extent"),
            None if system.crs.is_vn2000() => (Some(vn2000::COUNTRY_AND_SEA), "Viet Nam"),
            None => (None, "the world"),
        };
        let crs = system.crs.to_string();
        let watched = system.crs.is_vn2000() || system.crs.vn2000_twin().is_some();
        let watch = watched.then(ShiftWatch::new).transpose();
        let report = Report {
            file: options.file.clone(),
            format: source.format,
            layer: layer.id.to_string(),
            crs: crs.clone(),
            encoding: source.encoding.clone(),
            read: 0,
            accepted: 0,
            written: false,
            ignored_fields: Vec::new(),
            notes: system.note.iter().cloned().collect(),
            repairs: Vec::new(),
            refusals: Vec::new(),
        };
        Ok(Self {
            layer,
            options,
            existing,
            system,
            judge: Judge { kind: layer.geometry, transform: &system.transform, crs, extent, limit },
            fields: FieldMap::new(layer, &options.map)?,
            watch: watch.map_err(|source| ImportError::Crs { file: options.file.clone(), source })?,
            rows: Rows::new(Arc::clone(layer)),
            taken: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            next_number: if options.mode == Mode::Replace { 1 } else { existing.largest.saturating_add(1) },
            altitudes: 0,
            more_repairs: BTreeMap::new(),
            torn: None,
            report,
        })
    }

    fn pass(&mut self, record: Result<Record, Refusal>) {
        self.report.read += 1;
        match record {
            Ok(mut record) => {
                let (row, geometry) = (record.row, record.geometry.take());
                self.altitudes += u64::from(record.had_z);
                let mut id = None;
                if let Err(Fault { reason, message }) = self.judge(&record, geometry, &mut id) {
                    self.report.refusals.push(Refusal { row, id, reason, message });
                }
            }
            Err(refusal) => {
                if refusal.reason == Reason::Truncated {
                    self.torn = Some(refusal.message.clone());
                }
                self.report.refusals.push(refusal);
            }
        }
    }

    /// Takes a record in, or says why not. `id` is told as soon as it is known.
    fn judge(&mut self, record: &Record, geometry: Option<RawGeometry>, id: &mut Option<String>) -> Result<(), Fault> {
        *id = self.fields.id(record)?;
        let name = match id {
            Some(name) => name.clone(),
            None => self.number()?,
        };
        let Values(properties) = self.fields.values(record)?;
        self.check_id(&name)?;
        let raw = geometry.as_ref().and_then(first_place).unwrap_or_default();
        let Sound { geometry, repairs } = self.judge.shape(geometry)?;
        let in_place = self.judge.place(&geometry, raw);
        let bbox = geometry.bbox();
        if let Some(watch) = &mut self.watch {
            if let (Some(extent), Err(fault)) = (self.judge.extent, &in_place)
                && fault.reason == Reason::OutsideExtent
                && watch.outside(&geometry, extent)
            {
                let message = format!("{}; the shift from VN-2000 to WGS 84 would bring it inside", fault.message);
                return Err(Fault::new(Reason::OutsideExtent, message));
            }
            if let (Some(extent), Ok(())) = (self.judge.extent, &in_place) {
                watch.inside(bbox, extent);
            }
            if let Some(known) = (self.existing.find)(&name) {
                watch.compare(bbox, known);
            }
        }
        in_place?;
        self.rows.push(&name, &geometry, properties.iter().map(|value| value.as_ref().map(Value::as_ref)));
        self.remember();
        self.note_repairs(record.row, &name, repairs);
        Ok(())
    }

    /// A running number that is nobody's id yet.
    fn number(&mut self) -> Result<String, Fault> {
        if !self.layer.numbered {
            let field = &self.layer.id_field.name;
            let message = format!(
                "it has no value for the id field `{field}` and no id of its own; name the field with --map FIELD={field}"
            );
            return Err(Fault::new(Reason::MissingId, message));
        }
        loop {
            let name = self.next_number.to_string();
            self.next_number = self.next_number.saturating_add(1);
            let foreign = self.options.mode != Mode::Replace && (self.existing.find)(&name).is_some();
            if !foreign && self.find(&name).is_none() {
                return Ok(name);
            }
        }
    }

    fn check_id(&self, name: &str) -> Result<(), Fault> {
        if self.find(name).is_some() {
            let message = format!("id `{name}` was there before in this file: ids name one feature each");
            return Err(Fault::new(Reason::DuplicateId, message));
        }
        if self.options.mode == Mode::Append && (self.existing.find)(name).is_some() {
            let message =
                format!("the layer has a feature `{name}` already: --mode upsert puts the new one in its place");
            return Err(Fault::new(Reason::DuplicateId, message));
        }
        Ok(())
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.taken.find(self.hasher.hash_one(name), |&row| self.rows.id(row) == name).copied()
    }

    /// Puts the last row among the taken ids.
    fn remember(&mut self) {
        let Self { taken, rows, hasher, .. } = self;
        let row = rows.len() - 1;
        taken.insert_unique(hasher.hash_one(rows.id(row)), row, |&other| hasher.hash_one(rows.id(other)));
    }

    fn note_repairs(&mut self, row: u64, id: &str, repairs: Vec<Fault>) {
        for Fault { reason, message } in repairs {
            if self.report.repairs.len() < REPAIRS {
                self.report.repairs.push(Repair { row, id: id.to_owned(), reason, message });
            } else {
                *self.more_repairs.entry(reason).or_default() += 1;
            }
        }
    }

    fn close(mut self) -> Result<(Rows, Report), ImportError> {
        self.rows.finish();
        self.report.accepted = self.rows.len() as u64;
        self.report.ignored_fields = self.fields.ignored();
        if self.altitudes > 0 {
            self.report.notes.push(format!("altitudes or measures were left aside in {} records", self.altitudes));
        }
        for (reason, number) in &self.more_repairs {
            self.report.notes.push(format!("{number} more repairs ({reason}) are not listed"));
        }
        let evidence = self.evidence();
        let Self { rows, mut report, options, torn, fields, system, .. } = self;
        if let Some(reason) = torn {
            return Err(ImportError::Truncated { reason, report: Box::new(report) });
        }
        if report.read > 0 {
            fields.check_map()?;
        }
        match evidence {
            Some(evidence) if options.crs.is_some() || matches!(evidence, Evidence::Backwards { .. }) => {
                report.notes.push(evidence.to_string());
            }
            Some(evidence) => {
                let (file, way_out, report) = (options.file.clone(), way_out(&system.crs), Some(Box::new(report)));
                return Err(ImportError::Unshifted { file, evidence, way_out, report });
            }
            None => {}
        }
        if share(report.refusals.len(), count(report.read)) > options.refuse_share {
            return Err(ImportError::TooManyRefused { allowed: options.refuse_share, report: Box::new(report) });
        }
        if rows.is_empty() && options.mode == Mode::Replace {
            return Err(ImportError::Nothing { report: Box::new(report) });
        }
        Ok((rows, report))
    }

    /// What speaks for a missing shift, as far as the file's system lets one ask.
    fn evidence(&self) -> Option<Evidence> {
        let shifted = self.system.crs.is_vn2000();
        let found = self.watch.as_ref()?.evidence()?;
        (shifted == matches!(found, Evidence::Backwards { .. })).then_some(found)
    }
}

fn count(records: u64) -> usize {
    usize::try_from(records).unwrap_or(usize::MAX)
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
