//! `data/rules/*.toml`: what is worth an alert. Here a file is read as a rule; whether it fits the layers is asked where rules are held.

use toml::de::Error;

use super::fault::Fault;
use super::{LayerSource, text_of};
use crate::model::Rule;

/// The rule of a file, or what is wrong with it: one thing, the first.
pub fn read(faults: &mut Vec<Fault>, source: &LayerSource) -> Option<Rule> {
    let (path, stem, _) = source;
    let text = text_of(faults, source)?;
    let place = |error: &Error| error.span().map_or(0, |span| span.start);
    match toml::from_str::<Rule>(text) {
        Ok(rule) if rule.id == *stem => Some(rule),
        Ok(rule) => {
            let message = format!("rule `{0}` stands in {stem}.toml; its file is named {0}.toml", rule.id);
            faults.push(Fault::at(path, text, 0, message));
            None
        }
        Err(error) => {
            faults.push(Fault::at(path, text, place(&error), error.message().to_owned()));
            None
        }
    }
}
