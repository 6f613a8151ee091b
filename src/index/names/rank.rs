//! Which of two matches comes first, and the first so many of all.

use std::cmp::Ordering;

use super::form::Fit;
use super::kind::Kind;

/// What a match is worth, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// It is the name.
    Whole,
    /// It is the name of what became part of the feature.
    Former,
    /// The name begins with it.
    Begins,
    /// Its words are in the name.
    Words,
    /// The name of what became part of the feature begins with it.
    FormerBegins,
    /// Its words are in the names of what became part of the feature.
    FormerWords,
    /// Another text is it.
    OtherWhole,
    /// Another text begins with it.
    OtherBegins,
    /// Its words are in another text.
    OtherWords,
}

impl Class {
    /// The classes in their order, each with the kind of text and how that fits.
    pub const ALL: [(Self, Kind, Fit); 9] = [
        (Self::Whole, Kind::Name, Fit::Whole),
        (Self::Former, Kind::Former, Fit::Whole),
        (Self::Begins, Kind::Name, Fit::Begins),
        (Self::Words, Kind::Name, Fit::Words),
        (Self::FormerBegins, Kind::Former, Fit::Begins),
        (Self::FormerWords, Kind::Former, Fit::Words),
        (Self::OtherWhole, Kind::Other, Fit::Whole),
        (Self::OtherBegins, Kind::Other, Fit::Begins),
        (Self::OtherWords, Kind::Other, Fit::Words),
    ];

    /// Of a kind of text that fits so well.
    #[must_use]
    pub fn of(kind: Kind, fit: Fit) -> Self {
        let own = Self::ALL.iter().find(|(_, of_kind, of_fit)| (*of_kind, *of_fit) == (kind, fit));
        own.map_or(Self::OtherWords, |(class, ..)| *class)
    }

    /// What a match of the name of a unit is worth to the units that took its place; `None` for other matches.
    #[must_use]
    pub fn of_successor(self) -> Option<Self> {
        match self {
            Self::Whole => Some(Self::Former),
            Self::Begins => Some(Self::FormerBegins),
            Self::Words => Some(Self::FormerWords),
            _ => None,
        }
    }

    /// Whether a name is what was typed.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self <= Self::Former
    }
}

/// What decides between two matches before their layers and ids do.
#[derive(Clone, Copy, Debug)]
pub struct Rank {
    /// The better class first.
    pub class: Class,
    /// The nearer first; all alike where nobody says where they look.
    pub metres: f64,
    /// Bytes of the text's form: the shorter first.
    pub length: u32,
}

impl Rank {
    /// The order of matches.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        let nearer = self.metres.total_cmp(&other.metres);
        self.class.cmp(&other.class).then(nearer).then(self.length.cmp(&other.length))
    }
}

/// A row of a layer that matches.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// See there.
    pub rank: Rank,
    /// The block and the row.
    pub place: (u32, u32),
    /// Where the text stands: a field, `None` for the id.
    pub field: Option<usize>,
}

/// The first so many rows, each by the best of its matches, in order.
#[derive(Debug)]
pub struct Best {
    candidates: Vec<Candidate>,
    most: usize,
}

impl Best {
    /// None yet, `most` at the end.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { candidates: Vec::with_capacity(most + 1), most }
    }

    /// The last one, once there are as many as wanted: what is not before it needs not be offered.
    #[must_use]
    #[inline]
    pub fn last(&self) -> Option<&Candidate> {
        self.candidates.last().filter(|_| self.candidates.len() >= self.most)
    }

    /// Takes a candidate in if it is among the first; `order` is that of candidates.
    pub fn offer(&mut self, candidate: Candidate, order: impl Fn(&Candidate, &Candidate) -> Ordering) {
        if self.last().is_some_and(|last| order(&candidate, last) != Ordering::Less) {
            return;
        }
        if let Some(same) = self.candidates.iter().position(|known| known.place == candidate.place) {
            if order(&candidate, &self.candidates[same]) != Ordering::Less {
                return;
            }
            self.candidates.remove(same);
        }
        let place = self.candidates.partition_point(|known| order(known, &candidate) == Ordering::Less);
        self.candidates.insert(place, candidate);
        self.candidates.truncate(self.most);
    }

    /// What was found, in order.
    #[must_use]
    pub fn found(self) -> Vec<Candidate> {
        self.candidates
    }
}
