//! citylayers: a GIS and map-tile service for smart-city layers.
//!
//! Start with ARCHITECTURE.md: the rooms, what is deliberately absent, and the six walks.

pub mod catalog;
pub mod city;
pub mod command;
pub mod config;
pub mod crs;
pub mod demo;
pub mod export;
pub mod geo;
pub mod index;
pub mod ingest;
pub mod live;
pub mod model;
pub mod planning;
pub mod rules;
pub mod store;
pub mod tile;
pub mod web;
pub mod webhooks;
