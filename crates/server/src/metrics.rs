//! What is worth counting, in Prometheus' text form.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::execution::Status;

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

/// The server's counters.
#[derive(Debug, Default)]
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
    /// Executions by final status, in the order of [`Status::ALL`].
    pub executions_ended: [Counter; Status::ALL.len()],
    /// Bytes of output dropped past the limit of an execution.
    pub output_dropped: Counter,
    /// What others count, with its name and what it is.
    others: Mutex<Vec<(&'static str, &'static str, Arc<Counter>)>>,
}

impl Metrics {
    /// Counts an execution that came to a final status.
    pub fn ended(&self, status: Status) {
        let place = Status::ALL.iter().position(|other| *other == status);
        place
            .and_then(|place| self.executions_ended.get(place))
            .inspect(|counter| counter.add_one());
    }

    /// Tells of a counter that somebody else keeps.
    pub fn include(&self, name: &'static str, about: &'static str, counter: Arc<Counter>) {
        self.others().push((name, about, counter));
    }

    fn others(&self) -> MutexGuard<'_, Vec<(&'static str, &'static str, Arc<Counter>)>> {
        self.others.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Prometheus' text form, with gauges the caller has measured.
    pub fn text(&self, gauges: &[(&str, &str, u64)]) -> String {
        let counters: [(&str, &str, &Counter); 7] = [
            (
                "squall_events_accepted_total",
                "Events made durable.",
                &self.events_accepted,
            ),
            (
                "squall_events_refused_total",
                "Events refused because too much was waiting.",
                &self.events_refused,
            ),
            (
                "squall_events_decided_total",
                "Events decided.",
                &self.events_decided,
            ),
            (
                "squall_rules_matched_total",
                "Rules that matched an event.",
                &self.rules_matched,
            ),
            (
                "squall_rules_failed_total",
                "Rules that could not be evaluated or enforced.",
                &self.rules_failed,
            ),
            (
                "squall_executions_requested_total",
                "Executions asked for.",
                &self.executions_requested,
            ),
            (
                "squall_output_dropped_bytes_total",
                "Output dropped past the limit.",
                &self.output_dropped,
            ),
        ];
        let mut lines = Vec::new();
        for (name, about, counter) in counters {
            lines.extend(head(name, about, "counter"));
            lines.push(format!("{name} {}", counter.get()));
        }
        for (name, about, counter) in self.others().iter() {
            lines.extend(head(name, about, "counter"));
            lines.push(format!("{name} {}", counter.get()));
        }
        let ended = "squall_executions_ended_total";
        lines.extend(head(ended, "Executions by final status.", "counter"));
        for (status, counter) in Status::ALL
            .iter()
            .zip(&self.executions_ended)
            .filter(|(status, _)| status.is_final())
        {
            lines.push(format!(
                "{ended}{{status=\"{}\"}} {}",
                status.as_str(),
                counter.get()
            ));
        }
        for (name, about, value) in gauges {
            lines.extend(head(name, about, "gauge"));
            lines.push(format!("{name} {value}"));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

fn head(name: &str, about: &str, kind: &str) -> [String; 2] {
    [
        format!("# HELP {name} {about}"),
        format!("# TYPE {name} {kind}"),
    ]
}
