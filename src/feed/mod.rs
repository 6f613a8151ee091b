//! Where readings come from that nobody sends: feeds that are fetched.

pub mod gtfs_realtime;
pub mod vehicle_positions;
//! What is heard from elsewhere, without being sent here.

pub mod mqtt;
