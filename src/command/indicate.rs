//! `citylayers import FILE --indicator`: values of indicators.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{TimeDelta, Utc};
use tokio::task::block_in_place;

use super::import::{Account, print_refusals};
use super::{Failure, Settings, open};
use crate::catalog::Catalog;
use crate::city::City;
use crate::index::succession::Succession;
use crate::ingest::Encoding;
use crate::ingest::indications::{IndicatorReport, Judge, Unit, read};
use crate::model::{Change, Indications, LayerId, Period};

/// What was asked for.
pub struct Asked<'a> {
    pub file: &'a Path,
    pub encoding: Encoding,
    pub refuse_share: f64,
    pub dry_run: bool,
    pub report: Option<&'a Path>,
}

pub async fn run(settings: &Settings, asked: &Asked<'_>) -> Result<(), Failure> {
    let catalog = open::catalog(settings)?;
    if catalog.indicators().is_empty() {
        return Err(Failure::Usage("there are no indicators: describe them in data/indicators/*.toml".to_owned()));
    }
    let account = Account::open(asked.report, asked.file)?;
    let units = |id: &LayerId| catalog.indicators().iter().any(|indicator| indicator.layer == *id);
    let old_units = |id: &LayerId| catalog.layer(id).is_some_and(|layer| Succession::may_come_from(layer));
    let city = open::city(settings, catalog.layers(), |id| units(id) || old_units(id)).await?;
    let outcome = bring_in(&city, &catalog, asked, settings, account).await;
    let closed = city.close().await;
    outcome?;
    Ok(closed?)
}

async fn bring_in(
    city: &City,
    catalog: &Catalog,
    asked: &Asked<'_>,
    settings: &Settings,
    account: Account,
) -> Result<(), Failure> {
    let judged = block_in_place(|| judge(city, catalog, asked));
    let (told, mut report) = match judged {
        Ok(judged) => judged,
        Err(error) => {
            if let Some(report) = error.report() {
                print_refusals(&report.file, &report.refusals);
                account.write(report);
            }
            return Err(error.into());
        }
    };
    print_refusals(&report.file, &report.refusals);
    let place = if asked.dry_run {
        "nothing is written (--dry-run)".to_owned()
    } else if told.is_empty() {
        "there is nothing to write".to_owned()
    } else {
        let revision = city.commit(told.into_iter().map(Change::Indicate).collect()).await?.revision;
        report.written = true;
        format!("written to {} as revision {revision}", open::shown(&settings.store))
    };
    account.write(&report);
    eprintln!("{}; {place}", summary(&report));
    Ok(())
}

type Judged = Result<(Vec<Indications>, IndicatorReport), crate::ingest::indications::IndicatorError>;

fn judge(city: &City, catalog: &Catalog, asked: &Asked<'_>) -> Judged {
    let mut known: BTreeMap<&LayerId, Succession> = BTreeMap::new();
    for indicator in catalog.indicators() {
        known.entry(&indicator.layer).or_insert_with(|| city.atlas().succession(&indicator.layer));
    }
    let unit = |layer: &LayerId, code: &str, period: Period| {
        let is_unit = city.atlas().layer(layer).is_some_and(|index| index.contains(code));
        known.get(layer).map_or(Unit::Unknown, |succession| what(succession, is_unit, code, period))
    };
    let today = (Utc::now() + TimeDelta::hours(7)).date_naive();
    let judge = Judge { indicators: catalog.indicators(), today, unit: &unit };
    read(asked.file, asked.encoding, asked.refuse_share, &judge)
}

/// What a code is in a period, when it is that of a unit of today, or not.
fn what(succession: &Succession, is_unit: bool, code: &str, period: Period) -> Unit {
    let heirs: Vec<String> = succession.heirs(code).map(str::to_owned).collect();
    if is_unit && !(succession.is_before(code, period) && heirs.len() > 1) {
        return Unit::Known;
    }
    match &heirs[..] {
        [] => Unit::Unknown,
        [heir] if succession.began(heir).is_some_and(|since| since <= period.last_day()) => Unit::Over(heir.clone()),
        [_] => Unit::Known,
        _ => Unit::Divided(heirs),
    }
}

fn summary(report: &IndicatorReport) -> String {
    let by_indicator: Vec<String> = report.indicators.iter().map(|(id, count)| format!("{id} {count}")).collect();
    let taken = if by_indicator.is_empty() { String::new() } else { format!(" ({})", by_indicator.join(", ")) };
    format!("indicators: {} of {} rows taken{taken}, {} refused", report.accepted, report.read, report.refusals.len())
}
