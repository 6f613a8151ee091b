//! Which field of a file is which field of a layer, and a record's values in the layer's order.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::report::{Fault, Reason};
use super::source::{Raw, Record};
use super::values::{self, nfc};
use crate::model::validity::{Validity, is_backwards};
use crate::model::{Field, FieldType, Layer, Properties, Value};

/// The fields of a layer as a file may name them.
///
/// A name given by `--map` goes first, then the field's own name, then its aliases in their order, all without case; the
/// first that has a value wins. A file's field that was mapped by hand is taken for nothing else.
pub struct FieldMap {
    layer: Arc<Layer>,
    /// Folded name -> places that it may fill, with its rank there: low wins.
    targets: HashMap<String, Vec<(Place, usize)>>,
    /// Per name as the file spells it; filled as names come.
    known: HashMap<Arc<str>, Vec<(Place, usize)>>,
    /// By the place of a field: its codes by folded spelling.
    codes: Vec<HashMap<String, String>>,
    /// Names given by `--map` that no record had so far, folded, as they were given.
    unseen: Vec<(String, String)>,
    ignored: BTreeSet<String>,
}

/// 0 is the layer's id, `n + 1` is its field `n`.
type Place = usize;

/// The values of one record, as the layer orders them.
#[derive(Clone, Debug, PartialEq)]
pub struct Values(pub Properties);

/// A `--map` that does not fit.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MapError {
    /// The layer has no such field.
    #[error("--map {from}={to}: layer `{layer}` has no field `{to}`; it has {fields}")]
    NoSuchField {
        /// The file's side.
        from: String,
        /// The layer's side.
        to: String,
        /// The layer.
        layer: String,
        /// What could be meant.
        fields: String,
    },
    /// No record of the file has the field.
    #[error("--map: no record has a field `{from}`; the file's other fields are {fields}")]
    NotInFile {
        /// The file's side.
        from: String,
        /// What could be meant.
        fields: String,
    },
}

