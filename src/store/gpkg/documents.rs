//! Documents: rules, alerts with their trail, messages; JSON by kind and key.

use rusqlite::{Connection, params};

use crate::model::{Document, DocumentKind};

/// Keeps a document, or takes it away.
pub fn keep(connection: &Connection, document: &Document) -> rusqlite::Result<()> {
    let (kind, key) = (document.kind.as_str(), &document.key);
    if let Some(body) = &document.body {
        let sql = "INSERT INTO citylayers_document (kind, key, body) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body";
        connection.prepare_cached(sql)?.execute(params![kind, key, body])?;
    } else {
        let sql = "DELETE FROM citylayers_document WHERE kind = ?1 AND key = ?2";
        connection.prepare_cached(sql)?.execute(params![kind, key])?;
    }
    Ok(())
}

/// The documents of a kind by key: all, or those of some keys that are there.
pub fn read(
    connection: &Connection,
    kind: DocumentKind,
    keys: Option<&[String]>,
) -> rusqlite::Result<Vec<(String, String)>> {
    let Some(keys) = keys else {
        let mut all = connection.prepare("SELECT key, body FROM citylayers_document WHERE kind = ?1 ORDER BY key")?;
        return all.query_map([kind.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?.collect();
    };
    let mut one = connection.prepare("SELECT key, body FROM citylayers_document WHERE kind = ?1 AND key = ?2")?;
    let mut found = Vec::new();
    for key in keys {
        let rows = one.query_map(params![kind.as_str(), key], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for row in rows {
            found.push(row?);
        }
    }
    Ok(found)
}
