//! The query of a URL: each parameter once, each one known (OGC 17-069r4, section 7.6: an unknown one is an error, not a wish that
//! is passed over in silence).

use std::fmt::Display;
use std::str::FromStr;

use actix_web::web::Query;
use percent_encoding::percent_decode_str;

use super::error::Problem;
use crate::model::validity::{Interval, IntervalError};

/// Bytes of a query.
const LONGEST: usize = 64 << 10;

/// The parameters of a request that nobody has taken yet.
#[derive(Debug)]
pub struct Parameters {
    given: Vec<(String, String)>,
    /// What was asked for, for the message about what is not known.
    known: Vec<&'static str>,
}

impl Parameters {
    /// Reads the part of a URL behind `?`.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        if query.len() > LONGEST {
            return Err(Problem::BadRequest(format!("the query has {} bytes, at most {LONGEST}", query.len())));
        }
        check_text(query)?;
        let given = Query::<Vec<(String, String)>>::from_query(query)
            .map_err(|error| Problem::BadRequest(format!("the query `{query}` cannot be read: {error}")))?
            .into_inner();
        let mut names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some((twice, _)) = names.iter().zip(names.iter().skip(1)).find(|(one, next)| one == next) {
            return Err(Problem::BadRequest(format!("the parameter `{twice}` stands there twice")));
        }
        Ok(Self { given, known: Vec::new() })
    }

    /// The text of a parameter, which is taken out.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let place = self.given.iter().position(|(given, _)| given == name)?;
        Some(self.given.swap_remove(place).1)
    }

    /// The value of a parameter; `meant` tells what it should have been.
    pub fn value<T: FromStr>(&mut self, name: &'static str, meant: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_no_value| wrong(name, &text, meant))
    }

    /// How many are wanted: `usual` without the parameter, and `most` for whoever asks for more.
    pub fn limit(&mut self, usual: usize, most: usize) -> Result<usize, Problem> {
        let Some(text) = self.text("limit") else { return Ok(usual) };
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // Too long for a number is more than the most, too.
        let limit = if digits { text.parse().unwrap_or(usize::MAX) } else { 0 };
        if limit == 0 {
            return Err(wrong(
                "limit",
                &text,
                format!("it is a whole number from 1; at most {most} features are given"),
            ));
        }
        Ok(limit.min(most))
    }

    /// A moment, a day, or an interval (17-069r4, section 7.15.4). A `+` that was not written as `%2B` has become a blank: it is the
    /// sign of an offset all the same.
    pub fn interval(&mut self, name: &'static str) -> Result<Option<Interval>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.replace(' ', "+").parse().map(Some).map_err(|error: IntervalError| wrong(name, &text, error))
    }

    /// The same of what is measured: a day is one of Viet Nam (UTC+7), as everybody who reads a clock there means it.
    pub fn local_interval(&mut self, name: &'static str) -> Result<Option<Interval>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let day = |part: &str, time: &str| match part.parse::<chrono::NaiveDate>() {
            Ok(day) if part.len() == 10 => format!("{day}T{time}+07:00"),
            _ => part.replace(' ', "+"),
        };
        let (start, end) = text.split_once('/').unwrap_or((&text, &text));
        let is_moment = !text.contains('/') && start.len() != 10;
        let (start, end) = (day(start, "00:00:00"), day(end, "23:59:59.999999"));
        let whole = if is_moment { start } else { format!("{start}/{end}") };
        whole.parse().map(Some).map_err(|_error: IntervalError| {
            let error = text.parse::<Interval>().err().map_or_else(String::new, |error| error.to_string());
            wrong(name, &text, error)
        })
    }

    /// `true` or `false`, the latter without the parameter.
    pub fn flag(&mut self, name: &'static str) -> Result<bool, Problem> {
        Ok(self.value(name, "it is true or false")?.unwrap_or_default())
    }

    /// Finite numbers with commas between them, as many as one of `counts`.
    pub fn numbers(&mut self, name: &'static str, counts: &[usize], meant: &str) -> Result<Option<Vec<f64>>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let number = |part: &str| part.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        let numbers: Option<Vec<f64>> = text.split(',').map(number).collect();
        numbers.filter(|numbers| counts.contains(&numbers.len())).map(Some).ok_or_else(|| wrong(name, &text, meant))
    }

    /// Takes out what bears another name that `is_known`: properties of a layer.
    pub fn others(&mut self, is_known: impl Fn(&str) -> bool) -> Vec<(String, String)> {
        let (taken, rest) = std::mem::take(&mut self.given).into_iter().partition(|(name, _)| is_known(name));
        self.given = rest;
        taken
    }

    /// Ends the taking: what is left is not known.
    pub fn finish(self) -> Result<(), Problem> {
        match self.given.first() {
            None => Ok(()),
            Some((name, _)) => Err(Problem::BadRequest(format!(
                "the parameter `{name}` is not known here; known are: {}",
                self.known.join(", ")
            ))),
        }
    }
}

