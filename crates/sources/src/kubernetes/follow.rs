//! One watch, followed: what it sees is taken, and what is taken is remembered.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use squall_kubernetes::{Error, Kept, Seen, Version, Watch, Watched};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Batch, Figures, Note, Source, Taker, until};

/// How many versions are being taken at a time.
const AT_ONCE: usize = 64;

/// How many objects are remembered at a time.
const BATCH: usize = 500;

/// How long what is taken may wait to be remembered.
const SAVED_WITHIN: Duration = Duration::from_secs(1);

/// The pause before what was refused is offered again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// How long what is being taken is waited for at the end, and no longer than between two tries to reach the cluster.
const ENDS_WITHIN: Duration = Duration::from_secs(5);

/// One watch and where it leads.
pub(super) struct Follower {
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) watched: Watched,
    pub(super) stop: CancellationToken,
}

/// A watch that has ended.
pub(super) struct Ended {
    pub(super) name: String,
    /// Because its kind does not exist any more.
    pub(super) is_missing: bool,
}

/// What is being taken, in the order in which it was seen.
type Taking = FuturesOrdered<Pin<Box<dyn Future<Output = Taken> + Send>>>;

/// Something that was taken.
struct Taken {
    /// The object, and what is to be remembered of it.
    object: Option<(Arc<str>, Option<Kept>)>,
    position: Option<String>,
}

struct Following {
    follower: Follower,
    watch: Watch,
    taking: Taking,
    /// The objects of which a version is being taken.
    busy: HashSet<Arc<str>>,
    /// When each of them was offered first.
    since: VecDeque<Instant>,
    /// The next version, whose object is busy.
    parked: Option<Box<Version>>,
    batch: Batch,
    save_at: Option<Instant>,
    /// Whether nothing is remembered yet, so that the first list is to be saved whole.
    is_new: bool,
    forbidden: String,
    figures: Figures,
    refused: Arc<AtomicU64>,
}

impl Follower {
    /// Follows until it is told to stop.
    pub(super) async fn run(self) -> Ended {
        let stop = self.stop.clone();
        let loaded = tokio::select! {
            loaded = self.load() => loaded,
            () = stop.cancelled() => return self.end(false),
        };
        let is_new = loaded.is_none();
        let watch = Watch::new(self.source.cluster.clone(), self.watched.clone(), loaded);
        let mut following = Following {
            watch,
            taking: Taking::new(),
            busy: HashSet::new(),
            since: VecDeque::new(),
            parked: None,
            batch: Batch::of(&self.name),
            save_at: None,
            is_new,
            forbidden: String::new(),
            figures: Figures::default(),
            refused: Arc::default(),
            follower: self,
        };
        let is_missing = following.follow(&stop).await;
        following.finish().await;
        following.follower.end(is_missing)
    }

