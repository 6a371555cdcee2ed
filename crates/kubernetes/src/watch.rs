//! Watches that survive everything: what a cluster tells of the objects of one kind, each version once.
//!
//! A [`Watch`] lists, then watches, and comes back to where it was after a broken connection, a restarted or throttling
//! server. Where the server has forgotten what happened since (410 Gone), it lists again and compares with what it knew:
//! the final state of everything that changed is told, and that there was a gap. Nothing is read that nobody takes: who
//! takes slowly slows down the server, and the worst that comes of it is a gap that is reported.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use squall_model::change::Change;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::cache::{Cache, Keep, Kept};
use crate::cluster::Body;
use crate::pause::{Pauses, chance};
use crate::{Answer, Ask, Cluster, Error, Kind, Page, Selection};

mod compare;
mod events;
mod lines;
mod troubles;

use lines::Lines;

/// What is watched, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The kind.
    pub kind: Kind,
    /// Which of its objects.
    pub selection: Selection,
    /// What is kept of each object.
    pub keep: Keep,
    /// Whether the objects of the first list are told as new ones. Objects that were there before anybody watched are not
    /// events, so this is for those who ask for it.
    pub tell_first: bool,
    /// When to lose patience.
    pub patience: Patience,
}

/// When a watch loses patience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The first pause after trouble; each further one is twice as long.
    pub first_pause: Duration,
    /// The longest pause, whatever the server asks for.
    pub longest_pause: Duration,
    /// How long nothing may be heard. A server that is well says every minute where it is.
    pub quiet_for: Duration,
    /// How long one connection is used at most, so that restarted servers get their share of watches again.
    pub ends_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            quiet_for: Duration::from_secs(90),
            ends_after: Duration::from_secs(300),
        }
    }
}

/// What was known when a watch ended, for the one that follows it, in another life perhaps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Everything up to this version was told.
    pub position: String,
    /// The objects, as they were at that position or later.
    pub objects: Vec<Kept>,
}

/// What a watch tells.
#[derive(Debug)]
pub enum Seen {
    /// A version of an object.
    Version(Box<Version>),
    /// All objects are known: from here on each change is told as it comes.
    Synced {
        /// How many there are.
        objects: usize,
        /// The version of the list.
        position: String,
    },
    /// Nothing else happened up to this version.
    Position(String),
    /// What happened since this version is not known; what changed is told next, as it is now.
    Gap {
        /// The last version that is known.
        since: String,
    },
    /// The cluster does not tell, and not because it is busy or away. It is asked again after the longest pause.
    Refused(Error),
}

/// One version of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// What happened.
    pub change: Change,
    /// The object's name, after its namespace and a slash if it has one.
    pub key: Arc<str>,
    /// The version.
    pub resource_version: String,
    /// Whether there may have been other versions of it before, which nobody will see.
    pub gap: bool,
    /// What is to be remembered of it; nothing if it is gone.
    pub kept: Option<Kept>,
    /// Everything up to this version is told once this change is; none while objects are listed.
    pub position: Option<String>,
}

/// What a watch has been through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Versions told.
    pub versions: u64,
    /// Versions that came again, or after a newer one, and were not told.
    pub repeated: u64,
    /// Gaps.
    pub gaps: u64,
    /// Connections after the first one.
    pub restarts: u64,
    /// Listings, whole or broken off.
    pub listings: u64,
    /// Times the server refused, broke off, was silent or said what cannot be read.
    pub troubles: u64,
}

/// A watch over the objects of one kind.
pub struct Watch {
    cluster: Cluster,
    watched: Watched,
    cache: Cache,
    /// Everything up to here is told.
    position: Option<String>,
    state: State,
    pauses: Pauses,
    /// What is told next.
    ready: VecDeque<Seen>,
    /// What a listing did not mention, and the end of that listing.
    leaving: VecDeque<Arc<str>>,
    synced: Option<Seen>,
    /// Whether the objects were known once, so that what a listing shows otherwise has changed.
    is_known: bool,
    /// Whether the objects are listed although a position is known.
    has_gap: bool,
    /// Whether the cluster has older versions than we have seen: it was restored, or is another one.
    is_set_back: bool,
    /// Whether objects are to be kept of which only the version was.
    must_fill: bool,
    /// Whether the server can list by watching.
    can_stream: bool,
    /// How often in a row the server did not know our position yet, or said what cannot be read.
    unknown_positions: u32,
    unreadable: u32,
    figures: Figures,
}

