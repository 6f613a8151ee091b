//! HTTP, at the edge: the only room that knows a status code.

pub mod catalog;
pub mod desk;
pub mod draw;
pub mod error;
pub mod headers;
pub mod health;
pub mod mend;
pub mod metrics;
pub mod negotiate;
pub mod overlay;
pub mod pages;
pub mod parcel;
pub mod serving;
pub mod tiles;
pub mod urls;

pub use serving::{Serving, State};
pub use urls::{Server, bind};