    /// What is remembered. A memory that fails is asked until it does not: to begin anew would lose what happened.
    async fn load(&self) -> Option<squall_kubernetes::Remembered> {
        let mut pause = PAUSES.0;
        loop {
            match self.source.memory.load(&self.name).await {
                Ok(remembered) => return remembered,
                Err(error) => tracing::warn!(
                    watch = self.name,
                    error = &*error as &dyn std::error::Error,
                    "cannot load what a watch remembers"
                ),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Whether the cluster says that it has no such kind. What cannot be found out is asked for again by the watch.
    async fn is_missing(&self) -> bool {
        let kind = &self.watched.kind;
        let word = match &*kind.group {
            "" => format!("{}/{}", kind.version, kind.plural),
            group => format!("{group}/{}/{}", kind.version, kind.plural),
        };
        let kinds = &self.source.kinds;
        kinds.forget();
        matches!(kinds.find_known(&word).await, Ok(None))
    }

    fn end(self, is_missing: bool) -> Ended {
        Ended {
            name: self.name,
            is_missing,
        }
    }
}

impl Following {
    /// Whether it ended because the kind is missing.
    async fn follow(&mut self, stop: &CancellationToken) -> bool {
        loop {
            self.show();
            let has_room = self.parked.is_none() && self.taking.len() < AT_ONCE;
            tokio::select! {
                biased;
                () = stop.cancelled() => return false,
                Some(taken) = self.taking.next(), if !self.taking.is_empty() => self.taken(taken),
                () = until(self.save_at) => self.save(stop).await,
                seen = self.watch.next(), if has_room => {
                    if self.see(seen, stop).await {
                        return true;
                    }
                }
            }
            if self.batch.objects.len() >= BATCH {
                self.save(stop).await;
            }
        }
    }

    /// Whether the kind is missing.
    async fn see(&mut self, seen: Seen, stop: &CancellationToken) -> bool {
        let taker = self.follower.source.taker.clone();
        let watch = self.follower.name.as_str();
        match seen {
            Seen::Version(version) => self.offer(version),
            Seen::Position(position) => self.pass(position),
            Seen::Gap { since } => {
                tracing::warn!(watch, since, "what happened in between is not known");
                taker.note(Note::Gap {
                    watch,
                    since: &since,
                });
            }
            Seen::Synced { objects, position } => {
                tracing::info!(watch, objects, "all objects are known");
                taker.note(Note::Synced { watch, objects });
                self.figures.is_synced = true;
                self.forbidden.clear();
                if self.is_new {
                    self.save_all(&position, stop).await;
                } else {
                    self.pass(position);
                }
            }
            Seen::Refused(error) => {
                self.refused_by_cluster(&error);
                return error.status() == Some(404) && self.follower.is_missing().await;
            }
        }
        false
    }

    fn refused_by_cluster(&mut self, error: &Error) {
        let said = error.to_string();
        if said != self.forbidden {
            let watch = self.follower.name.as_str();
            tracing::warn!(watch, said, "cannot watch");
            let note = Note::Forbidden { watch, error };
            self.follower.source.taker.note(note);
            self.forbidden = said;
        }
    }

    /// Offers a version, unless one of the same object is being taken.
    fn offer(&mut self, version: Box<Version>) {
        if self.busy.contains(&version.key) {
            self.parked = Some(version);
            return;
        }
        self.busy.insert(version.key.clone());
        self.since.push_back(Instant::now());
        let taker = self.follower.source.taker.clone();
        let refused = self.refused.clone();
        self.taking.push_back(Box::pin(async move {
            take(&*taker, &version, &refused).await;
            Taken {
                object: Some((version.key, version.kept)),
                position: version.position,
            }
        }));
    }

    /// A position is reached when everything before it is taken.
    fn pass(&mut self, position: String) {
        self.since.push_back(Instant::now());
        self.taking.push_back(Box::pin(async move {
            Taken {
                object: None,
                position: Some(position),
            }
        }));
    }

    fn taken(&mut self, taken: Taken) {
        self.since.pop_front();
        if let Some((key, kept)) = taken.object {
            self.figures.taken += 1;
            self.busy.remove(&key);
            // Before the first list is known nothing is remembered, and then everything.
            if !self.is_new {
                self.batch.objects.insert(key, kept);
            }
        }
        if !self.is_new && taken.position.is_some() {
            self.batch.position = taken.position;
        }
        if !self.batch.is_empty() && self.save_at.is_none() {
            self.save_at = Some(Instant::now() + SAVED_WITHIN);
        }
        if let Some(parked) = self.parked.take() {
            self.offer(parked);
        }
    }

    /// Remembers the first list whole, once all that was told of it is taken.
    async fn save_all(&mut self, position: &str, stop: &CancellationToken) {
        while let Some(taken) = tokio::select! {
            taken = self.taking.next() => taken,
            () = stop.cancelled() => return,
        } {
            self.taken(taken);
        }
        let all: Vec<Kept> = self.watch.cache().iter().cloned().collect();
        self.batch.afresh = true;
        for kept in all.chunks(BATCH) {
            let objects = kept
                .iter()
                .map(|kept| (kept.key.clone(), Some(kept.clone())));
            self.batch.objects.extend(objects);
            self.save(stop).await;
        }
        self.batch.position = Some(position.to_owned());
        self.save(stop).await;
        self.is_new = stop.is_cancelled();
    }

    /// Remembers what was taken. While that cannot be done, nothing more is read of the cluster.
    async fn save(&mut self, stop: &CancellationToken) {
        let mut pause = PAUSES.0;
        while !self.save_once().await {
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(PAUSES.1),
                () = stop.cancelled() => return,
            }
        }
    }

    async fn save_once(&mut self) -> bool {
        if self.batch.is_empty() {
            self.save_at = None;
            return true;
        }
        match self.follower.source.memory.save(&self.batch).await {
            Ok(()) => {
                self.batch = Batch::of(&self.follower.name);
                self.save_at = None;
                true
            }
            Err(error) => {
                let error = &*error as &dyn std::error::Error;
                tracing::warn!(
                    watch = self.follower.name,
                    error,
                    "cannot remember how far a watch came"
                );
                self.figures.unsaved += 1;
                false
            }
        }
    }

    /// Waits a little for what is being taken, and remembers it. What is not taken by then is told again in the next life.
    async fn finish(&mut self) {
        let ends_within = ENDS_WITHIN.min(self.follower.source.patience.longest_pause);
        let ends_at = Instant::now() + ends_within;
        self.parked = None;
        while let Ok(Some(taken)) = tokio::time::timeout_at(ends_at, self.taking.next()).await {
            self.taken(taken);
        }
        self.taking = Taking::new();
        if timeout(ENDS_WITHIN, self.save_once()).await != Ok(true) {
            tracing::warn!(
                watch = self.follower.name,
                "a watch ends before it is remembered how far it came"
            );
        }
    }

    /// Shows how it goes.
    fn show(&mut self) {
        self.figures.watch = self.watch.figures();
        self.figures.objects = self.watch.cache().len();
        self.figures.refused = self.refused.load(Ordering::Relaxed);
        self.figures.waiting = self.busy.len() + usize::from(self.parked.is_some());
        self.figures.waiting_since = self
            .since
            .front()
            .copied()
            .filter(|_| self.figures.waiting > 0);
        let source = &self.follower.source;
        let mut all = source
            .figures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.insert(self.follower.name.clone(), self.figures);
    }
}

/// Offers a version until it is taken.
async fn take(taker: &dyn Taker, version: &Version, count: &AtomicU64) {
    let mut pause = PAUSES.0;
    while let Err(refused) = taker.take(version).await {
        tracing::debug!(
            error = &refused as &dyn std::error::Error,
            "a change is offered again"
        );
        count.fetch_add(1, Ordering::Relaxed);
        sleep(pause).await;
        pause = (pause * 2).min(PAUSES.1);
    }
}
