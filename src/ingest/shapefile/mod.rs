//! Shapefiles (ESRI 1998): a folder, a zip, or the `.shp` among its siblings.
//!
//! Row `n` of the `.dbf` is record `n` of the `.shp`. Rows that are marked as deleted are passed over. The `.shx` is needed
//! only where an editor has left the shapes out of order. Rings come out in the order of RFC 7946: in a `.shp` they run the
//! other way by the standard, which is no fault to report.

mod dbf;
pub(super) mod files;
mod rings;
mod shp;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::encoding::{Charset, Evidence, declared_by_driver, declared_by_label};
use super::read::{ReadError, ReadOptions, refusal};
use super::relay::{Outlet, relay};
use super::report::{Reason, Refusal};
use super::source::{Format, Record, Source};
use dbf::{Row, Rows, Table};
use files::{Part, Parts};
use shp::{Fault, Order, Shapes};

pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Source, ReadError> {
    let at = ReadError::io(path);
    let malformed = |reason: String| ReadError::malformed(path, Format::Shapefile, reason);
    let parts = choose(path, options.table.as_deref())?;
    let missing = || malformed(format!("the .dbf of `{}` is missing; it holds the attributes", parts.name));
    let dbf = parts.part("dbf").ok_or_else(missing)?.clone();
    let table = dbf.read(Table::read).map_err(&at)?.map_err(&at)?.map_err(malformed)?;
    let charset = match options.encoding.charset() {
        Some(charset) => charset,
        None => find_charset(path, &parts, &dbf, &table)?,
    };
    let order = match parts.part("shx") {
        Some(shx) => shx.read(Order::read).map_err(&at)?,
        None => Order::AsWritten,
    };
    if matches!((&order, &parts.shp), (Order::At(_), Part::Entry { .. })) {
        return Err(malformed("its shapes are out of order, which is not read from a zip; unpack it first".into()));
    }
    let crs = parts.note("prj").map_err(&at)?;
    let len = Some(u64::from(table.rows));
    let shapes = parts.shp;
    let records = relay(move |outlet| read(outlet, &shapes, order, &dbf, &table, charset)).map_err(&at)?;
    Ok(Source { format: Format::Shapefile, crs, encoding: charset.name(), len, records: Box::new(records) })
}

fn choose(path: &Path, table: Option<&str>) -> Result<Parts, ReadError> {
    let mut all = if path.is_dir() {
        files::in_folder(path)?
    } else {
        // A `.shp` of another name has no siblings, but its choice is made.
        match files::in_zip(path) {
            Ok(all) => all,
            Err(_) => files::beside(path)?.into_iter().collect(),
        }
    };
    let names = || all.iter().map(|parts| parts.name.clone()).collect::<Vec<_>>();
    let place = match table {
        Some(table) => {
            let found = all.iter().position(|parts| parts.name.to_lowercase() == table.to_lowercase());
            found.ok_or_else(|| ReadError::NoSuchTable { path: path.into(), table: table.into(), tables: names() })?
        }
        None if all.len() == 1 => 0,
        None if all.is_empty() => {
            let reason = "it is not called .shp, so that its siblings are not found";
            return Err(ReadError::malformed(path, Format::Shapefile, reason));
        }
        None => return Err(ReadError::WhichTable { path: path.into(), tables: names() }),
    };
    Ok(all.swap_remove(place))
}

fn find_charset(path: &Path, parts: &Parts, dbf: &Part, table: &Table) -> Result<Charset, ReadError> {
    let at = ReadError::io(path);
    let label = parts.note("cpg").map_err(&at)?;
    let declared = label.as_deref().and_then(declared_by_label).or_else(|| declared_by_driver(table.driver));
    let evidence = dbf.read(|source| gather(source, table)).map_err(&at)?;
    evidence.judge(declared).ok_or_else(|| {
        let reason = "its texts are not UTF-8, and not Vietnamese in TCVN3, VNI or windows-1258; name the --encoding, or \
            write the code page into a .cpg beside it";
        ReadError::Encoding { path: path.into(), reason: reason.into() }
    })
}

/// What cannot be read is reported when the rows are.
fn gather(source: &mut dyn Read, table: &Table) -> Evidence {
    let mut evidence = Evidence::default();
    for field in &table.fields {
        evidence.add(&field.name);
    }
    let Ok(mut rows) = Rows::new(source, table) else { return evidence };
    while let Ok(Some(row)) = rows.next()
        && !evidence.is_enough()
    {
        row.texts().for_each(|text| evidence.add(text));
    }
    evidence
}

fn read(outlet: &Outlet, shapes: &Part, order: Order, dbf: &Part, table: &Table, charset: Charset) {
    let pairs = Pairs { outlet, table, charset };
    let walked = match shapes {
        Part::File(path) => File::open(path).and_then(|file| {
            let mut shapes = Shapes::seeking(BufReader::with_capacity(1 << 18, file), order);
            dbf.read(|rows| pairs.walk(&mut shapes, rows))
        }),
        Part::Entry { .. } => shapes
            .read(|shapes| dbf.read(|rows| pairs.walk(&mut Shapes::streaming(shapes), rows)))
            .and_then(|inner| inner),
    };
    let end = walked.unwrap_or_else(|e| Err(refusal(1, Reason::Truncated, e.to_string())));
    if let Err(refusal) = end {
        outlet.put(Err(refusal));
    }
}

struct Pairs<'a> {
    outlet: &'a Outlet,
    table: &'a Table,
    charset: Charset,
}

impl Pairs<'_> {
    /// Each row with its shape. The error is the end of the file before its time.
    fn walk(&self, shapes: &mut Shapes, rows: &mut dyn Read) -> Result<(), Refusal> {
        let names = self.table.names(self.charset);
        let end = |number, message: String| refusal(number, Reason::Truncated, message);
        let cut = |number, e: io::Error| end(number, format!("the .dbf is cut short here: {e}"));
        let mut rows = Rows::new(rows, self.table).map_err(|e| cut(1, e))?;
        let mut number = 1;
        while let Some(row) = rows.next().map_err(|e| cut(number, e))? {
            let item = match shapes.next() {
                Err(Fault::End(e)) => return Err(end(number, e)),
                Err(Fault::Shape(e)) => Err(refusal(number, Reason::Unreadable, e)),
                Ok(shape) => record(number, shape, &row, &names, self.charset),
            };
            if !row.is_deleted() && !self.outlet.put(item) {
                return Ok(());
            }
            number += 1;
        }
        if shapes.has_more() {
            Err(end(number, "the .shp goes on where the .dbf has no more rows".into()))
        } else {
            Ok(())
        }
    }
}

fn record(
    number: u64,
    shape: Option<shp::Shape>,
    row: &Row,
    names: &[Arc<str>],
    charset: Charset,
) -> Result<Record, Refusal> {
    let values = row.values(charset).zip(names);
    let fields = values.map(|(value, name)| match value {
        Ok(value) => Ok((Arc::clone(name), value)),
        Err(e) => Err(refusal(number, Reason::WrongEncoding, format!("field `{name}`: {e}"))),
    });
    let fields = fields.collect::<Result<_, _>>()?;
    let had_z = shape.as_ref().is_some_and(|shape| shape.had_z);
    Ok(Record { row: number, id: None, geometry: shape.map(|shape| shape.geometry), had_z, fields })
}
