//! What a text is to its feature: a name, a name of what became part of it, or something else.

use crate::model::Layer;

/// A field with the names of the units that a feature was made from, one after another.
pub const MERGED_FROM: &str = "merged_from";

/// A field with the ids of the features that took the place of this one; they are of layers that have a field [`MERGED_FROM`].
pub const SUCCESSORS: &str = "successors";

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The id, the label, `name`, `name_…`, `…_name`; in a layer without a label also the first field that is searchable.
    Name,
    /// [`MERGED_FROM`].
    Former,
    /// Every other field that is searchable.
    Other,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Name, Self::Former, Self::Other];

    /// Whether what stands between commas is a name by itself: a crossing `…, Vinh` is not called Vinh.
    #[must_use]
    pub fn is_list(self) -> bool {
        self != Self::Name
    }

    /// Of a field by its place in [`Layer::fields`].
    #[must_use]
    pub fn of(layer: &Layer, field: usize) -> Self {
        let name = layer.fields[field].name.as_str();
        if name == MERGED_FROM {
            return Self::Former;
        }
        let label = layer.style.label.as_deref();
        let first = layer.fields.iter().position(|field| field.searchable);
        let names = name == "name"
            || name.starts_with("name_")
            || name.ends_with("_name")
            || label == Some(name)
            || label.is_none() && first == Some(field);
        if names { Self::Name } else { Self::Other }
    }
}

/// The ids in a field [`SUCCESSORS`].
pub fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ';', ' ', '\n']).filter(|id| !id.is_empty())
}
