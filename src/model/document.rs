//! What is kept whole beside the features of a layer: rules, alerts with their trail, messages on their way out.

use super::layer::LayerId;

/// What a document is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A rule that was made over HTTP.
    Rule,
    /// What a rule of a file asked for when it held last.
    Condition,
    /// An alert that somebody has to do something about.
    OpenAlert,
    /// An alert that is over.
    EndedAlert,
    /// That an alert of a cause is open, and which: of two nodes that raise one at once the second is refused.
    Cause,
    /// What is still so although its alert is over: it is not raised again before it has ended.
    Muted,
    /// A message that has not been delivered yet.
    Message,
}

impl DocumentKind {
    /// The word for it in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Condition => "condition",
            Self::OpenAlert => "open_alert",
            Self::EndedAlert => "ended_alert",
            Self::Cause => "cause",
            Self::Muted => "muted",
            Self::Message => "message",
        }
    }
}

/// A document, or that there is none any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The layer that it belongs to.
    pub layer: LayerId,
    /// What it is of.
    pub kind: DocumentKind,
    /// Its name among those of its kind.
    pub key: String,
    /// JSON; `None`: it is taken away, if it is there.
    pub body: Option<String>,
    /// How many lines the `trail` of the one before has; 0: there is none. Where it has others, somebody else was faster, and nothing of
    /// the commit is kept. `None`: whatever is there.
    pub follows: Option<usize>,
}
