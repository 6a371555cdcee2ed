//! What is worth counting, for Prometheus. `docs/operating.md` says what each means and which are worth an alert.

mod process;
mod show;
mod text;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use squall_model::Timestamp;
use squall_model::execution::{Execution, Status};
use squall_model::histogram::Histogram;
use squall_model::record::Forgotten;

/// Counts something that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn add_one(&self) {
        self.add(1);
    }

    /// Some more.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A counter that somebody else keeps: its name, what it is, and itself.
type Other = (&'static str, &'static str, Arc<Counter>);

/// Statuses of HTTP are below this.
const STATUSES: usize = 600;

/// What the server counts and measures.
#[derive(Debug)]
pub struct Metrics {
    /// Events made durable.
    pub events_accepted: Counter,
    /// Events refused because too much was waiting.
    pub events_refused: Counter,
    /// Events decided.
    pub events_decided: Counter,
    /// Rules that matched an event.
    pub rules_matched: Counter,
    /// Rules that could not be evaluated or enforced.
    pub rules_failed: Counter,
    /// Executions asked for.
    pub executions_requested: Counter,
    /// Times that changed packs were put in force.
    pub pack_reloads: Counter,
    /// Times that a changed pack was refused.
    pub pack_reload_failures: Counter,
    /// Times that what a pack needs of Python could not be made.
    pub virtualenv_failures: Counter,
    /// Bytes of output dropped past the limit of an execution.
    pub output_dropped: Counter,
    /// How long events take from their arrival until they are durable.
    pub(crate) ingest: Histogram,
    /// How long events take from their arrival until their decision is durable.
    pub(crate) decision_lag: Histogram,
    /// How long executions wait for their turn.
    pub(crate) wait: Histogram,
    /// How long attempts take, by runner.
    attempts: Vec<(&'static str, Histogram)>,
    /// Executions by final status, in the order of [`Status::ALL`].
    executions_ended: [Counter; Status::ALL.len()],
    /// Records forgotten because they were old, by kind, in the order of [`FORGOTTEN`].
    forgotten: [Counter; FORGOTTEN.len()],
    /// Answers by status.
    answers: Vec<Counter>,
    others: Mutex<Vec<Other>>,
    started_at: Timestamp,
}

/// Kinds of records that are forgotten.
const FORGOTTEN: [&str; 4] = ["executions", "output", "decisions", "events"];

impl Metrics {
    /// Nothing counted yet.
    pub(crate) fn new(started_at: Timestamp) -> Self {
        let of_runner =
            |entry: &squall_runners::Entry| (entry.name, Histogram::new(Histogram::WORK));
        Self {
            events_accepted: Counter::default(),
            events_refused: Counter::default(),
            events_decided: Counter::default(),
            rules_matched: Counter::default(),
            rules_failed: Counter::default(),
            executions_requested: Counter::default(),
            pack_reloads: Counter::default(),
            pack_reload_failures: Counter::default(),
            virtualenv_failures: Counter::default(),
            output_dropped: Counter::default(),
            ingest: Histogram::new(Histogram::QUICK),
            decision_lag: Histogram::new(Histogram::QUICK),
            wait: Histogram::new(Histogram::WORK),
            attempts: squall_runners::ALL.iter().map(of_runner).collect(),
            executions_ended: Default::default(),
            forgotten: Default::default(),
            answers: std::iter::repeat_with(Counter::default)
                .take(STATUSES)
                .collect(),
            others: Mutex::default(),
            started_at,
        }
    }

    /// When the server started.
    pub(crate) fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Counts an answer of the wire.
    pub fn answered(&self, status: u16) {
        if let Some(counter) = self.answers.get(usize::from(status)) {
            counter.add_one();
        }
    }

    /// Tells of a counter that somebody else keeps.
    pub fn include(&self, name: &'static str, about: &'static str, counter: Arc<Counter>) {
        self.others().push((name, about, counter));
    }

    /// Measures the end of an attempt, and counts the status its execution came to.
    pub(crate) fn attempted(&self, execution: &Execution) {
        self.ended(execution.status);
        let of_runner = self
            .attempts
            .iter()
            .find(|(runner, _)| *runner == execution.runner);
        let times = execution.attempt.as_ref().zip(execution.ended_at);
        if let (Some((_, histogram)), Some((attempt, ended_at))) = (of_runner, times) {
            histogram.observe(between(attempt.started_at, ended_at));
        }
    }

    /// Measures how long an execution that starts has waited for its turn.
    pub(crate) fn started(&self, execution: &Execution) {
        let scheduled = execution
            .log
            .iter()
            .rfind(|transition| transition.status == Status::Scheduled);
        if let Some((attempt, scheduled)) = execution.attempt.as_ref().zip(scheduled) {
            self.wait.observe(between(scheduled.at, attempt.started_at));
        }
    }

    /// Counts an execution that came to a final status.
    pub(crate) fn ended(&self, status: Status) {
        let place = Status::ALL.iter().position(|other| *other == status);
        place
            .and_then(|place| self.executions_ended.get(place))
            .inspect(|counter| counter.add_one());
    }

    /// Counts what was forgotten.
    pub(crate) fn forgot(&self, forgotten: &Forgotten) {
        let counts = [
            forgotten.executions,
            forgotten.output,
            forgotten.decisions,
            forgotten.events,
        ];
        for (counter, count) in self.forgotten.iter().zip(counts) {
            counter.add(count);
        }
    }

    fn others(&self) -> MutexGuard<'_, Vec<Other>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// From one time to a later one; a clock that was set back gives nothing.
pub(crate) fn between(earlier: Timestamp, later: Timestamp) -> Duration {
    let micros = later.micros().saturating_sub(earlier.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
