//! `stop_times.txt`: the one file with millions of rows, of each of which 32 bytes are kept.

use super::FeedError;
use super::ledger::Ledger;
use super::stops::Stops;
use super::table::Row;
use super::trips::Trips;
use crate::ingest::report::{Fault, Reason, Refusal};
use crate::model::timetable::{Call, LATEST};

/// A call as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub struct CallRow {
    /// Number among the trips.
    pub trip: u32,
    pub sequence: u32,
    /// Number among the stops.
    pub stop: u32,
    row: u32,
    arrival: Option<u32>,
    departure: Option<u32>,
    no_pickup: bool,
    approximate: bool,
}

impl CallRow {
    /// For the timetable, which looks the stop up.
    pub fn settled(&self) -> Call {
        let arrival = self.arrival.or(self.departure).unwrap_or_default();
        Call {
            sequence: self.sequence,
            stop: 0,
            arrival,
            departure: self.departure.unwrap_or(arrival),
            no_pickup: self.no_pickup,
            approximate: self.approximate,
        }
    }
}

/// The calls that were taken, by trip and sequence.
pub struct Calls {
    pub list: Vec<CallRow>,
}

impl Calls {
    /// Those of each trip that has any.
    pub fn by_trip(&self) -> impl Iterator<Item = &[CallRow]> {
        self.list.chunk_by(|one, next| one.trip == next.trip)
    }
}

const NAMES: [&str; 7] =
    ["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence", "pickup_type", "timepoint"];

/// A time of a service day in seconds; hours go on after midnight.
pub fn time(row: &Row<'_>, place: usize) -> Result<Option<u32>, Fault> {
    row.read(place, "time such as 05:30:00 or 25:10:00", |text| {
        let mut parts = text.split(':').map(|part| {
            let digits = (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if digits { part.parse::<u32>().ok() } else { None }
        });
        let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
        let time = hours * 3_600 + minutes * 60 + seconds;
        (parts.next().is_none() && minutes < 60 && seconds < 60 && time <= LATEST).then_some(time)
    })
}

pub fn read(ledger: &Ledger<'_>, trips: &mut Trips, stops: &Stops) -> Result<Calls, FeedError> {
    let mut list: Vec<CallRow> = Vec::new();
    ledger.rows("stop_times.txt", &NAMES, |row| {
        let trip = trips.number(&row.need(0)?).ok_or_else(|| row.unknown(0, "trips.txt"))?;
        let stop = stops.number(&row.need(3)?).ok_or_else(|| row.unknown(3, "stops.txt"))?;
        let sequence = row.need_read(4, "whole number from 0", |text| text.parse().ok())?;
        let (arrival, departure) = (time(row, 1)?, time(row, 2)?);
        list.push(CallRow {
            trip,
            sequence,
            stop,
            row: u32::try_from(row.number).unwrap_or(u32::MAX),
            arrival,
            departure,
            no_pickup: row.text(5).is_some_and(|kind| kind == "1"),
            approximate: row.text(6).is_some_and(|kind| kind == "0"),
        });
        Ok(())
    })?;
    list.sort_by_key(|call| (call.trip, call.sequence, call.row));
    let mut taken = Vec::with_capacity(list.len());
    let mut called = vec![0; trips.list.len()];
    for calls in list.chunk_by(|one, next| one.trip == next.trip) {
        let trip = calls[0].trip as usize;
        let sound = sound(ledger, calls);
        called[trip] = sound.len();
        if sound.len() >= 2 {
            trips.list[trip].calls = true;
            taken.extend(between(sound));
        }
    }
    for (number, calls) in called.into_iter().enumerate().filter(|(_, calls)| *calls < 2) {
        trips.refuse(ledger, number, calls);
    }
    Ok(Calls { list: taken })
}

/// The calls of a trip whose times go on, from the first to the last that has one.
fn sound(ledger: &Ledger<'_>, calls: &[CallRow]) -> Vec<CallRow> {
    let refuse = |call: &CallRow, fault: Fault| {
        ledger.refuse("stop_times.txt", Refusal { row: u64::from(call.row), id: None, fault, also: Vec::new() });
    };
    let mut sound: Vec<CallRow> = Vec::with_capacity(calls.len());
    let mut now = 0;
    for call in calls {
        let arrival = call.arrival.or(call.departure);
        if sound.last().is_some_and(|last| last.sequence == call.sequence) {
            let message = format!("{} was there before in this trip", call.sequence);
            refuse(call, Fault::new(Reason::DuplicateId, message).of("stop_sequence"));
        } else if arrival.is_none() && sound.is_empty() {
            let message = "the first call of a trip needs a time";
            refuse(call, Fault::new(Reason::MissingField, message).of("departure_time"));
        } else if arrival.is_some_and(|arrival| arrival < now) {
            let message = "it is there before the trip has left the stop before";
            refuse(call, Fault::new(Reason::TimesBackwards, message).of("arrival_time"));
        } else if arrival.zip(call.departure).is_some_and(|(arrival, departure)| departure < arrival) {
            let message = "it leaves before it is there: exchange arrival_time and departure_time";
            refuse(call, Fault::new(Reason::TimesBackwards, message).of("departure_time"));
        } else {
            now = call.departure.or(arrival).unwrap_or(now);
            sound.push(*call);
        }
    }
    while let Some(last) = sound.pop_if(|last| last.arrival.or(last.departure).is_none()) {
        refuse(&last, Fault::new(Reason::MissingField, "the last call of a trip needs a time").of("arrival_time"));
    }
    sound
}

/// Calls without a time get one between those before and behind them, in equal steps, and count as estimates.
fn between(mut calls: Vec<CallRow>) -> Vec<CallRow> {
    let timed: Vec<usize> =
        (0..calls.len()).filter(|&place| calls[place].arrival.or(calls[place].departure).is_some()).collect();
    for pair in timed.windows(2) {
        let (from, to) = (calls[pair[0]].settled().departure, calls[pair[1]].settled().arrival);
        let steps = u64::try_from(pair[1] - pair[0]).unwrap_or(u64::MAX);
        for (step, place) in (1..).zip(pair[0] + 1..pair[1]) {
            let time = from + u32::try_from(u64::from(to - from) * step / steps).unwrap_or_default();
            let call = &mut calls[place];
            (call.arrival, call.departure, call.approximate) = (Some(time), Some(time), true);
        }
    }
    calls
}