impl FieldMap {
    /// Prepares for files of one layer. `map` holds `--map`: the file's name and the layer's.
    pub fn new(layer: &Arc<Layer>, map: &[(String, String)]) -> Result<Self, MapError> {
        let all: Vec<&Field> = std::iter::once(&layer.id_field).chain(&layer.fields).collect();
        let mut targets: HashMap<String, Vec<(Place, usize)>> = HashMap::new();
        for (place, field) in all.iter().enumerate() {
            for (rank, name) in std::iter::once(&field.name).chain(&field.aliases).enumerate() {
                let ranks = targets.entry(folded(name)).or_default();
                if ranks.iter().all(|(other, _)| *other != place) {
                    ranks.push((place, rank + 1));
                }
            }
        }
        for (from, _) in map {
            targets.insert(folded(from), Vec::new());
        }
        for (from, to) in map {
            let place = all.iter().position(|field| folded(&field.name) == folded(to)).ok_or_else(|| {
                MapError::NoSuchField {
                    from: from.clone(),
                    to: to.clone(),
                    layer: layer.id.to_string(),
                    fields: all.iter().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", "),
                }
            })?;
            targets.entry(folded(from)).or_default().push((place, 0));
        }
        let codes = all.iter().map(|field| spellings(field)).collect();
        let unseen = map.iter().map(|(from, _)| (folded(from), from.clone())).collect();
        Ok(Self { layer: Arc::clone(layer), targets, known: HashMap::new(), codes, unseen, ignored: BTreeSet::new() })
    }

    /// The value of the layer's id field, else the id that the format gives the record.
    pub fn id(&mut self, record: &Record) -> Result<Option<String>, Fault> {
        let own = record.id.as_ref().map(|own| Raw::Text(own.clone()));
        let Some(raw) = self.chosen(record)[0].or(own.as_ref()) else { return Ok(None) };
        let value = self.value(0, &self.layer.id_field, raw)?;
        Ok(value.map(|value| value.as_ref().to_string()))
    }

    /// The values of a record in the order of the layer, or what is wrong with each that cannot be taken.
    pub fn values(&mut self, record: &Record) -> Result<Values, Vec<Fault>> {
        let chosen = self.chosen(record);
        let mut properties = Vec::with_capacity(self.layer.fields.len());
        let mut faults = Vec::new();
        for (number, field) in self.layer.fields.iter().enumerate() {
            let read = chosen[number + 1].map_or(Ok(None), |raw| self.value(number + 1, field, raw));
            match read {
                Ok(None) if field.required => faults.push(self.missing(field)),
                Ok(value) => properties.push(value),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            faults.extend(self.backwards(&properties));
        }
        if faults.is_empty() { Ok(Values(properties)) } else { Err(faults) }
    }

    fn missing(&self, field: &Field) -> Fault {
        let message = format!("it has no value, and every feature of layer `{}` needs one", self.layer.id);
        Fault::new(Reason::MissingField, message).of(&field.name)
    }

    /// Values that are in force until before they come into force: no question about a time would ever find them.
    fn backwards(&self, properties: &[Option<Value>]) -> Option<Fault> {
        let Validity { from: Some(from), to: Some(to) } = self.layer.validity? else { return None };
        let (first, last) = (properties[from].as_ref()?.as_ref(), properties[to].as_ref()?.as_ref());
        let message =
            || format!("`{last}` is before `{first}`, its `{}`: exchange the two", self.layer.fields[from].name);
        is_backwards(first, last)
            .then(|| Fault::new(Reason::BackwardsValidity, message()).of(&self.layer.fields[to].name))
    }

    /// What a record says of each place.
    fn chosen<'r>(&mut self, record: &'r Record) -> Vec<Option<&'r Raw>> {
        let mut chosen: Vec<Option<(usize, &Raw)>> = vec![None; self.layer.fields.len() + 1];
        for (name, raw) in &record.fields {
            let targets = self.targets_of(name);
            if values::is_absent(raw) {
                continue;
            }
            for &(place, rank) in targets {
                if chosen[place].is_none_or(|(other, _)| rank < other) {
                    chosen[place] = Some((rank, raw));
                }
            }
        }
        chosen.into_iter().map(|choice| choice.map(|(_, raw)| raw)).collect()
    }

    fn targets_of(&mut self, name: &Arc<str>) -> &[(Place, usize)] {
        let Self { targets, known, unseen, ignored, .. } = self;
        known.entry(Arc::clone(name)).or_insert_with(|| {
            let folded = folded(name);
            unseen.retain(|(other, _)| *other != folded);
            targets.get(&folded).cloned().unwrap_or_else(|| {
                ignored.insert(name.to_string());
                Vec::new()
            })
        })
    }

    fn value(&self, place: Place, field: &Field, raw: &Raw) -> Result<Option<Value>, Fault> {
        let read = if field.field_type == FieldType::Code {
            self.code(place, field, raw)
        } else {
            values::read(raw, field.field_type)
        };
        read.map_err(|fault| fault.of(&field.name))
    }

    fn code(&self, place: Place, field: &Field, raw: &Raw) -> Result<Option<Value>, Fault> {
        let Some(text) = values::text(raw)? else { return Ok(None) };
        if let Some(code) = self.codes[place].get(&folded(&text)) {
            return Ok(Some(Value::Text(code.clone())));
        }
        let known: Vec<_> = field.codes.iter().take(12).map(|code| code.code.as_str()).collect();
        let more = if field.codes.len() > known.len() { ", …" } else { "" };
        let message = format!("`{}` is none of its codes: {}{more}", values::short(&text), known.join(", "));
        Err(Fault::new(Reason::UnknownCode, message))
    }

    /// The file's fields that the layer does not have, in alphabetical order.
    #[must_use]
    pub fn ignored(&self) -> Vec<String> {
        self.ignored.iter().cloned().collect()
    }

    /// Whether everything that `--map` named was there. To be asked after the last record.
    pub fn check_map(&self) -> Result<(), MapError> {
        match self.unseen.first() {
            Some((_, from)) => {
                let names: Vec<_> = self.ignored.iter().map(String::as_str).collect();
                let fields = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                Err(MapError::NotInFile { from: from.clone(), fields })
            }
            None => Ok(()),
        }
    }
}

/// NFC, lower case, without white space around it: how names and codes are compared.
fn folded(name: &str) -> String {
    nfc(name.trim()).to_lowercase()
}

