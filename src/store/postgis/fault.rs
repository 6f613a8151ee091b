//! What can go wrong between a node and its database, by what helps against it.

use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;

use super::super::StoreError;

/// Why an attempt failed.
#[derive(Debug)]
pub enum Fault {
    /// The connection is of no use any more, or there is none: another one may do.
    Lost(String),
    /// Two transactions were in each other's way: the same again will do.
    Again(String),
    /// The database says no.
    Refused {
        /// In its words.
        reason: String,
        /// SQLSTATE, where it gave one.
        code: Option<SqlState>,
    },
    /// Found by ourselves.
    Store(StoreError),
}

impl Fault {
    /// The error for whoever asked for `doing`.
    pub fn into_error(self, doing: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Refused { reason, .. } => StoreError::Refused { doing: doing.to_owned(), reason },
            Self::Lost(reason) | Self::Again(reason) => StoreError::Database { doing: doing.to_owned(), reason },
        }
    }

    /// Whether it is a missing right (SQLSTATE 42501).
    pub fn is_missing_right(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), .. } if *code == SqlState::INSUFFICIENT_PRIVILEGE)
    }

    /// Whether somebody else held a lock for too long (SQLSTATE 55P03).
    pub fn is_locked_out(&self) -> bool {
        matches!(self, Self::Refused { code: Some(code), .. } if *code == SqlState::LOCK_NOT_AVAILABLE)
    }

    /// Its words.
    pub fn reason(&self) -> String {
        match self {
            Self::Lost(reason) | Self::Again(reason) | Self::Refused { reason, .. } => reason.clone(),
            Self::Store(error) => error.to_string(),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            // What is not said by the server is about the way to it: our own values always encode and decode.
            return Self::Lost(chain(&error));
        };
        let mut reason = format!("{} (SQLSTATE {})", said.message(), said.code().code());
        for more in [said.detail(), said.hint()].into_iter().flatten() {
            reason = format!("{reason}; {more}");
        }
        match said.code().code() {
            // After a switchover old connections still answer, but the server behind them takes no writes.
            "25006" | "53300" => Self::Lost(reason),
            code if code.starts_with("57P") || code.starts_with("08") => Self::Lost(reason),
            "40001" | "40P01" => Self::Again(reason),
            "55P03" => Self::Refused {
                reason: format!(
                    "{reason}: somebody else has held a lock on it for too long; find out who with SELECT pid, usename, \
                     application_name, query FROM pg_stat_activity WHERE state = 'idle in transaction'"
                ),
                code: Some(said.code().clone()),
            },
            _ => Self::Refused { reason, code: Some(said.code().clone()) },
        }
    }
}

/// An error and what caused it, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// How long something is tried again, in growing pauses.
pub struct Patience {
    until: Option<Instant>,
    pause: Duration,
    attempts: u32,
}

impl Patience {
    const LONGEST_PAUSE: Duration = Duration::from_secs(2);

    /// Gives up after `limit`.
    pub fn new(limit: Duration) -> Self {
        Self { until: Some(Instant::now() + limit), ..Self::endless() }
    }

    /// Never gives up.
    pub fn endless() -> Self {
        Self { until: None, pause: Duration::from_millis(50), attempts: 0 }
    }

    /// Waits before the next attempt, or hands the fault back when another attempt would not help or comes too late.
    pub async fn wait(&mut self, fault: Fault) -> Result<(), Fault> {
        let hopeless = matches!(fault, Fault::Refused { .. } | Fault::Store(_));
        if hopeless || self.until.is_some_and(|until| Instant::now() + self.pause > until) {
            return Err(fault);
        }
        self.pause(&fault).await;
        Ok(())
    }

    /// Waits before the next attempt.
    pub async fn pause(&mut self, fault: &Fault) {
        if self.attempts.is_multiple_of(30) {
            tracing::warn!(reason = fault.reason(), "trying the database again");
        }
        self.attempts += 1;
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(Self::LONGEST_PAUSE);
    }
}
