//! What is heard from elsewhere, without being sent here.

pub mod mqtt;
