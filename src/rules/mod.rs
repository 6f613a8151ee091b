//! Rules held against what happens, and the alerts that come of them.
//!
//! [`Engine::judge`] sees a commit before it is kept, and the city as it was; what follows from it is a [`Draft`], which is kept in
//! the same commit and learned when that has been kept. [`Engine::tick`] does the same for what comes with time alone. So an alert is
//! never lost, and never there without its reason. A rule costs nothing for features that do not change: readings are looked at by the
//! rules of their layer, fences are found by the index, and silence by one timer a feature. Targets of indicators are looked at when
//! values were told, which mostly another process does.
//!
//! Deliberately absent: rules over several features at once, and a new look at features that rest when a fence changes; they are
//! judged when they move next.

mod draft;
mod engine;
mod fences;
mod gone;
mod near;
mod overheard;
mod raise;
mod ready;
mod recall;
mod start;
mod targets;
mod told;
mod values;
mod watch;

pub use draft::{Cause, Draft, Message};
pub use engine::{Engine, State};
pub use ready::{FARTHEST, Known, MOST_PERIODS, MOST_STEPS, Ready, RuleFault};
pub use told::geojson;
