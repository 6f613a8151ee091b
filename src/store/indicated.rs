//! Rows of the tables of indicators, as both stores read them.

use std::collections::BTreeMap;

use crate::model::{FeatureId, Indication, Indications, IndicatorId, LayerId};

/// A row as it stands there.
pub struct Read {
    pub layer: String,
    pub indicator: String,
    pub unit: String,
    pub period: String,
    pub value: f64,
}

impl Read {
    fn parsed(&self) -> Option<(LayerId, Indication)> {
        let indication = Indication {
            indicator: IndicatorId::new(&self.indicator)?,
            unit: FeatureId::new(&self.unit)?,
            period: self.period.parse().ok()?,
            value: Some(self.value).filter(|value| value.is_finite())?,
        };
        Some((LayerId::new(&self.layer)?, indication))
    }
}

/// The rows by layer. What cannot be read was written by somebody else: it is left out, and the log says so.
pub fn gathered(rows: Vec<Read>) -> Vec<Indications> {
    let mut layers: BTreeMap<LayerId, Vec<Indication>> = BTreeMap::new();
    for row in rows {
        if let Some((layer, indication)) = row.parsed() {
            layers.entry(layer).or_default().push(indication);
            continue;
        }
        let Read { indicator, unit, period, value, .. } = row;
        tracing::warn!(
            indicator,
            unit,
            period,
            value,
            "a value of an indicator is left out: it has no period such as 2026-10, 2026-Q3 or 2026, no finite value, or no name"
        );
    }
    layers.into_iter().map(|(layer, list)| Indications::new(layer, list)).collect()
}
