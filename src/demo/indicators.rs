//! Values of the shipped indicators for the wards of the demo: seeded, plausible, and not true of anybody.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use rand::Rng;

use super::facts::{self, Ward};
use super::noise::{Noise, dice};
use super::sheet::tenths;
use crate::model::period::Every;
use crate::model::{FeatureId, Indication, Indications, Indicator, Period};

/// Periods that are told: a year and the one before it to compare.
const PERIODS: usize = 13;

/// Years that are told.
const YEARS: usize = 6;

/// Share of a year's capital that is usually paid out by the end of each month, percent.
const PAID_OUT: [f64; 12] = [4.0, 8.0, 15.0, 23.0, 31.0, 41.0, 49.0, 57.0, 64.0, 73.0, 84.0, 96.0];

/// More people fall ill in the cold and in the hot months.
const ADMISSIONS: [f64; 12] = [1.12, 1.08, 1.02, 0.96, 0.98, 1.06, 1.1, 1.04, 0.98, 0.92, 0.94, 1.04];

/// Values of the indicators that the demo knows, for the periods that are over on `today`. A period has the same values whenever it is
/// told.
#[must_use]
pub fn indications(seed: u64, indicators: &[Arc<Indicator>], today: NaiveDate) -> Vec<Indications> {
    let wards: Vec<Place> = facts::wards().into_iter().map(|ward| Place::new(seed, ward)).collect();
    let of_wards = indicators.iter().filter(|indicator| indicator.layer.as_str() == "wards");
    let all = of_wards.map(|indicator| {
        let values = periods(indicator.every, today).into_iter().flat_map(|period| {
            wards.iter().filter_map(move |ward| {
                let value = ward.value(seed, indicator.id.as_str(), period)?;
                let unit = FeatureId::new(&ward.fact.code)?;
                Some(Indication { indicator: indicator.id.clone(), unit, period, value })
            })
        });
        Indications::new(indicator.layer.clone(), values)
    });
    all.filter(|indications| !indications.list().is_empty()).collect()
}

/// The last ones that are over, the newest first.
fn periods(every: Every, today: NaiveDate) -> Vec<Period> {
    let last = Period::holding(every, today).and_then(Period::previous);
    let count = if every == Every::Year { YEARS } else { PERIODS };
    std::iter::successors(last, |period| period.previous()).take(count).collect()
}

/// A ward, and what its values come from.
struct Place {
    fact: Ward,
    urban: bool,
    people: f64,
    /// Billion VND.
    capital: f64,
    /// How well it is run, between -1 and 1: neighbours are alike.
    run: f64,
}

impl Place {
    fn new(seed: u64, fact: Ward) -> Self {
        let mut dice = dice(seed, &format!("ward {}", fact.code));
        let urban = fact.unit_type == "Phường";
        let people = if urban { dice.random_range(19_000.0..47_000.0) } else { dice.random_range(4_200.0..17_500.0) };
        let capital = people / 1000.0 * dice.random_range(1.2..5.5);
        let own: f64 = dice.random_range(-0.35..0.35);
        let run = Noise::new(seed, "run").fractal(fact.place(), 60_000.0, 3) * 1.3 + own;
        Self { urban, people, capital, run: run.clamp(-1.0, 1.0), fact }
    }

    /// `None` for an indicator that the demo does not know, and where nothing was told.
    fn value(&self, seed: u64, indicator: &str, period: Period) -> Option<f64> {
        let mut dice = dice(seed, &format!("{indicator} {} {period}", self.fact.code));
        // Not every unit is asked each time.
        if indicator == "citizen_satisfaction" && dice.random_bool(0.04) {
            return None;
        }
        let mut about = |value: f64, share: f64| value * (1.0 + dice.random_range(-share..share));
        let month = period.first_day().month0() as usize;
        let years = f64::from(period.first_day().year() - 2026) + f64::from(period.first_day().month0()) / 12.0;
        let people = self.people * (1.0 + years * if self.urban { 0.013 } else { 0.002 });
        Some(match indicator {
            "population" => people.round(),
            "procedures" => about(people * 0.011, 0.12).round(),
            "on_time_procedures" => tenths((about(92.5 + 5.5 * self.run, 0.015) + 1.6 * years).clamp(55.0, 100.0)),
            "citizen_satisfaction" => tenths((about(87.0 + 6.5 * self.run, 0.02) + 1.2 * years).clamp(50.0, 100.0)),
            "investment_plan" => tenths(about(self.capital, 0.1)),
            "investment_disbursed" => {
                tenths((about(PAID_OUT[month], 0.05) * (0.97 + 0.22 * self.run)).clamp(0.0, 100.0))
            }
            "hospital_admissions" => about(people * 0.0105 * ADMISSIONS[month], 0.1).round(),
            "school_pupils" => about(people * 0.168, 0.03).round(),
            _ => return None,
        })
    }
}