/// Each state holds what is under way, so that waiting may be given up and taken up again.
enum State {
    /// Nothing to do until then.
    Paused(Instant),
    /// To begin where the position says.
    Ready,
    /// Opening a connection; first, perhaps, for what is there.
    Opening {
        opening: Under<Result<Body, Answer>>,
        is_initial: bool,
    },
    /// Listing page by page.
    Listing { page: Under<Page>, is_first: bool },
    /// Reading, page by page, the objects as they were at our position.
    Filling { page: Under<Page> },
    /// Reading what happens; first, perhaps, what is there.
    Reading {
        lines: Lines,
        is_initial: bool,
        opened_at: Instant,
        heard_at: Instant,
    },
}

/// A request under way.
type Under<T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>;

impl Watch {
    /// A watch, which goes on where another one ended if that is remembered. Nothing is asked yet.
    pub fn new(cluster: Cluster, watched: Watched, remembered: Option<Remembered>) -> Self {
        let mut cache = Cache::new(watched.keep);
        let is_known = remembered.is_some();
        let mut objects = remembered.iter().flat_map(|remembered| &remembered.objects);
        let must_fill = watched.keep == Keep::Objects && objects.any(|kept| kept.object.is_none());
        let position = remembered.map(|remembered| {
            remembered
                .objects
                .into_iter()
                .for_each(|kept| cache.restore(kept));
            remembered.position
        });
        let patience = watched.patience;
        Self {
            cluster,
            watched,
            cache,
            position,
            state: State::Ready,
            pauses: Pauses::new(patience.first_pause, patience.longest_pause),
            ready: VecDeque::new(),
            leaving: VecDeque::new(),
            synced: None,
            is_known,
            has_gap: false,
            is_set_back: false,
            must_fill,
            can_stream: true,
            unknown_positions: 0,
            unreadable: 0,
            figures: Figures::default(),
        }
    }

    /// What is watched.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    /// The objects as they were seen last.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// What it has been through.
    pub fn figures(&self) -> Figures {
        self.figures
    }

    /// What comes next. May be given up at any time, nothing is lost.
    pub async fn next(&mut self) -> Seen {
        loop {
            if let Some(seen) = self.ready.pop_front() {
                if let Seen::Version(_) = seen {
                    self.figures.versions += 1;
                }
                return seen;
            }
            if let Some(key) = self.leaving.pop_front() {
                self.tell_gone(&key);
            } else if let Some(synced) = self.synced.take() {
                return synced;
            } else {
                self.step().await;
            }
        }
    }

    async fn step(&mut self) {
        match &mut self.state {
            State::Paused(until) => {
                sleep_until(*until).await;
                self.state = State::Ready;
            }
            State::Ready => self.begin(),
            State::Opening {
                opening,
                is_initial,
            } => {
                let (opened, is_initial) = (opening.await, *is_initial);
                self.opened(opened, is_initial);
            }
            State::Listing { page, is_first } => {
                let (page, is_first) = (page.await, *is_first);
                self.list(page, is_first);
            }
            State::Filling { page } => {
                let page = page.await;
                self.fill(page);
            }
            State::Reading {
                lines, heard_at, ..
            } => {
                let until = *heard_at + self.watched.patience.quiet_for;
                let line = timeout_at(until, lines.next()).await;
                match line {
                    Ok(Ok(Some(line))) => self.hear(&line),
                    Ok(Ok(None)) => self.ended(),
                    Ok(Err(error)) => self.broke_off(&error),
                    Err(_) => self.fell_silent(),
                }
            }
        }
    }

