//! Names of layers, fields, indicators and rules in URLs, tables and files.

/// Whether `text` can name a layer or a field: what needs no quoting in a URL, in SQL and in a filter.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let follows = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    text.len() <= 48 && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) && text.bytes().all(follows)
}

/// What a type that holds such a name as `Arc<str>` has.
macro_rules! named {
    ($name:ident) => {
        impl $name {
            /// `None` when `text` is not such a name.
            #[must_use]
            pub fn new(text: &str) -> Option<Self> {
                $crate::model::name::is_name(text).then(|| Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

pub(super) use named;
