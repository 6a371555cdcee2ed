//! What a line of a watch says.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{from_slice, from_value};
use squall_model::Json;
use tokio::time::Instant;

use super::troubles::TRIES;
use super::{Seen, State, Watch};
use crate::Error;

/// One line.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    word: String,
    object: Json,
}

/// What is read of the object of an error.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Status {
    code: u16,
    reason: String,
    message: String,
    details: Details,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    retry_after_seconds: Option<u64>,
}

impl Watch {
    /// Takes in one line.
    pub(super) fn hear(&mut self, line: &[u8]) {
        let Ok(event) = from_slice::<Event>(line) else {
            return self.cannot_read();
        };
        let is_initial = match &mut self.state {
            State::Reading {
                heard_at,
                is_initial,
                ..
            } => {
                *heard_at = Instant::now();
                *is_initial
            }
            _ => false,
        };
        match event.word.as_str() {
            "ERROR" => return self.hear_error(event.object),
            "BOOKMARK" => self.hear_bookmark(&event.object, is_initial),
            "ADDED" | "MODIFIED" if is_initial => self.listed(event.object),
            "ADDED" | "MODIFIED" => self.changed(event.object),
            "DELETED" => self.deleted(event.object),
            word => tracing::debug!(word, "a watch says what nobody knows"),
        }
        self.pauses.reset();
        self.unreadable = 0;
        self.unknown_positions = 0;
    }

    fn hear_bookmark(&mut self, object: &Json, is_initial: bool) {
        let metadata = |path: &str| object.pointer(path).and_then(Json::as_str);
        let Some(position) = metadata("/metadata/resourceVersion") else {
            return;
        };
        if is_initial {
            // A bookmark in the middle of a list says nothing that could be gone back to.
            if metadata("/metadata/annotations/k8s.io~1initial-events-end") == Some("true") {
                self.listed_by_watching(position.to_owned());
            }
        } else if self.position.as_deref() != Some(position) && !self.is_behind(position) {
            self.position = Some(position.to_owned());
            self.ready.push_back(Seen::Position(position.to_owned()));
        }
    }

    /// Everything that is there was told; what happens follows on the same connection.
    fn listed_by_watching(&mut self, position: String) {
        if self.is_behind(&position) {
            // What was taken for old was not. Once more, and this time knowing it.
            self.is_set_back = true;
            self.state = State::Ready;
            return;
        }
        if let State::Reading { is_initial, .. } = &mut self.state {
            *is_initial = false;
        }
        self.listed_all(position);
    }

    fn hear_error(&mut self, object: Json) {
        let status: Status = from_value(object).unwrap_or_default();
        let retry_after = status.details.retry_after_seconds;
        self.figures.restarts += 1;
        let refusal = Error::Refused {
            // An error that does not say which one it is passes, or it does not.
            status: if status.code == 0 { 500 } else { status.code },
            reason: status.reason,
            message: status.message,
        };
        self.refused(refusal, retry_after.map(Duration::from_secs));
    }

    /// The same line may well come again if we go back to our position; then we do not go there again.
    pub(super) fn cannot_read(&mut self) {
        self.unreadable += 1;
        self.figures.restarts += 1;
        tracing::warn!(kind = %self.watched.kind, "a watch said what cannot be read");
        if self.unreadable >= TRIES {
            self.lost_track();
        } else {
            self.trouble(None);
        }
    }
}
