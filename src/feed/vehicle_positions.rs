//! What is read of `gtfs-realtime.proto` (version 2.0), with its field numbers: positions of vehicles. Everything else in a feed (trip
//! updates, alerts, extensions) is passed over, as protobuf means it.
#![expect(missing_docs, reason = "the words of the standard, which says what they are")]

/// A feed.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FeedMessage {
    #[prost(message, required, tag = "1")]
    pub header: FeedHeader,
    #[prost(message, repeated, tag = "2")]
    pub entity: Vec<FeedEntity>,
}

/// What holds for all of it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FeedHeader {
    #[prost(string, required, tag = "1")]
    pub gtfs_realtime_version: String,
    /// Seconds since 1970.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
}

/// One thing in it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FeedEntity {
    #[prost(string, required, tag = "1")]
    pub id: String,
    #[prost(bool, optional, tag = "2")]
    pub is_deleted: Option<bool>,
    #[prost(message, optional, tag = "4")]
    pub vehicle: Option<VehiclePosition>,
}

/// A vehicle.
#[derive(Clone, PartialEq, prost::Message)]
pub struct VehiclePosition {
    #[prost(message, optional, tag = "2")]
    pub position: Option<Position>,
    /// Seconds since 1970.
    #[prost(uint64, optional, tag = "5")]
    pub timestamp: Option<u64>,
    #[prost(message, optional, tag = "8")]
    pub vehicle: Option<VehicleDescriptor>,
    /// Percent; beyond 100 where people stand closer than is meant.
    #[prost(uint32, optional, tag = "10")]
    pub occupancy_percentage: Option<u32>,
}

/// Where it is.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Position {
    /// Degrees.
    #[prost(float, required, tag = "1")]
    pub latitude: f32,
    /// Degrees.
    #[prost(float, required, tag = "2")]
    pub longitude: f32,
    /// Degrees clockwise from north.
    #[prost(float, optional, tag = "3")]
    pub bearing: Option<f32>,
    /// Metres a second.
    #[prost(float, optional, tag = "5")]
    pub speed: Option<f32>,
}

/// Which vehicle.
#[derive(Clone, PartialEq, prost::Message)]
pub struct VehicleDescriptor {
    #[prost(string, optional, tag = "1")]
    pub id: Option<String>,
}
