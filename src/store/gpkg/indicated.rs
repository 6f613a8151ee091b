//! Values of indicators: one table of all, `citylayers_indicators` (`migrations/gpkg`), registered as ours as those of readings are.

use rusqlite::{Connection, params};

use crate::model::Indications;
use crate::store::indicated::{Read, gathered};

/// Keeps values; what was known of the same indicator, unit and period goes.
pub fn keep(connection: &Connection, indications: &Indications) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO citylayers_indicators (layer, indicator, unit, period, value) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (indicator, unit, period) DO UPDATE SET layer = excluded.layer, value = excluded.value",
    )?;
    let layer = indications.layer().as_str();
    for one in indications.list() {
        let period = one.period.to_string();
        statement.execute(params![layer, one.indicator.as_str(), one.unit.as_str(), period, one.value])?;
    }
    Ok(())
}

/// All values.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<Indications>> {
    let mut statement = connection.prepare(
        "SELECT CAST(layer AS TEXT), CAST(indicator AS TEXT), CAST(unit AS TEXT), CAST(period AS TEXT),
         CASE WHEN typeof(value) IN ('real', 'integer') THEN value END FROM citylayers_indicators",
    )?;
    let read = statement.query_map([], |row| {
        let value: Option<f64> = row.get(4)?;
        Ok(Read {
            layer: row.get(0)?,
            indicator: row.get(1)?,
            unit: row.get(2)?,
            period: row.get(3)?,
            value: value.unwrap_or(f64::NAN),
        })
    })?;
    Ok(gathered(read.collect::<rusqlite::Result<Vec<_>>>()?))
}
