//! Readings over HTTP: taken in, and told again.

pub mod history;
pub mod ngsi;
pub mod refused;
pub mod series;
pub mod take;
pub mod track;
