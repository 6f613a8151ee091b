//! `/indicators`, and tiles of units that carry an indicator: what is told of administrative units, period by period.

mod answer;
mod legend;
mod list;
mod newest;
mod painted;
mod tile;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::error::Problem;
use super::features::formats::{Format, format};
use super::parameters::{Parameters, wrong};
use super::serving::{Serving, State};
use crate::model::indicator::{CLASSES, Method};
use crate::model::period::NoPeriod;
use crate::model::{Indicator, IndicatorId, Period};

pub use list::indicators;
pub use newest::Counts;
pub use painted::{Painted, Paintings};
pub use tile::{Wanted, indicated, with_indicated};

/// Which indicator is asked for, when, and in which classes.
#[derive(Clone, Debug)]
struct Choice {
    indicator: Arc<Indicator>,
    /// `None` where nothing was ever told.
    period: Option<Period>,
    method: Method,
    classes: usize,
}

impl Choice {
    /// Takes `period`, `classes` and `n`; without a period the newest that is told of most units is meant.
    fn read(parameters: &mut Parameters, state: &State, indicator: Arc<Indicator>) -> Result<Self, Problem> {
        let period = match parameters.text("period") {
            Some(text) => Some(period(&indicator, &text)?),
            None => newest::newest(state, state.city()?, &indicator),
        };
        let methods: Vec<&str> = Method::NAMES.iter().map(|(name, _)| *name).collect();
        let method = match parameters.text("classes") {
            None => indicator.method,
            Some(name) => Method::NAMES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, method)| *method)
                .ok_or_else(|| wrong("classes", &name, format!("it is one of {}", methods.join(", "))))?,
        };
        let meant = format!("it is a whole number from {} to {}", CLASSES.start(), CLASSES.end());
        let classes = match parameters.text("n") {
            None => indicator.classes,
            Some(text) => {
                text.parse().ok().filter(|count| CLASSES.contains(count)).ok_or_else(|| wrong("n", &text, meant))?
            }
        };
        Ok(Self { indicator, period, method, classes })
    }
}

fn period(indicator: &Indicator, text: &str) -> Result<Period, Problem> {
    let period: Period = text.parse().map_err(|error: NoPeriod| wrong("period", text, error))?;
    if period.every() == indicator.every {
        return Ok(period);
    }
    let meant = format!("`{}` is told for periods such as {}", indicator.id, indicator.every.example());
    Err(wrong("period", text, meant))
}

/// The indicators of units that whoever asks may see.
fn seen(state: &State) -> impl Iterator<Item = &Arc<Indicator>> {
    let may_see = |indicator: &&Arc<Indicator>| {
        state.catalog.layer(&indicator.layer).is_some_and(|layer| state.audience().may_see(layer.audience))
    };
    state.catalog.indicators().iter().filter(may_see)
}

fn named(state: &State, name: &str) -> Option<Arc<Indicator>> {
    let id = IndicatorId::new(name)?;
    seen(state).find(|indicator| indicator.id == id).cloned()
}

/// `GET /indicators/{id}`.
pub async fn indicator(request: HttpRequest, state: Serving, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let known = named(&state, &path);
    let indicator = known
        .ok_or_else(|| Problem::NotFound(format!("there is no indicator `{}`; GET /indicators lists them", *path)))?;
    let mut parameters = Parameters::parse(request.query_string())?;
    let format = format(&request, &mut parameters, &[Format::Json, Format::Csv])?;
    let choice = Choice::read(&mut parameters, &state, indicator)?;
    parameters.finish()?;
    let painted = painted::painted(&state, choice).await?;
    Ok(answer::answer(&request, &state, &painted, format))
}
