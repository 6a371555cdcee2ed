//! What a watch does when it is interrupted.

use std::time::Duration;

use tokio::time::Instant;

use super::{Seen, State, Watch};
use crate::Error;

/// How often the same trouble is met before all objects are listed anew.
pub(super) const TRIES: u32 = 3;

impl Watch {
    /// The server ended the connection as it should: at once to the next one, unless this one was good for nothing.
    pub(super) fn ended(&mut self) {
        let State::Reading {
            opened_at,
            heard_at,
            ..
        } = self.state
        else {
            return;
        };
        self.figures.restarts += 1;
        if heard_at > opened_at || opened_at.elapsed() >= self.watched.patience.longest_pause {
            self.state = State::Ready;
        } else {
            self.pause(None);
        }
    }

    pub(super) fn broke_off(&mut self, error: &Error) {
        tracing::debug!(kind = %self.watched.kind, error = error as &dyn std::error::Error, "a watch broke off");
        self.figures.restarts += 1;
        self.trouble(None);
    }

    pub(super) fn fell_silent(&mut self) {
        tracing::debug!(kind = %self.watched.kind, "a watch fell silent");
        // A server that knows nothing of listing by watching never says that the list ends.
        if let State::Reading {
            is_initial: true, ..
        } = self.state
        {
            self.can_stream = false;
        }
        self.figures.restarts += 1;
        self.trouble(None);
    }

    /// The server would not begin, or says that it cannot go on.
    pub(super) fn refused(&mut self, refusal: Error, retry_after: Option<Duration>) {
        match &refusal {
            Error::Refused { status: 410, .. } => self.lost_track(),
            // A server that has just started may not know yet what another one has told us.
            Error::Refused { message, .. } if message.contains("Too large resource version") => {
                self.unknown_positions += 1;
                if self.unknown_positions >= TRIES {
                    self.lost_track();
                } else {
                    self.trouble(None);
                }
            }
            Error::Refused {
                status: 429 | 500..,
                ..
            } => self.trouble(retry_after),
            Error::Refused { .. } => {
                self.ready.push_back(Seen::Refused(refusal));
                self.trouble(Some(self.watched.patience.longest_pause));
            }
            error => self.broke_off(error),
        }
    }

    /// Nobody knows what happened since our position.
    pub(super) fn lost_track(&mut self) {
        self.unknown_positions = 0;
        self.unreadable = 0;
        let since = self.position.clone().unwrap_or_default();
        if !self.has_gap && self.is_known {
            self.has_gap = true;
            self.figures.gaps += 1;
            self.ready.push_back(Seen::Gap { since });
        }
        self.trouble(None);
    }

    pub(super) fn trouble(&mut self, retry_after: Option<Duration>) {
        self.figures.troubles += 1;
        self.pause(retry_after);
    }

    pub(super) fn pause(&mut self, asked: Option<Duration>) {
        self.state = State::Paused(Instant::now() + self.pauses.next(asked));
    }
}
