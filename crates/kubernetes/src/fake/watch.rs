//! Watches: what is there, what changes, bookmarks, and the errors that end them.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use super::answers::Refusal;
use super::faults::Signals;
use super::forms::Form;
use super::kinds::Kind;
use super::lists::{read_version, too_large};
use super::objects::set;
use super::route::Query;
use super::selectors::Selection;
use super::state::State;
use super::storage::{Change, Storage};
use super::stored::Stored;

/// How many events are written at a time.
const AT_A_TIME: usize = 100;

/// The longest that a watch lasts, whatever is asked for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The annotation of the bookmark behind the objects that were there at the beginning.
const INITIAL_END: &str = "k8s.io/initial-events-end";

/// One running watch.
pub(super) struct Watcher {
    state: Arc<State>,
    kind: Arc<Kind>,
    selection: Selection,
    form: Form,
    /// What was there at the beginning and is not told yet.
    initial: VecDeque<Arc<Stored>>,
    /// Whether the end of that is to be told.
    tells_initial_end: bool,
    /// Everything up to this version is told.
    position: u64,
    has_bookmarks: bool,
    bookmark_at: Instant,
    ends_at: Instant,
    written: watch::Receiver<u64>,
    signals: watch::Receiver<Signals>,
    seen: Signals,
    /// Why there is nothing to tell.
    refusal: Option<Refusal>,
    is_over: bool,
}

impl Watcher {
    /// Begins a watch where the request says.
    pub(super) fn begin(
        state: &Arc<State>,
        kind: &Arc<Kind>,
        selection: Selection,
        form: Form,
        query: &Query,
    ) -> Result<Self, Refusal> {
        let seconds = query
            .get("timeoutSeconds")
            .and_then(|text| text.parse().ok());
        let lasts = seconds.map_or(state.settings.watch_lasts, Duration::from_secs);
        let lasts = lasts.min(LONGEST);
        let storage = state.storage();
        let signals = state.faults.signals();
        let seen = *signals.borrow();
        let mut watcher = Self {
            state: Arc::clone(state),
            kind: Arc::clone(kind),
            selection,
            form,
            initial: VecDeque::new(),
            tells_initial_end: false,
            position: storage.version(),
            has_bookmarks: query.is("allowWatchBookmarks"),
            bookmark_at: Instant::now() + state.settings.bookmark_every,
            ends_at: Instant::now() + lasts,
            written: storage.written(),
            signals,
            seen,
            refusal: None,
            is_over: false,
        };
        watcher.start(&storage, query)?;
        drop(storage);
        Ok(watcher)
    }

    fn start(&mut self, storage: &Storage, query: &Query) -> Result<(), Refusal> {
        let version = read_version(query)?.unwrap_or(0);
        if version > storage.version() {
            return Err(too_large(version, storage.version()));
        }
        let wants_initial = match query.get("sendInitialEvents") {
            Some(_) if query.get("resourceVersionMatch") != Some("NotOlderThan") => {
                let message = "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
                return Err(Refusal::new(422, "Invalid", message));
            }
            Some(_) => query.is("sendInitialEvents"),
            None if query.get("resourceVersionMatch").is_some() => {
                let message = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
                return Err(Refusal::new(422, "Invalid", message));
            }
            None => version == 0,
        };
        if wants_initial {
            let all = storage.all(&self.kind, self.selection.namespace.as_deref());
            let taken = all
                .into_iter()
                .filter(|stored| self.selection.takes(stored, &self.kind));
            self.initial = taken.collect();
            self.tells_initial_end = query.is("sendInitialEvents") && self.has_bookmarks;
        } else if version > 0 {
            self.position = version;
            if version < storage.expired(&self.kind) {
                self.refusal = Some(too_old(version));
            }
        }
        Ok(())
    }

