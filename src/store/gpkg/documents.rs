//! Documents: rules, alerts with their trail, messages; JSON by kind and key.

use rusqlite::{Connection, OptionalExtension, ToSql, params};

use crate::model::{Document, DocumentKind};
use crate::store::Keys;

/// Keeps a document, or takes it away. `false`: it does not follow the one that is there.
pub fn keep(connection: &Connection, document: &Document) -> rusqlite::Result<bool> {
    let (kind, key) = (document.kind.as_str(), &document.key);
    if let Some(lines) = document.follows {
        let sql = "SELECT coalesce(json_array_length(body, '$.trail'), 1) FROM citylayers_document WHERE kind = ?1 AND key = ?2";
        let known = connection.prepare_cached(sql)?.query_row(params![kind, key], |row| row.get(0)).optional()?;
        if known.unwrap_or(0) != lines {
            return Ok(false);
        }
    }
    if let Some(body) = &document.body {
        let sql = "INSERT INTO citylayers_document (kind, key, body) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body";
        connection.prepare_cached(sql)?.execute(params![kind, key, body])?;
    } else {
        let sql = "DELETE FROM citylayers_document WHERE kind = ?1 AND key = ?2";
        connection.prepare_cached(sql)?.execute(params![kind, key])?;
    }
    Ok(true)
}

/// The documents of a kind.
pub fn read(connection: &Connection, kind: DocumentKind, keys: &Keys) -> rusqlite::Result<Vec<(String, String)>> {
    let all = "SELECT key, body FROM citylayers_document WHERE kind = ?1";
    let kind = kind.as_str();
    match keys {
        Keys::All => found(connection, all, &[&kind]),
        Keys::Next { first, after, most } => {
            // Keys are compared byte by byte, and no text holds this noncharacter (Unicode 23.7).
            let behind = format!("{first}{}", char::MAX);
            let sql = format!("{all} AND key >= ?2 AND key < ?3 AND key > ?4 ORDER BY key LIMIT ?5");
            found(connection, &sql, &[&kind, first, &behind, after, most])
        }
        Keys::These(keys) => {
            let mut these = Vec::new();
            for key in keys {
                these.extend(found(connection, &format!("{all} AND key = ?2"), &[&kind, key])?);
            }
            Ok(these)
        }
    }
}

fn found(connection: &Connection, sql: &str, named: &[&dyn ToSql]) -> rusqlite::Result<Vec<(String, String)>> {
    connection.prepare_cached(sql)?.query_map(named, |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
