//! HTTP, at the edge: the only room that knows a status code.

pub mod alerts;
pub mod api;
pub mod as_of;
pub mod catalog;
pub mod desk;
pub mod draw;
pub mod error;
pub mod features;
pub mod headers;
pub mod health;
pub mod indicators;
pub mod laid;
pub mod links;
pub mod live;
pub mod measured;
pub mod mend;
pub mod metrics;
pub mod negotiate;
pub mod observations;
mod origin;
pub mod overlay;
pub mod pages;
pub mod parameters;
pub mod parcel;
pub mod place;
pub mod search;
pub mod serving;
pub mod summary;
pub mod tiles;
pub mod tilesets;
mod timetable;
pub mod urls;
pub mod wall;

pub use serving::{Serving, State};
pub use urls::{Server, bind};