    /// Begins a watch where we were, or a listing: as a watch, if the server can do it so.
    fn begin(&mut self) {
        let must_list = self.has_gap || self.position.is_none();
        if must_list {
            self.figures.listings += 1;
            self.cache.begin_listing();
        }
        self.state = if must_list && (!self.can_stream || self.is_set_back) {
            State::Listing {
                page: self.page(self.all(), None),
                is_first: true,
            }
        } else if self.must_fill && !must_list {
            let ask = self
                .all()
                .query_if("resourceVersion", self.position.as_deref())
                .query("resourceVersionMatch", "Exact");
            State::Filling {
                page: self.page(ask, None),
            }
        } else {
            let (cluster, ask) = (self.cluster.clone(), self.ask(must_list));
            State::Opening {
                opening: Box::pin(async move { cluster.open(&ask).await }),
                is_initial: must_list,
            }
        };
    }

    fn opened(&mut self, opened: Result<Result<Body, Answer>, Error>, is_initial: bool) {
        match opened {
            Ok(Ok(body)) => {
                let now = Instant::now();
                self.state = State::Reading {
                    lines: Lines::new(body),
                    is_initial,
                    opened_at: now,
                    heard_at: now,
                };
            }
            Ok(Err(answer)) if is_initial && matches!(answer.status, 400 | 422) => {
                tracing::debug!(kind = %self.watched.kind, "lists in pages: the server cannot stream them");
                self.can_stream = false;
                self.state = State::Ready;
            }
            Ok(Err(answer)) => self.refused(answer.refusal(), answer.retry_after()),
            Err(error) => self.broke_off(&error),
        }
    }

    /// The request for everything that is selected.
    fn all(&self) -> Ask {
        self.watched.selection.ask(&self.watched.kind)
    }

    fn page(&self, ask: Ask, next: Option<String>) -> Under<Page> {
        let (cluster, kind) = (self.cluster.clone(), self.watched.kind.clone());
        Box::pin(async move { cluster.page_of(&kind, ask, next.as_deref()).await })
    }

    fn ask(&self, must_list: bool) -> Ask {
        let lasts = self
            .watched
            .patience
            .ends_after
            .mul_f64(1.0 - chance() / 5.0);
        let ask = self
            .all()
            .query("watch", "true")
            .query("allowWatchBookmarks", "true")
            .query("timeoutSeconds", lasts.as_secs().max(1).to_string());
        match &self.position {
            Some(position) if !must_list => ask.query("resourceVersion", position),
            _ => ask
                .query("sendInitialEvents", "true")
                .query("resourceVersionMatch", "NotOlderThan"),
        }
    }

    /// One page of a listing.
    fn list(&mut self, page: Result<Page, Error>, is_first: bool) {
        let page = match page {
            Ok(page) => page,
            Err(error) => match error.status() {
                // The server forgot where we were in the list: from its beginning, then.
                Some(410) => return self.trouble(None),
                Some(_) => return self.refused(error, None),
                None => return self.broke_off(&error),
            },
        };
        if is_first && self.is_behind(&page.resource_version) {
            self.is_set_back = true;
        }
        for object in page.items {
            self.listed(object);
        }
        self.state = match page.next {
            Some(next) => State::Listing {
                page: self.page(self.all(), Some(next)),
                is_first: false,
            },
            None => {
                self.listed_all(page.resource_version);
                State::Ready
            }
        };
    }

    /// One page of the objects at our position. If the server knows them no more, what is not kept stays so until it
    /// changes.
    fn fill(&mut self, page: Result<Page, Error>) {
        match page {
            Ok(page) => {
                for object in page.items {
                    self.filled(object);
                }
                self.must_fill = page.next.is_some();
                self.state = match page.next {
                    Some(next) => State::Filling {
                        page: self.page(self.all(), Some(next)),
                    },
                    None => State::Ready,
                };
            }
            Err(error) if error.status().is_some() => {
                self.must_fill = false;
                self.state = State::Ready;
            }
            Err(error) => self.broke_off(&error),
        }
    }
}

#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;
