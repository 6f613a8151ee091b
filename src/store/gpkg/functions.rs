//! The SQL functions that the R-tree triggers of a GeoPackage call (OGC 12-128r18, annex F.3): GDAL and QGIS put such
//! triggers on the tables that they index, and a write through a connection without them fails.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, Result};

use super::blob;
use crate::geo::BBox;

type Bound = fn(BBox) -> f64;

/// Makes them known to a connection.
pub fn register(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    let bounds: [(&str, Bound); 4] = [
        ("ST_MinX", |bbox| bbox.west),
        ("ST_MaxX", |bbox| bbox.east),
        ("ST_MinY", |bbox| bbox.south),
        ("ST_MaxY", |bbox| bbox.north),
    ];
    for (name, bound) in bounds {
        connection.create_scalar_function(name, 1, flags, move |context| Ok(bbox(context).map(bound)))?;
    }
    connection.create_scalar_function("ST_IsEmpty", 1, flags, |context| Ok(bbox(context).is_none()))
}

fn bbox(context: &Context<'_>) -> Option<BBox> {
    context.get_raw(0).as_blob().ok().and_then(blob::bbox)
}
