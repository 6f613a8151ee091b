//! Where readings come from that nobody sends by HTTP: brokers that are heard, feeds that are fetched.

pub mod gtfs_realtime;
pub mod mqtt;
pub mod vehicle_positions;
