//! Who may see a layer or a field.

use std::str::FromStr;

use serde::Serialize;

/// Each one may see what those before it may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Anybody, without signing in.
    #[default]
    Public,
    /// People of the province's agencies.
    Staff,
    /// The operations centre.
    Operator,
}

impl Audience {
    /// Whether a reader of this audience may see what is meant for `wanted`. The one place where that is decided.
    #[must_use]
    pub fn may_see(self, wanted: Self) -> bool {
        self >= wanted
    }
}

impl FromStr for Audience {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "public" => Ok(Self::Public),
            "staff" => Ok(Self::Staff),
            "operator" => Ok(Self::Operator),
            other => Err(format!("audience `{other}` is not one of public, staff, operator")),
        }
    }
}
