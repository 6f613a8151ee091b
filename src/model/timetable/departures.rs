//! What leaves a stop next.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::{Call, DAY, Frequency, Timetable, Trip};

/// Days that are looked ahead: what leaves later is not a next departure.
pub const HORIZON: u64 = 7;

/// A trip that leaves a stop.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure<'a> {
    /// The trip.
    pub trip: &'a Trip,
    /// The stop: one of a station's own, when the station was asked for.
    pub stop: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// The service day: yesterday, after midnight.
    pub service_date: NaiveDate,
    /// Seconds between departures, of a trip that goes again and again.
    pub headway: Option<u32>,
    /// Whether `at` is an estimate.
    pub approximate: bool,
}

/// A call that somebody may get on at.
struct Candidate<'a> {
    trip: &'a Trip,
    call: &'a Call,
    /// Seconds since the trip's first departure.
    since: u32,
    frequencies: &'a [Frequency],
}

impl Timetable {
    /// What leaves a stop, or the stops of a station, from a moment on: the first `limit` within [`HORIZON`] days, in order of time. No
    /// trip leaves its last stop.
    #[must_use]
    pub fn departures(&self, stop: u32, from: DateTime<Utc>, limit: usize) -> Vec<Departure<'_>> {
        let candidates = self.candidates(stop);
        let longest = candidates.iter().map(Candidate::latest).max().unwrap_or_default();
        let today = from.with_timezone(&self.timezone).date_naive();
        // An hour more, for clocks that change.
        let back = Days::new(u64::from((longest + 3_600) / DAY));
        let ends = (today.checked_sub_days(back), today.checked_add_days(Days::new(HORIZON)));
        let (Some(first), Some(end)) = ends else { return Vec::new() };
        let mut found: Vec<Departure<'_>> = Vec::new();
        for date in first.iter_days().take_while(|date| *date < end) {
            let begins = self.moment(date, 0);
            let full = found.len() >= limit;
            if full && found.last().is_none_or(|last| last.at < begins) {
                break;
            }
            for candidate in candidates.iter().filter(|candidate| self.goes(candidate.trip.service, date)) {
                candidate.leave((date, begins), from, limit, &mut found);
            }
            found.sort_by(|one, other| (one.at, &one.trip.id).cmp(&(other.at, &other.trip.id)));
            found.truncate(limit);
        }
        found
    }

    fn candidates(&self, stop: u32) -> Vec<Candidate<'_>> {
        let parts = (0..).zip(&self.stops).filter(|(_, part)| part.parent == Some(stop)).map(|(place, _)| place);
        let stops = std::iter::once(stop).chain(parts);
        let leaving = stops.flat_map(|stop| self.calls_at(stop)).filter_map(|&place| {
            let number = self.trip_of(place);
            let (trip, call) = (&self.trips[number as usize], &self.calls[place as usize]);
            let starts = self.calls_of(trip).first().map_or(0, |first| first.departure);
            let since = call.departure.saturating_sub(starts);
            let last = place + 1 == trip.first_call + trip.calls;
            let leaves = !call.no_pickup && !last;
            leaves.then(|| Candidate { trip, call, since, frequencies: self.frequencies_of(number) })
        });
        leaving.collect()
    }
}

impl<'a> Candidate<'a> {
    /// Its last departure, seconds of the service day.
    fn latest(&self) -> u32 {
        let repeated = self.frequencies.iter().map(|one| one.end.saturating_add(self.since)).max();
        repeated.unwrap_or(self.call.departure)
    }

    /// Adds what leaves on a service day, not before `from` and at most `limit`.
    fn leave(
        &self,
        (date, begins): (NaiveDate, DateTime<Utc>),
        from: DateTime<Utc>,
        limit: usize,
        found: &mut Vec<Departure<'a>>,
    ) {
        let departure = |seconds: u32, headway: Option<u32>, approximate: bool| Departure {
            trip: self.trip,
            stop: self.call.stop,
            at: begins + TimeDelta::seconds(i64::from(seconds)),
            service_date: date,
            headway,
            approximate,
        };
        let wanted = (from - begins).num_milliseconds().max(0);
        let wanted = u32::try_from(wanted.div_euclid(1000) + i64::from(wanted % 1000 > 0)).unwrap_or(u32::MAX);
        if self.frequencies.is_empty() && self.call.departure >= wanted {
            found.push(departure(self.call.departure, None, self.call.approximate));
        }
        for frequency in self.frequencies {
            let behind = wanted.saturating_sub(frequency.start.saturating_add(self.since));
            let first =
                frequency.start.saturating_add(behind.div_ceil(frequency.headway).saturating_mul(frequency.headway));
            let starts = (first..frequency.end).step_by(frequency.headway as usize).take(limit);
            let approximate = !frequency.exact || self.call.approximate;
            found.extend(starts.map(|start| departure(start + self.since, Some(frequency.headway), approximate)));
        }
    }
}
