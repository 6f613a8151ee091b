//! Where things are: one index a layer, all of them the atlas. Answers every question about space; knows nothing of
//! tiles, stores and requests.

pub mod atlas;
pub mod block;
pub mod buried;
pub mod chain;
pub mod cluster;
pub mod cql2;
pub mod edit;
pub mod fold;
pub mod history;
pub mod holding;
pub mod ids;
pub mod layer_index;
pub mod merged;
pub mod names;
pub mod nearest;
pub mod packed;
pub mod page;
pub mod present;
pub mod sort;
pub mod stamps;
pub mod summary;
pub mod thinning;

pub use atlas::Atlas;
pub use layer_index::LayerIndex;
