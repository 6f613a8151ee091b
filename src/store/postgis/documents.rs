//! Documents: rules, alerts with their trail, messages; JSON by kind and key.

use tokio_postgres::types::{Json, ToSql, Type};
use tokio_postgres::{Client, Transaction};

use super::fault::Fault;
use crate::model::{Document, DocumentKind};
use crate::store::Keys;

/// Keeps a document, or takes it away.
pub async fn keep(transaction: &Transaction<'_>, document: &Document) -> Result<(), Fault> {
    let (kind, key) = (document.kind.as_str(), document.key.as_str());
    let Some(body) = &document.body else {
        let sql = "DELETE FROM citylayers.document WHERE kind = $1 AND key = $2";
        transaction.execute_typed(sql, &[(&kind, Type::TEXT), (&key, Type::TEXT)]).await?;
        return Ok(());
    };
    let body: serde_json::Value = serde_json::from_str(body)
        .map_err(|error| Fault::Refused { reason: format!("the {kind} `{key}` is no JSON: {error}"), code: None })?;
    let sql = "INSERT INTO citylayers.document (kind, key, body) VALUES ($1, $2, $3) \
               ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body";
    transaction.execute_typed(sql, &[(&kind, Type::TEXT), (&key, Type::TEXT), (&Json(body), Type::JSONB)]).await?;
    Ok(())
}

/// The documents of a kind.
pub async fn read(client: &Client, kind: DocumentKind, keys: &Keys) -> Result<Vec<(String, String)>, Fault> {
    let all = "SELECT key, body::text FROM citylayers.document WHERE kind = $1";
    let kind = (&kind.as_str() as &(dyn ToSql + Sync), Type::TEXT);
    let rows = match keys {
        Keys::All => client.query_typed(all, &[kind]).await?,
        Keys::These(keys) => {
            client.query_typed(&format!("{all} AND key = ANY ($2)"), &[kind, (keys, Type::TEXT_ARRAY)]).await?
        }
        Keys::Beginning(first) => {
            client.query_typed(&format!("{all} AND starts_with(key, $2)"), &[kind, (first, Type::TEXT)]).await?
        }
    };
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
