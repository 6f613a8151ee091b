//! `calendar.txt` and `calendar_dates.txt`.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;

use super::FeedError;
use super::ledger::Ledger;
use crate::ingest::report::{Fault, Reason};
use crate::model::timetable::{Service, TimetableBuilder};

/// The services of a feed.
#[derive(Default)]
pub struct Services {
    list: Vec<Service>,
    known: HashSet<String>,
    dates: HashMap<(String, NaiveDate), bool>,
}

fn date(text: &str) -> Option<NaiveDate> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok()).flatten()
}

const DATE: &str = "day such as 20260101";

pub fn read(ledger: &Ledger<'_>) -> Result<Services, FeedError> {
    let mut services = Services::default();
    let names = [
        "service_id",
        "start_date",
        "end_date",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    ledger.rows("calendar.txt", &names, |row| {
        let id = row.need(0)?.into_owned();
        let (from, to) = (row.need_read(1, DATE, date)?, row.need_read(2, DATE, date)?);
        if to < from {
            let message = format!("it ends on {to}, before it begins on {from}: exchange the two");
            return Err(Fault::new(Reason::BackwardsValidity, message).of("end_date"));
        }
        let mut weekdays = 0;
        for day in 0..7 {
            let goes = row.need_read(3 + day, "0 or 1", |text| match text {
                "0" => Some(0),
                "1" => Some(1_u8),
                _ => None,
            })?;
            weekdays |= goes << day;
        }
        if !services.known.insert(id.clone()) {
            return Err(row.again(0));
        }
        services.list.push(Service { id, weekdays, span: Some((from, to)) });
        Ok(())
    })?;
    ledger.rows("calendar_dates.txt", &["service_id", "date", "exception_type"], |row| {
        let id = row.need(0)?.into_owned();
        let day = row.need_read(1, DATE, date)?;
        let added = row.need_read(2, "exception: 1 is added, 2 is removed", |text| match text {
            "1" => Some(true),
            "2" => Some(false),
            _ => None,
        })?;
        if services.dates.contains_key(&(id.clone(), day)) {
            return Err(row.again(1));
        }
        services.known.insert(id.clone());
        services.dates.insert((id, day), added);
        Ok(())
    })?;
    Ok(services)
}

impl Services {
    pub fn has(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    pub fn put(self, builder: &mut TimetableBuilder) {
        self.list.into_iter().for_each(|service| builder.service(service));
        self.dates.into_iter().for_each(|((service, day), added)| builder.exception(&service, day, added));
    }
}
