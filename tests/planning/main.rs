//! The planner's questions, asked over real sockets.

#[path = "../support/mod.rs"]
mod support;

mod changes;
mod ground;
mod overlay;
mod parcel;
mod real;
