//! Documents: rules, alerts with their trail, messages; JSON by kind and key.

use tokio_postgres::types::{Json, ToSql, Type};
use tokio_postgres::{Client, Transaction};

use super::fault::Fault;
use crate::model::{Document, DocumentKind};
use crate::store::{Keys, StoreError};

/// Keeps a document, or takes it away. Of two transactions that follow the same one the second waits for the first, and then finds that it
/// does not follow it: PostgreSQL looks at a row anew that it has waited for.
pub async fn keep(transaction: &Transaction<'_>, document: &Document) -> Result<(), Fault> {
    let (kind, key) = (document.kind.as_str(), document.key.as_str());
    let lines = document.follows.map_or(0, |lines| i32::try_from(lines).unwrap_or(i32::MAX));
    let mut named: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&kind, Type::TEXT), (&key, Type::TEXT)];
    let known = document.follows.filter(|lines| *lines > 0).map(|_| (&lines as &(dyn ToSql + Sync), Type::INT4));
    let one = match known {
        Some(_) => "kind = $1 AND key = $2 AND jsonb_array_length(body->'trail') = $3",
        None => "kind = $1 AND key = $2",
    };
    let body =
        document.body.as_deref().map(serde_json::from_str::<serde_json::Value>).transpose().map(|body| body.map(Json));
    let body =
        body.map_err(|error| Fault::Refused { reason: format!("the {kind} `{key}` is no JSON: {error}"), code: None })?;
    let insert = "INSERT INTO citylayers.document (kind, key, body) VALUES ($1, $2, $3) ON CONFLICT (kind, key)";
    let sql = match (&body, document.follows) {
        (Some(_), None) => format!("{insert} DO UPDATE SET body = excluded.body"),
        (Some(_), Some(0)) => format!("{insert} DO NOTHING"),
        (Some(_), Some(_)) => format!("UPDATE citylayers.document SET body = $4 WHERE {one}"),
        (None, _) => format!("DELETE FROM citylayers.document WHERE {one}"),
    };
    named.extend(known);
    named.extend(body.as_ref().map(|body| (body as &(dyn ToSql + Sync), Type::JSONB)));
    let changed = transaction.execute_typed(&sql, &named).await?;
    if changed == 0 && document.follows.is_some() {
        return Err(Fault::Store(StoreError::Overtaken { kind, key: key.to_owned() }));
    }
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
        Keys::Next { first, after, most } => {
            let next = "starts_with(key, $2) AND key COLLATE \"C\" > $3 ORDER BY key COLLATE \"C\" LIMIT $4";
            let most = i64::from(*most);
            let named = [kind, (first, Type::TEXT), (after, Type::TEXT), (&most, Type::INT8)];
            client.query_typed(&format!("{all} AND {next}"), &named).await?
        }
    };
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}
