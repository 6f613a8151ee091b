//! `fare_attributes.txt` and `fare_rules.txt` (Fares v1).

use super::FeedError;
use super::ledger::Ledger;
use crate::ingest::report::{Fault, Reason};
use crate::model::timetable::{Fare, TimetableBuilder};

pub fn put(ledger: &Ledger<'_>, builder: &mut TimetableBuilder) -> Result<(), FeedError> {
    let mut known: Vec<String> = Vec::new();
    let names = ["fare_id", "price", "currency_type", "payment_method", "transfers", "agency_id"];
    ledger.rows("fare_attributes.txt", &names, |row| {
        let id = row.need(0)?.into_owned();
        let price = row.need_read(1, "price from 0", |text| {
            text.parse::<f64>().ok().filter(|price| price.is_finite() && *price >= 0.0)
        })?;
        let currency = row.need_read(2, "currency such as VND", |text| {
            let code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
            code.then(|| text.to_uppercase())
        })?;
        let prepaid = row.read(3, "0 or 1", |text| match text {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        })?;
        let transfers = row.read(4, "number of transfers", |text| text.parse().ok())?;
        if known.contains(&id) {
            return Err(row.again(0));
        }
        let fare =
            Fare { id: id.clone(), price, currency, prepaid: prepaid.unwrap_or_default(), transfers, agency: None };
        builder.fare(fare, row.text(5).as_deref()).map_err(|_unknown| row.unknown(5, "agency.txt"))?;
        known.push(id);
        Ok(())
    })?;
    let names = ["fare_id", "route_id", "origin_id", "destination_id", "contains_id"];
    ledger.rows("fare_rules.txt", &names, |row| {
        let fare = row.need(0)?;
        let (route, zones) = (row.text(1), [2, 3, 4].map(|place| row.owned(place)));
        builder.fare_rule(&fare, route.as_deref(), zones).map_err(|unknown| match unknown.kind {
            "fare" => row.unknown(0, "fare_attributes.txt"),
            "route" => row.unknown(1, "routes.txt"),
            kind => Fault::new(Reason::UnknownReference, format!("there is no {kind} `{}`", unknown.id)),
        })
    })
}
