//! `agency.txt` and `feed_info.txt`: who runs and who publishes, and the zone of all times.

use chrono_tz::Tz;

use super::FeedError;
use super::ledger::Ledger;
use crate::model::timetable::{Agency, TimetableBuilder};

/// The agencies of a feed.
pub struct Agencies {
    pub list: Vec<Agency>,
    pub timezone: Tz,
}

pub fn read(ledger: &Ledger<'_>) -> Result<Agencies, FeedError> {
    let mut list: Vec<Agency> = Vec::new();
    let mut zones: Vec<Tz> = Vec::new();
    ledger.rows("agency.txt", &["agency_id", "agency_name", "agency_url", "agency_timezone"], |row| {
        let id = row.owned(0).unwrap_or_default();
        let name = row.need(1)?.into_owned();
        let zone = row.need_read(3, "time zone such as Asia/Ho_Chi_Minh", |text| text.parse().ok())?;
        if list.iter().any(|one| one.id == id) {
            return Err(row.again(0));
        }
        list.push(Agency { id, name, url: row.owned(2) });
        zones.push(zone);
        Ok(())
    })?;
    let unfit = |reason: String| Err(FeedError::Unfit { reason, report: ledger.so_far() });
    let Some(&timezone) = zones.first() else { return unfit("agency.txt names no agency with a time zone".to_owned()) };
    if let Some(other) = zones.iter().find(|zone| **zone != timezone) {
        let (one, other) = (timezone.name(), other.name());
        return unfit(format!(
            "its agencies are in the time zones {one} and {other}, and GTFS requires one: split the feed"
        ));
    }
    Ok(Agencies { list, timezone })
}

impl Agencies {
    /// The agency that a row means: the only one, where it names none.
    pub fn meant(&self, id: Option<&str>) -> Option<&Agency> {
        match id {
            Some(id) => self.list.iter().find(|agency| agency.id == id),
            None => self.list.first().filter(|_| self.list.len() == 1),
        }
    }

    pub fn put(&self, ledger: &Ledger<'_>, builder: &mut TimetableBuilder) -> Result<(), FeedError> {
        let (mut publisher, mut version) = (None, None);
        ledger.rows("feed_info.txt", &["feed_publisher_name", "feed_version"], |row| {
            (publisher, version) = (row.owned(0), row.owned(1));
            Ok(())
        })?;
        builder.feed(publisher, version, false);
        self.list.iter().cloned().for_each(|agency| builder.agency(agency));
        Ok(())
    }
}
