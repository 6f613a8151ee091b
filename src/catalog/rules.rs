//! `data/rules/*.toml`: what is worth an alert. Here a file is read as a rule; whether it fits the layers is asked where rules are held.

use toml::de::Error;

use super::LayerSource;
use super::fault::Fault;
use crate::model::Rule;

/// The rule of a file, or what is wrong with it: one thing, the first.
pub fn read(faults: &mut Vec<Fault>, (path, stem, bytes): &LayerSource) -> Option<Rule> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let sound = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            faults.push(Fault::at(path, &sound, sound.len(), "not UTF-8 from here on".to_owned()));
            return None;
        }
    };
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
