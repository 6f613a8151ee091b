//! A route in three numbers: first and last departure, and how long one waits between two.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Timetable;

/// Days that are looked through for the busiest: more than a year tells nothing new.
const DAYS: usize = 400;

/// What a passenger wants to know of a route, on its busiest day (the first of several).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouteSummary {
    /// The day.
    pub date: NaiveDate,
    /// The first departure of any of its trips, seconds of the service day.
    pub first: u32,
    /// The last.
    pub last: u32,
    /// Seconds between departures in the direction that has more of them: the middle one of all gaps. `None` of a single departure.
    pub headway: Option<u32>,
}

impl Timetable {
    /// The summaries of all routes, by their places; `None` of one that never goes.
    #[must_use]
    pub fn summaries(&self) -> Vec<Option<RouteSummary>> {
        let mut trips: Vec<Vec<u32>> = vec![Vec::new(); self.routes.len()];
        (0..).zip(&self.trips).for_each(|(number, trip)| trips[trip.route as usize].push(number));
        trips.iter().map(|trips| self.summary(trips)).collect()
    }

    fn summary(&self, trips: &[u32]) -> Option<RouteSummary> {
        let mut services: BTreeMap<u32, usize> = BTreeMap::new();
        for &trip in trips {
            *services.entry(self.trips[trip as usize].service).or_default() += self.starts(trip).count();
        }
        let runs = |date: NaiveDate| -> usize {
            services.iter().filter(|(service, _)| self.goes(**service, date)).map(|(_, runs)| runs).sum()
        };
        let (from, to) = self.span()?;
        let days = from.iter_days().take_while(|date| *date <= to).take(DAYS);
        let busiest =
            days.map(|date| (runs(date), date)).reduce(|best, next| if next.0 > best.0 { next } else { best });
        let (_, date) = busiest.filter(|(runs, _)| *runs > 0)?;
        let mut directions: BTreeMap<Option<u8>, Vec<u32>> = BTreeMap::new();
        for &number in trips {
            let trip = &self.trips[number as usize];
            if self.goes(trip.service, date) {
                directions.entry(trip.direction).or_default().extend(self.starts(number));
            }
        }
        let all = || directions.values().flatten().copied();
        Some(RouteSummary { date, first: all().min()?, last: all().max()?, headway: headway(directions.values()) })
    }

    /// When a trip starts, seconds of the service day.
    fn starts(&self, number: u32) -> impl Iterator<Item = u32> {
        let trip = &self.trips[number as usize];
        let frequencies = self.frequencies_of(number);
        let once = frequencies.is_empty().then(|| self.calls_of(trip).first().map(|call| call.departure)).flatten();
        let again = frequencies.iter().flat_map(|one| (one.start..one.end).step_by(one.headway as usize));
        once.into_iter().chain(again)
    }
}

fn headway<'a>(directions: impl Iterator<Item = &'a Vec<u32>>) -> Option<u32> {
    let mut starts = directions.max_by_key(|starts| starts.len())?.clone();
    starts.sort_unstable();
    let mut gaps: Vec<u32> = starts.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}