/// Bytes that are no UTF-8 would become other ones, and find something else or nothing.
fn check_text(query: &str) -> Result<(), Problem> {
    let part = query.split('&').find(|part| percent_decode_str(part).decode_utf8().is_err());
    part.map_or(Ok(()), |part| {
        Err(Problem::BadRequest(format!(
            "`{part}` of the query is no UTF-8: escape the bytes of UTF-8 (RFC 3986, section 2.5)"
        )))
    })
}

/// A parameter with a value that is none.
pub fn wrong(name: &str, value: &str, meant: impl Display) -> Problem {
    let shown: String = value.chars().take(80).collect();
    Problem::BadRequest(format!("`{name}={shown}`: {meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_what_is_measured_are_those_of_viet_nam() {
        let table = [
            ("2026-11-21", "2026-11-20T17:00:00+00:00/2026-11-21T16:59:59.999999+00:00"),
            ("2026-11-21/..", "2026-11-20T17:00:00+00:00/.."),
            ("../2026-11-21", "../2026-11-21T16:59:59.999999+00:00"),
            ("2026-11-21T10:00:00%2B07:00", "2026-11-21T03:00:00+00:00/2026-11-21T03:00:00+00:00"),
            ("2026-11-21/2026-11-22T00:00:00Z", "2026-11-20T17:00:00+00:00/2026-11-22T00:00:00+00:00"),
        ];
        for (asked, wanted) in table {
            let mut parameters = Parameters::parse(&format!("datetime={asked}")).expect("a query");
            let interval = parameters.local_interval("datetime").expect("an interval").expect("it is there");
            assert_eq!(interval.to_string(), wanted, "{asked}");
        }
        for wrong in ["2026-13-01", "2026-11-21/2026-11-20", "", "now"] {
            let mut parameters = Parameters::parse(&format!("datetime={wrong}")).expect("a query");
            let error = parameters.local_interval("datetime").expect_err(wrong).to_string();
            assert!(error.contains("datetime"), "{wrong}: {error}");
        }
    }

    #[test]
    fn parameters_are_taken_once_and_what_is_left_is_an_error() {
        let mut parameters = Parameters::parse("limit=5&bbox=1,2,3%2C4&x=").expect("a query");
        assert_eq!(parameters.value::<u32>("limit", "a number").ok().flatten(), Some(5));
        assert_eq!(parameters.numbers("bbox", &[4, 6], "four").ok().flatten(), Some(vec![1.0, 2.0, 3.0, 4.0]));
        let error = parameters.finish().expect_err("x is left").to_string();
        assert!(error.contains("`x`") && error.contains("limit, bbox"), "{error}");
        for query in ["a=1&a=2", "bbox=1,2,3", "bbox=1,2,3,nan", "bbox=", "bbox=1,2,3,inf", "%ff=1&a=%"] {
            let taken = Parameters::parse(query).and_then(|mut parameters| {
                let numbers = parameters.numbers("bbox", &[4, 6], "four")?;
                parameters.finish()?;
                Ok(numbers)
            });
            assert!(taken.is_err(), "{query}: {taken:?}");
        }
    }
}
