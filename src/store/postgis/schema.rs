//! Makes a layer's table, or takes the one that is there.

use std::sync::Arc;

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::super::StoreError;
use super::catalogue::{Found, SCHEMAS, find};
use super::fault::Fault;
use super::observed;
use super::table::{SRID, Table, geometry_type, literal, quoted, sql_type};
use crate::model::{Field, Layer};

/// The triggers of a layer's table: event, and what it sees of the rows.
const TRIGGERS: [(&str, &str); 4] = [
    ("insert", "REFERENCING NEW TABLE AS new_rows"),
    ("update", "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"),
    ("delete", "REFERENCING OLD TABLE AS old_rows"),
    ("truncate", ""),
];

/// Prepares tables in one transaction.
pub struct Preparation<'a> {
    pub store: &'a str,
    pub transaction: &'a Transaction<'a>,
}

impl Preparation<'_> {
    /// The table of a layer, which exists and fits when this returns. Touches nothing where nothing is missing, so
    /// that a start waits for no reader's lock.
    pub async fn table(&self, layer: &Arc<Layer>) -> Result<Table, Fault> {
        let mut found = self.find(layer).await?;
        if found.is_none() {
            self.create(layer).await?;
            found = self.find(layer).await?;
        }
        let Some(found) = found else { return Err(self.unfit(layer, "it was made and is not there".to_owned())) };
        let plain_name = format!("{}.{}", found.schema, layer.id);
        let name = format!("{}.{}", quoted(&found.schema), quoted(layer.id.as_str()));
        if let Some(reason) = found.unfit(layer, &name) {
            return Err(self.unfit(layer, reason));
        }
        observed::prepare(self.transaction, layer).await?;
        let completed = self.complete(layer, &found, &name).await;
        completed.map_err(|fault| {
            self.missing_right(
                layer,
                fault,
                &format!(
                    "the owner of table {plain_name} must run \
            GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER ON {name}"
                ),
            )
        })?;
        Ok(Table {
            layer: Arc::clone(layer),
            key: found.key().map(quoted),
            geometry: found.geometry().map(|column| quoted(&column.name)).unwrap_or_default(),
            index: self.index(layer, &found).await?,
            name,
            plain_name,
        })
    }

    fn unfit(&self, layer: &Layer, reason: String) -> Fault {
        StoreError::Schema { store: self.store.to_owned(), table: layer.id.to_string(), reason }.into()
    }

    fn missing_right(&self, layer: &Layer, fault: Fault, way_out: &str) -> Fault {
        if fault.is_missing_right() { self.unfit(layer, format!("{}; {way_out}", fault.reason())) } else { fault }
    }

    async fn find(&self, layer: &Layer) -> Result<Option<Found>, Fault> {
        let found = find(self.transaction, layer.id.as_str()).await?;
        found.transpose().map_err(|reason| self.unfit(layer, reason))
    }

    async fn create(&self, layer: &Layer) -> Result<(), Fault> {
        let query = format!(
            "SELECT name::text, current_user::text FROM {SCHEMAS} WHERE name <> 'citylayers' ORDER BY place LIMIT 1"
        );
        let Some(row) = self.transaction.query_typed_opt(&query, &[]).await? else {
            return Err(self.unfit(layer, "the search_path names no schema where it could be made".to_owned()));
        };
        let (schema, user): (String, String) = (row.get(0), row.get(1));
        let created = self.transaction.batch_execute(&self.declaration(layer, &schema).await?).await;
        created.map_err(|error| {
            let way_out = format!(
                "as the owner of the database run: GRANT CREATE ON SCHEMA {} TO {}",
                quoted(&schema),
                quoted(&user)
            );
            self.missing_right(layer, error.into(), &way_out)
        })
    }

    async fn declaration(&self, layer: &Layer, schema: &str) -> Result<String, Fault> {
        // PostGIS may live in a schema that the search path does not name.
        let query = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'postgis'";
        let postgis: String = self.transaction.query_typed_one(query, &[]).await?.get(0);
        let name = format!("{}.{}", quoted(schema), quoted(layer.id.as_str()));
        let (key, geometry) = (free_name(layer, "fid"), free_name(layer, "geom"));
        let id = &layer.id_field;
        let fields: Vec<String> = layer.fields.iter().map(|field| format!(", {}", declared(field))).collect();
        Ok(format!(
            "CREATE TABLE {name} ({key} bigserial PRIMARY KEY, {geometry} {postgis}.geometry({}, {SRID}) NOT NULL, \
             {} NOT NULL UNIQUE{}); CREATE INDEX {} ON {name} USING gist ({geometry})",
            geometry_type(layer.geometry),
            declared(id),
            fields.concat(),
            quoted(&index_name(layer)),
        ))
    }

    /// Adds what is missing: columns, triggers, and in a table of our own comments where there are none.
    async fn complete(&self, layer: &Layer, found: &Found, name: &str) -> Result<(), Fault> {
        let mut statements: Vec<String> = Vec::new();
        for field in layer.fields.iter().filter(|field| found.column(&field.name).is_none()) {
            statements.push(format!("ALTER TABLE {name} ADD COLUMN {}", declared(field)));
        }
        if found.owned && found.comment.is_none() {
            statements.push(format!(
                "COMMENT ON TABLE {name} IS {}",
                literal(&format!("{} / {}", layer.title.vi, layer.title.en))
            ));
        }
        for field in std::iter::once(&layer.id_field).chain(&layer.fields) {
            if found.owned && found.column(&field.name).is_none_or(|column| column.comment.is_none()) {
                statements.push(format!(
                    "COMMENT ON COLUMN {name}.{} IS {}",
                    quoted(&field.name),
                    literal(&comment(field))
                ));
            }
        }
        let (layer_id, id) = (layer.id.as_str(), layer.id_field.name.as_str());
        for (event, sees) in self.missing_triggers(found.oid, layer_id, id).await? {
            statements.push(format!(
                "DROP TRIGGER IF EXISTS citylayers_{event} ON {name}; CREATE TRIGGER citylayers_{event} AFTER {event} ON {name} \
                 {sees} FOR EACH STATEMENT EXECUTE FUNCTION citylayers.write_journal({}, {})",
                literal(layer_id),
                literal(id)
            ));
        }
        if statements.is_empty() { Ok(()) } else { Ok(self.transaction.batch_execute(&statements.join("; ")).await?) }
    }

    async fn missing_triggers(
        &self,
        oid: u32,
        layer: &str,
        id: &str,
    ) -> Result<Vec<(&'static str, &'static str)>, Fault> {
        let query = "SELECT tgname::text FROM pg_trigger WHERE tgrelid = $1 AND tgargs = $2 AND tgenabled IN ('O', 'A') \
                     AND tgfoid = 'citylayers.write_journal'::regproc";
        let arguments = format!("{layer}\0{id}\0").into_bytes();
        let rows = self.transaction.query_typed(query, &[(&oid, Type::OID), (&arguments, Type::BYTEA)]).await?;
        let there: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let missing = TRIGGERS.into_iter().filter(|(event, _)| !there.contains(&format!("citylayers_{event}")));
        Ok(missing.collect())
    }

    async fn index(&self, layer: &Layer, found: &Found) -> Result<Option<String>, Fault> {
        let query =
            "SELECT FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = $1 AND relname = $2";
        let name = index_name(layer);
        let row = self.transaction.query_typed_opt(query, &[(&found.oid, Type::OID), (&name, Type::TEXT)]).await?;
        Ok(row.map(|_| format!("{}.{}", quoted(&found.schema), quoted(&name))))
    }
}

fn declared(field: &Field) -> String {
    format!("{} {}", quoted(&field.name), sql_type(field.field_type))
}

fn index_name(layer: &Layer) -> String {
    format!("{}_geom_gist", layer.id)
}

/// `name`, or a longer one where a field has taken it.
fn free_name(layer: &Layer, name: &str) -> String {
    let taken = |name: &str| layer.id_field.name == name || layer.field_index(name).is_some();
    let mut free = name.to_owned();
    while taken(&free) {
        free.push('_');
    }
    free
}

fn comment(field: &Field) -> String {
    let unit = field.unit.as_ref().map(|unit| format!(" [{unit}]")).unwrap_or_default();
    format!("{} / {}{unit}", field.title.vi, field.title.en)
}