/// Every spelling of a field's codes: the codes themselves before aliases, those before titles.
fn spellings(field: &Field) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let of_codes = field.codes.iter().map(|code| (&code.code, code));
    let of_aliases = field.codes.iter().flat_map(|code| code.aliases.iter().map(move |alias| (alias, code)));
    let of_titles = field.codes.iter().flat_map(|code| [(&code.title.vi, code), (&code.title.en, code)]);
    for (spelling, code) in of_codes.chain(of_aliases).chain(of_titles) {
        found.entry(folded(spelling)).or_insert_with(|| code.code.clone());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::test_layer;

    fn record(fields: &[(&str, Raw)]) -> Record {
        let fields = fields.iter().map(|(name, raw)| (Arc::from(*name), raw.clone())).collect();
        Record { row: 1, id: None, geometry: None, had_z: false, fields }
    }

    fn text(text: &str) -> Raw {
        Raw::Text(text.into())
    }

    fn read(fields: &mut FieldMap, record: &Record) -> Result<String, Fault> {
        let id = fields.id(record)?.unwrap_or_default();
        let Values(properties) = fields.values(record).map_err(|mut faults| faults.remove(0))?;
        let one = |value: &Option<Value>| value.as_ref().map(|value| value.as_ref().to_string()).unwrap_or_default();
        Ok(format!("{id}|{}", properties.iter().map(one).collect::<Vec<_>>().join("|")))
    }

    /// The layer of these tests: id `code`; `name` (alias `TEN_XA`, `title`), `height` real, `kind` code A/B.
    #[test]
    fn names_and_codes_are_found_in_every_spelling() {
        type Case<'a> = (&'a str, &'a [(&'a str, Raw)], &'a str, Result<&'a str, Reason>);
        let (code, a) = (("code", text("1")), ("TEN_XA", text("Vinh")));
        let table: [Case; 14] = [
            ("own names", &[code.clone(), ("name", text("Vinh")), ("kind", text("a"))], "", Ok("1|Vinh||A")),
            ("another case", &[("CODE", text("1")), ("Name", text("Vinh"))], "", Ok("1|Vinh||")),
            ("an alias", &[code.clone(), ("ten_xa", text("Vinh"))], "", Ok("1|Vinh||")),
            (
                "name before alias",
                &[code.clone(), ("title", text("c")), a.clone(), ("name", text("b"))],
                "",
                Ok("1|b||"),
            ),
            (
                "the first with a value",
                &[code.clone(), ("title", text("c")), a.clone(), ("name", text(" "))],
                "",
                Ok("1|Vinh||"),
            ),
            ("mapped by hand", &[code.clone(), ("name", text("b")), ("X", text("x"))], "x=name", Ok("1|x||")),
            ("mapped away", &[code.clone(), ("name", text("b"))], "name=height", Err(Reason::MissingField)),
            ("id by hand", &[("X", Raw::Integer(5)), ("name", text("b"))], "X=code", Ok("5|b||")),
            ("code by alias", &[code.clone(), a.clone(), ("kind", text("ĐẤT Ở"))], "", Ok("1|Vinh||B")),
            ("code decomposed", &[code.clone(), a.clone(), ("kind", text("đa\u{302}\u{301}t ở"))], "", Ok("1|Vinh||B")),
            ("code by title", &[code.clone(), a.clone(), ("kind", text("Alpha"))], "", Ok("1|Vinh||A")),
            ("unknown code", &[code.clone(), a.clone(), ("kind", text("C"))], "", Err(Reason::UnknownCode)),
            ("required field", std::slice::from_ref(&code), "", Err(Reason::MissingField)),
            ("not a number", &[code.clone(), a, ("height", text("tall"))], "", Err(Reason::UnparsableField)),
        ];
        for (name, fields, map, expected) in table {
            let map: Vec<_> = map.split_once('=').into_iter().map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
            let mut fields_map = FieldMap::new(&Arc::new(test_layer()), &map).expect("a map that fits");
            let found = read(&mut fields_map, &record(fields)).map_err(|fault| fault.reason);
            assert_eq!(found, expected.map(str::to_owned), "{name}");
        }
    }

    #[test]
    fn what_the_layer_does_not_have_is_reported() {
        let layer = Arc::new(test_layer());
        let map = |from: &str, to: &str| [(from.to_owned(), to.to_owned())];
        let mut fields = FieldMap::new(&layer, &map("missing", "name")).expect("a map that fits");
        read(&mut fields, &record(&[("name", text("b")), ("Zeta", Raw::Null), ("alpha", text("x"))])).expect("values");
        assert_eq!(fields.ignored(), ["Zeta", "alpha"]);
        let error = fields.check_map().expect_err("no such field").to_string();
        assert!(error.contains("`missing`") && error.contains("Zeta, alpha"), "{error}");
        let error = FieldMap::new(&layer, &map("x", "nmae")).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("`nmae`") && error.contains("code, name, height, kind"), "{error}");
    }
}
