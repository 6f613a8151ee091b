//! The judges and layers of the package's own tests.

#[path = "../../tests/support/layers.rs"]
pub mod layers;
#[path = "../../tests/support/mlt.rs"]
pub mod mlt;
#[path = "../../tests/support/mvt.rs"]
pub mod mvt;