    /// What the watch tells, as the body of its answer.
    pub(super) fn told(self) -> impl Stream<Item = io::Result<Bytes>> {
        stream::unfold(self, async |mut watcher| {
            let next = watcher.next().await?;
            Some((next, watcher))
        })
    }

    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            let unstalled = self.signals.wait_for(|signals| signals.stalls == 0).await;
            let signals = *unstalled.ok()?;
            if signals.broken != self.seen.broken {
                let error = io::Error::new(io::ErrorKind::ConnectionAborted, "broken off");
                return Some(Err(error));
            }
            if self.is_over || signals.ended != self.seen.ended {
                return None;
            }
            if let Some(told) = self.due(signals) {
                return Some(Ok(told));
            }
            tokio::select! {
                changed = self.written.changed() => changed.ok()?,
                changed = self.signals.changed() => changed.ok()?,
                () = tokio::time::sleep_until(self.bookmark_at) => {
                    self.bookmark_at += self.state.settings.bookmark_every;
                    if self.has_bookmarks {
                        return Some(Ok(self.bookmark(false)));
                    }
                }
                () = tokio::time::sleep_until(self.ends_at) => {
                    self.is_over = true;
                    if self.has_bookmarks {
                        return Some(Ok(self.bookmark(false)));
                    }
                }
            }
        }
    }

    /// What can be told at once.
    fn due(&mut self, signals: Signals) -> Option<Bytes> {
        if let Some(refusal) = self.refusal.take() {
            return Some(self.refuse(&refusal));
        }
        if !self.initial.is_empty() {
            let at_most = self.initial.len().min(AT_A_TIME);
            let initial: Vec<Arc<Stored>> = self.initial.drain(..at_most).collect();
            let mut told = Vec::new();
            for stored in initial {
                self.tell_object(&mut told, "ADDED", &stored);
            }
            return Some(told.into());
        }
        if self.tells_initial_end {
            self.tells_initial_end = false;
            return Some(self.bookmark(true));
        }
        if let Some(told) = self.changes() {
            return Some(told);
        }
        if signals.bookmarks != self.seen.bookmarks {
            self.seen.bookmarks = signals.bookmarks;
            return self.has_bookmarks.then(|| self.bookmark(false));
        }
        None
    }

    /// What happened since the last look, as far as it concerns this watch.
    fn changes(&mut self) -> Option<Bytes> {
        self.written.mark_unchanged();
        loop {
            let storage = self.state.storage();
            let found = storage.changes(&self.kind, self.position, AT_A_TIME);
            drop(storage);
            let Some((changes, up_to)) = found else {
                return Some(self.refuse(&too_old(self.position)));
            };
            let mut told = Vec::new();
            for change in &changes {
                self.tell_change(&mut told, change);
            }
            self.position = up_to;
            if changes.is_empty() || !told.is_empty() {
                return Some(told.into()).filter(|told: &Bytes| !told.is_empty());
            }
        }
    }

    /// Tells a change as those see it who see the selected objects only.
    fn tell_change(&self, told: &mut Vec<u8>, change: &Change) {
        let takes = |stored: &Stored| self.selection.takes(stored, &self.kind);
        let was_seen = change.old.as_deref().is_some_and(takes);
        let is_seen = !change.gone && takes(&change.new);
        match (was_seen, is_seen) {
            (false, false) => {}
            (false, true) => self.tell_object(told, "ADDED", &change.new),
            (true, true) => self.tell_object(told, "MODIFIED", &change.new),
            (true, false) if change.gone => self.tell_object(told, "DELETED", &change.new),
            (true, false) => {
                if let Some(old) = &change.old {
                    let mut object = old.json();
                    let version = change.version.to_string();
                    set(&mut object, &["metadata", "resourceVersion"], version);
                    let last = Stored::of(&self.kind, &object, change.version);
                    self.tell_object(told, "DELETED", &last);
                }
            }
        }
    }

    fn tell_object(&self, told: &mut Vec<u8>, event: &str, stored: &Stored) {
        let object = self.form.one(&self.kind, stored, &self.state.now());
        tell(told, event, &object);
    }

    /// Tells where the watch is; `initial_end`: that everything is told that was there at the beginning.
    fn bookmark(&self, initial_end: bool) -> Bytes {
        let mut metadata = json!({
            "resourceVersion": self.position.to_string(),
            "creationTimestamp": null,
        });
        if initial_end {
            set(&mut metadata, &["annotations", INITIAL_END], "true");
        }
        let object = match self.form {
            Form::Whole => {
                json!({"kind": self.kind.kind, "apiVersion": self.kind.api_version(), "metadata": metadata})
            }
            Form::Metadata | Form::Table => {
                json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata})
            }
        };
        let mut told = Vec::new();
        tell(&mut told, "BOOKMARK", object.to_string().as_bytes());
        told.into()
    }

    fn refuse(&mut self, refusal: &Refusal) -> Bytes {
        self.is_over = true;
        let mut told = Vec::new();
        tell(&mut told, "ERROR", refusal.status().to_string().as_bytes());
        told.into()
    }
}

fn too_old(version: u64) -> Refusal {
    Refusal::expired(format!("too old resource version: {version}"))
}

fn tell(told: &mut Vec<u8>, event: &str, object: &[u8]) {
    told.extend_from_slice(b"{\"type\":\"");
    told.extend_from_slice(event.as_bytes());
    told.extend_from_slice(b"\",\"object\":");
    told.extend_from_slice(object);
    told.extend_from_slice(b"}\n");
}
