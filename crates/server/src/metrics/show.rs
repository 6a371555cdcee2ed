//! Everything that is counted and measured, as Prometheus reads it.

use std::time::Duration;

use squall_model::Timestamp;
use squall_model::execution::Status;

use super::text::Text;
use super::{FORGOTTEN, Metrics, between, process};
use crate::clock;
use crate::handle::Handle;

impl Handle {
    /// Everything counted and measured, and what is under way right now, in Prometheus' text form.
    pub fn metrics_text(&self) -> String {
        let mut text = Text::default();
        text.family("squall_build_info", "The version that runs.", "gauge");
        text.sample(
            "squall_build_info",
            &[("version", env!("CARGO_PKG_VERSION"))],
            1,
        );
        self.0.metrics.write(&mut text);
        self.write_queues(&mut text);
        self.write_store(&mut text);
        self.write_content(&mut text);
        process::write(self.0.metrics.started_at, &mut text);
        text.end()
    }

    fn write_queues(&self, text: &mut Text) {
        let settings = &self.0.settings;
        let oldest = self.0.undecided_since.oldest();
        let age = oldest.map_or(Duration::ZERO, |oldest| between(oldest, clock::now()));
        let gauges = [
            (
                "squall_events_waiting",
                "Events that wait for their decision.",
                self.0.undecided_since.count(),
            ),
            (
                "squall_events_waiting_limit",
                "How many events may wait before senders are refused.",
                settings.pending_events,
            ),
            (
                "squall_executions_waiting",
                "Executions that wait for their turn.",
                self.0.schedule.waiting(),
            ),
            (
                "squall_executions_waiting_limit",
                "How many executions may wait before senders are refused.",
                settings.waiting_executions,
            ),
            (
                "squall_executions_delayed",
                "Executions that wait for their moment.",
                self.0.delayed.count(),
            ),
            (
                "squall_executions_running",
                "Executions under way on this node.",
                self.0.attempts.count(),
            ),
            (
                "squall_executions_running_limit",
                "How many executions may be under way on this node.",
                settings.concurrent_actions,
            ),
        ];
        for (name, about, number) in gauges {
            text.gauge(name, about, number);
        }
        let name = "squall_event_oldest_undecided_age_seconds";
        text.gauge(
            name,
            "Age of the oldest event that has no decision yet; 0 without one.",
            age.as_secs_f64(),
        );
    }

    fn write_store(&self, text: &mut Text) {
        let figures = self.0.store.figures();
        let name = "squall_store_commit_duration_seconds";
        text.family(
            name,
            "Time that commits take, from asking for one until it is durable.",
            "histogram",
        );
        text.histogram(name, &[], &figures.commits);
        let name = "squall_store_commit_failures_total";
        text.counter(
            name,
            "Commits that the store could not write.",
            figures.failures,
        );
        text.gauge(
            "squall_records_damaged",
            "Damaged records come across since the start.",
            figures.damaged,
        );
        let name = "squall_store_size_bytes";
        text.gauge(
            name,
            "Size of the store on disk.",
            process::size_of(&self.0.settings.data),
        );
        let ready = matches!(self.0.store.health(), squall_store::Health::Ready);
        text.gauge(
            "squall_store_ready",
            "Whether the store writes: 1, or 0 while it fails.",
            u8::from(ready),
        );
    }

    fn write_content(&self, text: &mut Text) {
        let loaded = self.loaded();
        text.gauge(
            "squall_rules",
            "Rules that are registered.",
            loaded.content.rules.len(),
        );
        let problems = "squall_content_problems";
        text.family(problems, "Problems in the files of packs.", "gauge");
        for severity in squall_model::problem::Severity::ALL {
            let of_it = loaded
                .problems()
                .filter(|problem| problem.severity == severity);
            text.sample(problems, &[("severity", severity.as_str())], of_it.count());
        }
        let refused = loaded.packs.values().filter(|pack| pack.refused.is_some());
        text.gauge(
            "squall_packs_refused",
            "Packs whose files have got worse: what ran of them before keeps running.",
            refused.count(),
        );
        text.gauge(
            "squall_packs_generation",
            "Counts the times that packs were put in force since the start.",
            loaded.generation,
        );
        text.gauge(
            "squall_packs_loaded_timestamp_seconds",
            "When packs were put in force last, in seconds since 1970.",
            loaded.loaded_at.seconds_since(Timestamp::from_micros(0)),
        );
    }
}

impl Metrics {
    fn write(&self, text: &mut Text) {
        self.write_counters(text);
        self.write_by_status(text);
        self.write_durations(text);
    }

    fn write_counters(&self, text: &mut Text) {
        let counters = [
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
                "squall_pack_reloads_total",
                "Times that changed packs were put in force.",
                &self.pack_reloads,
            ),
            (
                "squall_pack_reload_failures_total",
                "Times that a changed pack was refused, and what ran of it kept running.",
                &self.pack_reload_failures,
            ),
            (
                "squall_virtualenv_failures_total",
                "Times that what a pack needs of Python could not be made.",
                &self.virtualenv_failures,
            ),
            (
                "squall_output_dropped_bytes_total",
                "Output of actions dropped past its limit.",
                &self.output_dropped,
            ),
        ];
        for (name, about, counter) in counters {
            text.counter(name, about, counter.get());
        }
        for (name, about, counter) in self.others().iter() {
            text.counter(name, about, counter.get());
        }
    }

    fn write_by_status(&self, text: &mut Text) {
        text.family(
            "squall_executions_ended_total",
            "Executions by final status.",
            "counter",
        );
        for (status, counter) in Status::ALL.iter().zip(&self.executions_ended) {
            if status.is_final() {
                text.sample(
                    "squall_executions_ended_total",
                    &[("status", status.as_str())],
                    counter.get(),
                );
            }
        }
        let forgotten = "squall_records_forgotten_total";
        text.family(
            forgotten,
            "Records removed because they were older than the settings keep.",
            "counter",
        );
        for (kind, counter) in FORGOTTEN.iter().zip(&self.forgotten) {
            text.sample(forgotten, &[("kind", kind)], counter.get());
        }
        text.family(
            "squall_http_requests_total",
            "Requests by the status of their answer.",
            "counter",
        );
        for (status, counter) in self
            .answers
            .iter()
            .enumerate()
            .filter(|(_, counter)| counter.get() > 0)
        {
            text.sample(
                "squall_http_requests_total",
                &[("code", &status.to_string())],
                counter.get(),
            );
        }
    }

    fn write_durations(&self, text: &mut Text) {
        let histograms = [
            (
                "squall_event_ingest_duration_seconds",
                "Time from the arrival of events until they are durable.",
                &self.ingest,
            ),
            (
                "squall_event_decision_lag_seconds",
                "Time from the arrival of an event until its decision is durable.",
                &self.decision_lag,
            ),
            (
                "squall_execution_wait_duration_seconds",
                "Time that executions wait for their turn.",
                &self.wait,
            ),
        ];
        for (name, about, histogram) in histograms {
            text.family(name, about, "histogram");
            text.histogram(name, &[], &histogram.counted());
        }
        let attempts = "squall_attempt_duration_seconds";
        text.family(attempts, "Time that attempts take, by runner.", "histogram");
        for (runner, histogram) in &self.attempts {
            text.histogram(attempts, &[("runner", runner)], &histogram.counted());
        }
    }
}
