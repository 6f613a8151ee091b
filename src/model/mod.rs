//! The nouns: what a city's layer, feature, value and change are. No I/O, no clock.

pub mod alert;
pub mod audience;
pub mod change;
pub mod columns;
pub mod document;
pub mod feature;
pub mod layer;
pub mod observation;
pub mod planning;
pub mod rows;
pub mod rule;
pub mod span;
pub mod style;
pub mod touch;
pub mod validity;
pub mod value;

pub use alert::Alert;
pub use audience::Audience;
pub use change::{Change, Revision, Version};
pub use document::{Document, DocumentKind};
pub use feature::{Feature, FeatureId, Properties};
pub use layer::{Field, FieldType, Layer, LayerId, Title};
pub use observation::{Observation, Observations};
pub use rows::{Rows, Selection};
pub use rule::Rule;
pub use span::TimeSpan;
pub use touch::Touch;
pub use validity::Interval;
pub use value::{Value, ValueRef};
