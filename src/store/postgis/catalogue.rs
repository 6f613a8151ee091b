//! What PostgreSQL's catalogue says of a table, and whether that fits a layer.

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::fault::Fault;
use super::table::{SRID, geometry_type, quoted, sql_type};
use crate::geo::GeometryKind;
use crate::model::{Field, FieldType, Layer};

/// A table as it was found.
pub struct Found {
    pub oid: u32,
    pub schema: String,
    pub columns: Vec<FoundColumn>,
    /// Columns that are unique by themselves, the primary key first.
    unique: Vec<(String, bool)>,
    pub comment: Option<String>,
    /// Whether it is ours to alter.
    pub owned: bool,
}

/// A column as it was found.
pub struct FoundColumn {
    pub name: String,
    /// As `format_type` writes it.
    pub sql_type: String,
    not_null: bool,
    pub comment: Option<String>,
}

/// Schemas in which layers are looked for, and made in the first: those of the search path. Not our own, which is
/// among them when the user is called `citylayers` too.
pub const SCHEMAS: &str = "unnest(current_schemas(false)) WITH ORDINALITY AS schemas(name, place)";

/// Finds the table of that name. `Err` in the inner result when it is something that cannot be written to.
pub async fn find(transaction: &Transaction<'_>, name: &str) -> Result<Option<Result<Found, String>>, Fault> {
    let query = format!(
        "SELECT c.oid, schemas.name::text, c.relkind IN ('r', 'p'), obj_description(c.oid, 'pg_class'), \
         pg_has_role(c.relowner, 'USAGE') FROM {SCHEMAS} \
         JOIN pg_class c ON c.relnamespace = quote_ident(schemas.name)::regnamespace \
         WHERE schemas.name <> 'citylayers' AND c.relname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
         ORDER BY schemas.place LIMIT 1"
    );
    let Some(row) = transaction.query_typed_opt(&query, &[(&name, Type::TEXT)]).await? else { return Ok(None) };
    let (oid, schema): (u32, String) = (row.get(0), row.get(1));
    if !row.get::<_, bool>(2) {
        let reason =
            "it is a view or a foreign table, where changes by others cannot be heard; make it a table, or rename it";
        return Ok(Some(Err(reason.to_owned())));
    }
    let (columns, unique) = (columns(transaction, oid).await?, unique(transaction, oid).await?);
    Ok(Some(Ok(Found { oid, schema, columns, unique, comment: row.get(3), owned: row.get(4) })))
}

async fn columns(transaction: &Transaction<'_>, oid: u32) -> Result<Vec<FoundColumn>, Fault> {
    let query = "SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum) \
                 FROM pg_attribute WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped ORDER BY attnum";
    let rows = transaction.query_typed(query, &[(&oid, Type::OID)]).await?;
    let column = |row: &tokio_postgres::Row| FoundColumn {
        name: row.get(0),
        sql_type: row.get(1),
        not_null: row.get(2),
        comment: row.get(3),
    };
    Ok(rows.iter().map(column).collect())
}

