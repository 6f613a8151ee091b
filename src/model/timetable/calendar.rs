//! On which days trips go.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};

use super::Timetable;

/// The days of some trips.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// `service_id`.
    pub id: String,
    /// The days of the week, bit 0 is Monday.
    pub weekdays: u8,
    /// From and to which day they hold, both included; `None`: only the days of [`Exception`]s.
    pub span: Option<(NaiveDate, NaiveDate)>,
}

/// A day on which a service goes although its week says no, or the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exception {
    /// The service.
    pub service: u32,
    /// The day.
    pub date: NaiveDate,
    /// Whether it goes.
    pub added: bool,
}

/// How a day lies to the days of a timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CalendarState {
    /// Before its first day.
    NotBegun,
    /// From its first to its last day.
    Current,
    /// After its last day: nothing is known any more.
    Expired,
    /// It has no day at all.
    Empty,
}

impl CalendarState {
    /// The word for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NotBegun => "not-begun",
            Self::Current => "current",
            Self::Expired => "expired",
            Self::Empty => "empty",
        }
    }
}

impl Timetable {
    /// Whether a service goes on a day.
    #[must_use]
    pub fn goes(&self, service: u32, date: NaiveDate) -> bool {
        let known = self.exceptions.binary_search_by_key(&(service, date), |one| (one.service, one.date));
        if let Ok(place) = known {
            return self.exceptions[place].added;
        }
        let service = &self.services[service as usize];
        let weekday = 1 << date.weekday().num_days_from_monday();
        service.span.is_some_and(|(from, to)| (from..=to).contains(&date)) && service.weekdays & weekday != 0
    }

    /// The first and the last day of any service.
    #[must_use]
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        let weekly = self.services.iter().filter(|service| service.weekdays != 0).filter_map(|service| service.span);
        let added = self.exceptions.iter().filter(|one| one.added).map(|one| (one.date, one.date));
        weekly.chain(added).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))
    }

    /// How a day lies to [`Self::span`].
    #[must_use]
    pub fn state_on(&self, date: NaiveDate) -> CalendarState {
        match self.span() {
            None => CalendarState::Empty,
            Some((from, _)) if date < from => CalendarState::NotBegun,
            Some((_, to)) if date > to => CalendarState::Expired,
            Some(_) => CalendarState::Current,
        }
    }

    /// The moment of a time of a service day: that many seconds after twelve hours before noon, which is midnight but on days when
    /// clocks change.
    #[must_use]
    pub fn moment(&self, date: NaiveDate, seconds: u32) -> DateTime<Utc> {
        let noon = date.and_time(NaiveTime::MIN) + TimeDelta::hours(12);
        // No clock is changed at noon.
        let local = self.timezone.from_local_datetime(&noon).earliest();
        let noon = local.map_or_else(|| noon.and_utc(), |local| local.to_utc());
        noon - TimeDelta::hours(12) + TimeDelta::seconds(i64::from(seconds))
    }
}
