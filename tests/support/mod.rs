//! What the tests of the stores share.
#![allow(dead_code, reason = "each test binary uses a part of it")]

pub mod database;
pub mod features;
pub mod ground;
pub mod kinds;
pub mod layers;
pub mod mlt;
pub mod mvt;
pub mod present;
pub mod service;