async fn unique(transaction: &Transaction<'_>, oid: u32) -> Result<Vec<(String, bool)>, Fault> {
    let query = "SELECT attname::text, indisprimary FROM pg_index \
                 JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] \
                 WHERE indrelid = $1 AND indisunique AND indimmediate AND indisvalid AND indnkeyatts = 1 \
                 AND indpred IS NULL AND indexprs IS NULL ORDER BY indisprimary DESC";
    let rows = transaction.query_typed(query, &[(&oid, Type::OID)]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

impl Found {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&FoundColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The primary key, when it is one integer.
    pub fn key(&self) -> Option<&str> {
        let (name, _) = self.unique.iter().find(|(_, primary)| *primary)?;
        fits(FieldType::Integer, &self.column(name)?.sql_type).then_some(name.as_str())
    }

    /// The geometry column: the one called `geom`, or the only one.
    pub fn geometry(&self) -> Option<&FoundColumn> {
        let mut all = self.columns.iter().filter(|column| geometry_modifier(&column.sql_type).is_some());
        let named = self.column("geom").filter(|column| geometry_modifier(&column.sql_type).is_some());
        named.or_else(|| all.next().filter(|_| all.next().is_none()))
    }

    /// Why the columns that are there do not fit the layer, with the SQL that helps. Fields without a column are
    /// no reason.
    pub fn unfit(&self, layer: &Layer, table: &str) -> Option<String> {
        let Some(geometry) = self.geometry() else {
            return Some(format!(
                "it has no geometry column, or several and none called `geom`; run: ALTER TABLE {table} ADD COLUMN geom \
                 geometry({}, {SRID})",
                geometry_type(layer.geometry)
            ));
        };
        self.unfit_id(&layer.id_field, table)
            .or_else(|| unfit_geometry(geometry, layer.geometry, table))
            .or_else(|| layer.fields.iter().find_map(|field| unfit_type(field, self.column(&field.name)?, table)))
    }

    fn unfit_id(&self, id: &Field, table: &str) -> Option<String> {
        let Some(column) = self.column(&id.name) else {
            return Some(format!(
                "it has no column `{}`, which is to name its features; add it, or rename the table",
                id.name
            ));
        };
        if let Some(reason) = unfit_type(id, column, table) {
            return Some(reason);
        }
        let name = quoted(&id.name);
        if !column.not_null {
            return Some(format!("ids may be absent; run: ALTER TABLE {table} ALTER COLUMN {name} SET NOT NULL"));
        }
        let unique = self.unique.iter().any(|(unique, _)| *unique == id.name);
        (!unique).then(|| format!("ids may come twice; run: ALTER TABLE {table} ADD UNIQUE ({name})"))
    }
}

fn fits(field_type: FieldType, sql_type: &str) -> bool {
    match field_type {
        FieldType::Text | FieldType::Code => sql_type == "text" || sql_type.starts_with("character varying"),
        FieldType::Integer => matches!(sql_type, "bigint" | "integer" | "smallint"),
        // Smaller or decimal ones would give back other numbers than were put.
        FieldType::Real => sql_type == "double precision",
        FieldType::Boolean => sql_type == "boolean",
        FieldType::Date => sql_type == "date",
        FieldType::DateTime => matches!(
            sql_type,
            "timestamp with time zone"
                | "timestamp(3) with time zone"
                | "timestamp(4) with time zone"
                | "timestamp(5) with time zone"
                | "timestamp(6) with time zone"
        ),
    }
}

fn unfit_type(field: &Field, column: &FoundColumn, table: &str) -> Option<String> {
    if fits(field.field_type, &column.sql_type) {
        return None;
    }
    let (name, wanted) = (quoted(&field.name), sql_type(field.field_type));
    let using = match field.field_type {
        FieldType::DateTime => format!("{name} AT TIME ZONE 'Asia/Ho_Chi_Minh'"),
        _ => format!("{name}::{wanted}"),
    };
    Some(format!(
        "column `{}` is {}, and the field wants {wanted}; run: ALTER TABLE {table} ALTER COLUMN {name} TYPE {wanted} USING \
         {using}",
        field.name, column.sql_type
    ))
}

/// What stands in the brackets of a geometry type: `geometry(MultiPolygon,4326)`, `gis.geometry(PointZ)`, `geometry`.
fn geometry_modifier(sql_type: &str) -> Option<(&str, i32)> {
    let (name, modifier) = sql_type.split_once('(').unwrap_or((sql_type, ""));
    if name.rsplit('.').next() != Some("geometry") {
        return None;
    }
    let modifier = modifier.trim_end_matches(')');
    let (shape, srid) = modifier.split_once(',').unwrap_or((modifier, "0"));
    Some((shape, srid.parse().unwrap_or(0)))
}

fn unfit_geometry(column: &FoundColumn, kind: GeometryKind, table: &str) -> Option<String> {
    let (shape, srid) = geometry_modifier(&column.sql_type)?;
    let wanted = geometry_type(kind);
    if shape == wanted && srid == SRID {
        return None;
    }
    let flat = shape.trim_end_matches(['Z', 'M']);
    let name = quoted(&column.name);
    let mut using = if flat == shape { name.clone() } else { format!("ST_Force2D({name})") };
    using = match flat {
        "" | "Geometry" if kind == GeometryKind::Point => using,
        _ if flat == wanted => using,
        "" | "Geometry" => format!("ST_Multi({using})"),
        "MultiPoint" if kind == GeometryKind::Point => format!("ST_GeometryN({using}, 1)"),
        single if wanted.strip_prefix("Multi") == Some(single) => format!("ST_Multi({using})"),
        other => {
            return Some(format!(
                "column `{}` holds {other}, and the layer is one of {kind}s; rename the table",
                column.name
            ));
        }
    };
    let mut remark = "";
    using = match srid {
        SRID => using,
        0 => format!("ST_SetSRID({using}, {SRID})"),
        _ => {
            remark = " (not for VN-2000, where PostGIS may be 0.8 m off: import those with `citylayers import --crs`)";
            format!("ST_Transform({using}, {SRID})")
        }
    };
    Some(format!(
        "column `{}` is {}, and the layer wants geometry({wanted},{SRID}); run: ALTER TABLE {table} ALTER COLUMN {name} TYPE \
         geometry({wanted}, {SRID}) USING {using}{remark}",
        column.name, column.sql_type
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_geometry_column_that_does_not_fit_comes_with_the_sql_that_helps() {
        let table = [
            ("geometry(Point,4326)", GeometryKind::Point, None),
            ("gis.geometry(MultiPolygon,4326)", GeometryKind::Polygon, None),
            ("geometry(Polygon,4326)", GeometryKind::Polygon, Some("USING ST_Multi(\"shape\")")),
            ("geometry(Point,3405)", GeometryKind::Point, Some("USING ST_Transform(\"shape\", 4326) (not for VN-2000")),
            (
                "geometry(LineStringZM,32648)",
                GeometryKind::Line,
                Some("ST_Transform(ST_Multi(ST_Force2D(\"shape\")), 4326)"),
            ),
            ("geometry(MultiPoint,4326)", GeometryKind::Point, Some("ST_GeometryN(\"shape\", 1)")),
            ("geometry", GeometryKind::Point, Some("USING ST_SetSRID(\"shape\", 4326)")),
            ("geometry(Point,4326)", GeometryKind::Polygon, Some("holds Point, and the layer is one of polygons")),
        ];
        for (sql_type, kind, reason) in table {
            let column = FoundColumn { name: "shape".into(), sql_type: sql_type.into(), not_null: true, comment: None };
            match (unfit_geometry(&column, kind, "t"), reason) {
                (None, None) => {}
                (Some(found), Some(wanted)) => assert!(found.contains(wanted), "{sql_type}: {found}"),
                (found, _) => panic!("{sql_type} for {kind}: {found:?}"),
            }
        }
    }
}
