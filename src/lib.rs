//! citylayers: a GIS and map-tile service for smart-city layers.
//!
//! Start with ARCHITECTURE.md: the rooms, what is deliberately absent, and the four walks.

pub mod catalog;
pub mod demo;
pub mod geo;
pub mod ingest;
pub mod model;
pub mod store;
