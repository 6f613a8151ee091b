//! Values of indicators: one table of all, `citylayers.indicators` (`migrations/postgis`).

use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::fault::Fault;
use crate::model::Indications;
use crate::store::indicated::{Read, gathered};

/// As the journal names a change of the table.
pub const JOURNALED: &str = ".indicators";

/// Values in one statement.
const TOGETHER: usize = 10_000;

/// Keeps values; what was known of the same indicator, unit and period goes.
pub async fn keep(transaction: &Transaction<'_>, indications: &Indications) -> Result<(), Fault> {
    let layer = indications.layer().as_str();
    for some in indications.list().chunks(TOGETHER) {
        let indicators: Vec<&str> = some.iter().map(|one| one.indicator.as_str()).collect();
        let units: Vec<&str> = some.iter().map(|one| one.unit.as_str()).collect();
        let periods: Vec<String> = some.iter().map(|one| one.period.to_string()).collect();
        let values: Vec<f64> = some.iter().map(|one| one.value).collect();
        transaction
            .execute_typed(
                "INSERT INTO citylayers.indicators (layer, indicator, unit, period, value) \
                 SELECT $1, * FROM unnest($2, $3, $4, $5) \
                 ON CONFLICT (indicator, unit, period) DO UPDATE SET layer = excluded.layer, value = excluded.value",
                &[
                    (&layer, Type::TEXT),
                    (&indicators, Type::TEXT_ARRAY),
                    (&units, Type::TEXT_ARRAY),
                    (&periods, Type::TEXT_ARRAY),
                    (&values, Type::FLOAT8_ARRAY),
                ],
            )
            .await?;
    }
    Ok(())
}

/// All values.
pub async fn all(transaction: &Transaction<'_>) -> Result<Vec<Indications>, Fault> {
    let query = "SELECT layer, indicator, unit, period, value FROM citylayers.indicators";
    let rows = transaction.query_typed(query, &[]).await?;
    let read = rows.iter().map(|row| Read {
        layer: row.get(0),
        indicator: row.get(1),
        unit: row.get(2),
        period: row.get(3),
        value: row.get(4),
    });
    Ok(gathered(read.collect()))
}
