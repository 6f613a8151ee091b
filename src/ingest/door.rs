//! The judge at the door: one record after another, to a row, a repair or a refusal.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::fields::{FieldMap, Values};
use super::import::{Existing, ImportError, ImportOptions, Mode, System, count, way_out};
use super::place::share;
use super::repair::{Judge, Sound};
use super::report::{Fault, Reason, Refusal, Repair, Report};
use super::shift::{Evidence, ShiftWatch};
use super::source::{RawGeometry, Record, Source};
use super::values;
use crate::crs::vn2000;
use crate::geo::Geometry;
use crate::model::feature::LONGEST_ID;
use crate::model::{FeatureId, Layer, Rows, Value};

/// Repairs that the report holds one by one; those after them are counted by reason. Refusals are all held.
const REPAIRS: usize = 10_000;

/// A report of nothing yet.
fn blank(source: &Source, layer: &Layer, options: &ImportOptions, system: &System) -> Report {
    Report {
        file: options.file.clone(),
        format: source.format,
        layer: layer.id.to_string(),
        crs: system.crs.to_string(),
        encoding: source.encoding.clone(),
        read: 0,
        accepted: 0,
        written: false,
        ignored_fields: Vec::new(),
        notes: system.note.iter().cloned().collect(),
        repairs: Vec::new(),
        refusals: Vec::new(),
    }
}

/// Any place of a geometry.
pub(super) fn first_place(geometry: &RawGeometry) -> Option<[f64; 2]> {
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
pub(super) struct Door<'a> {
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
    pub(super) report: Report,
}

impl<'a> Door<'a> {
    pub(super) fn new(
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
        let report = blank(source, layer, options, system);
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

    pub(super) fn pass(&mut self, record: Result<Record, Refusal>) {
        self.report.read += 1;
        match record {
            Ok(mut record) => {
                let (row, geometry) = (record.row, record.geometry.take());
                self.altitudes += u64::from(record.had_z);
                let mut id = None;
                if let Err(mut faults) = self.judge(&record, geometry, &mut id) {
                    let also = faults.split_off(1);
                    self.report.refusals.extend(faults.pop().map(|fault| Refusal { row, id, fault, also }));
                }
            }
            Err(refusal) => {
                if refusal.fault.reason == Reason::Truncated {
                    self.torn = Some(refusal.fault.message.clone());
                }
                self.report.refusals.push(refusal);
            }
        }
    }

    /// Takes a record in, or tells everything that is wrong with it. `id` is told as soon as it is known.
    fn judge(
        &mut self,
        record: &Record,
        geometry: Option<RawGeometry>,
        id: &mut Option<String>,
    ) -> Result<(), Vec<Fault>> {
        let one = |fault| vec![fault];
        *id = self.fields.id(record).map_err(one)?;
        let name = match id {
            Some(name) => name.clone(),
            None => self.number().map_err(one)?,
        };
        let values = self.fields.values(record);
        let known = self.check_id(&name);
        let shape = self.shape(&name, geometry);
        let (Values(properties), (), Sound { geometry, repairs }) = match (values, known, shape) {
            (Ok(values), Ok(known), Ok(shape)) => (values, known, shape),
            (values, known, shape) => {
                return Err(values.err().into_iter().flatten().chain(known.err()).chain(shape.err()).collect());
            }
        };
        self.rows.push(&name, &geometry, properties.iter().map(|value| value.as_ref().map(Value::as_ref)));
        self.remember();
        self.note_repairs(record.row, &name, repairs);
        Ok(())
    }

    fn shape(&mut self, name: &str, geometry: Option<RawGeometry>) -> Result<Sound, Fault> {
        let raw = geometry.as_ref().and_then(first_place).unwrap_or_default();
        let sound = self.judge.shape(geometry)?;
        let place = self.judge.place(&sound.geometry, raw);
        self.watch(name, &sound.geometry, place)?;
        Ok(sound)
    }

    /// Shows a feature to the watch for a missing shift, and passes the verdict on its place on.
    fn watch(&mut self, name: &str, geometry: &Geometry, place: Result<(), Fault>) -> Result<(), Fault> {
        let Some(watch) = &mut self.watch else { return place };
        let bbox = geometry.bbox();
        if let Some(known) = (self.existing.find)(name) {
            watch.compare(bbox, known);
        }
        let Some(extent) = self.judge.extent else { return place };
        match place {
            Ok(()) => watch.inside(bbox, extent),
            Err(fault) if fault.reason == Reason::OutsideExtent && watch.outside(geometry, extent) => {
                let message = format!("{}; the shift from VN-2000 to WGS 84 would bring it inside", fault.message);
                return Err(Fault { message, ..fault });
            }
            Err(fault) => return Err(fault),
        }
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
        if !FeatureId::fits_url(name) {
            let message = format!(
                "`{}` cannot name a feature in a URL: an id is not `.` or `..` and has at most {LONGEST_ID} bytes",
                values::short(name)
            );
            return Err(Fault::new(Reason::UnusableId, message).of(&self.layer.id_field.name));
        }
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
        for Fault { reason, message, .. } in repairs {
            if self.report.repairs.len() < REPAIRS {
                self.report.repairs.push(Repair { row, id: id.to_owned(), reason, message });
            } else {
                *self.more_repairs.entry(reason).or_default() += 1;
            }
        }
    }

    pub(super) fn close(mut self) -> Result<(Rows, Report), ImportError> {
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
