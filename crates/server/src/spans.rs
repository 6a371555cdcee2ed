//! What happens, as spans of OpenTelemetry: an event's ingest, its decision, each execution and its attempts.
//!
//! Spans are made when what they tell of is recorded, and handed on without waiting; whatever nobody takes in time is
//! counted and dropped. Their ids follow from the ids of what they tell of, so none need be kept.

mod export;
mod otlp;

use std::path::PathBuf;
use std::sync::Arc;

use squall_model::event::Event;
use squall_model::execution::{Execution, Status};
use squall_model::trace::TraceContext;
use squall_model::traceparent::{Traceparent, Tracestate};
use squall_model::{Id, Timestamp};
use tokio::sync::mpsc;

use crate::clock;
use crate::metrics::{Counter, Metrics};

pub use export::Error;
pub(crate) use export::{Receiving, run};

/// How many spans may wait to be sent.
const WAITING: usize = 8192;

/// Where spans go.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address of a receiver of OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`; none for nowhere.
    pub endpoint: Option<String>,
    /// A file of headers for the receiver, `name: value` in each line.
    pub headers_file: Option<PathBuf>,
    /// Of a hundred traces that begin here, how many are sent. What others began follows their decision.
    pub percent: u64,
}

impl Default for Settings {
    /// Nowhere; if somewhere, all of them.
    fn default() -> Self {
        Self {
            endpoint: None,
            headers_file: None,
            percent: 100,
        }
    }
}

/// One thing that took its time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    trace: u128,
    id: u64,
    parent: Option<u64>,
    state: Option<Tracestate>,
    name: String,
    is_request: bool,
    begun: Timestamp,
    ended: Timestamp,
    attributes: Vec<(&'static str, String)>,
    /// The status that is a failure.
    failed: Option<&'static str>,
}

/// The way of spans to whoever sends them.
#[derive(Debug)]
pub(crate) struct Spans {
    queue: Option<mpsc::Sender<Span>>,
    percent: u64,
    /// Spans that nobody took in time, or that could not be sent.
    pub(crate) dropped: Arc<Counter>,
    /// Spans that were sent.
    pub(crate) sent: Arc<Counter>,
}

/// Where something stands in its trace.
struct Place {
    trace: u128,
    sampled: bool,
    /// The span of somebody else that caused it.
    cause: Option<u64>,
    /// What others want to be kept beside it.
    state: Option<Tracestate>,
}

impl Spans {
    /// The way, and its end if spans go anywhere.
    pub(crate) fn new(settings: &Settings) -> (Self, Option<mpsc::Receiver<Span>>) {
        let (queue, spans) = mpsc::channel(WAITING);
        let goes = settings.endpoint.is_some();
        let this = Self {
            queue: goes.then_some(queue),
            percent: settings.percent,
            dropped: Arc::default(),
            sent: Arc::default(),
        };
        (this, goes.then_some(spans))
    }

    /// Has its counters told among the metrics.
    pub(crate) fn include_in(&self, metrics: &Metrics) {
        let (sent, dropped) = (Arc::clone(&self.sent), Arc::clone(&self.dropped));
        metrics.include(
            "squall_spans_sent_total",
            "Spans that a receiver took.",
            sent,
        );
        let about = "Spans that could not be sent, or not in time.";
        metrics.include("squall_spans_dropped_total", about, dropped);
    }

    /// Events are durable.
    pub(crate) fn ingested(&self, events: &[Event]) {
        let now = clock::now();
        for event in events {
            self.tell(|| {
                let place = self.place(&event.trace, event.id);
                let span = Span {
                    parent: place.cause,
                    is_request: true,
                    attributes: of_event(event),
                    ..place.span("ingest", event.id, (event.occurred_at, now))
                };
                (place, span)
            });
        }
    }

    /// An event is decided.
    pub(crate) fn decided(&self, event: &Event, begun: Timestamp, matched: usize) {
        self.tell(|| {
            let place = self.place(&event.trace, event.id);
            let mut attributes = of_event(event);
            attributes.push(("squall.rules.matched", matched.to_string()));
            let span = Span {
                parent: Some(Traceparent::span_of("ingest", event.id)),
                attributes,
                ..place.span("decide", event.id, (begun, clock::now()))
            };
            (place, span)
        });
    }

    /// An execution has come to its end.
    pub(crate) fn ended(&self, execution: &Execution) {
        let ended = execution.ended_at.unwrap_or(execution.requested_at);
        let failed = match execution.status {
            Status::Succeeded => None,
            other => Some(other.as_str()),
        };
        self.tell(|| {
            let place = self.place_of(execution);
            let decided = execution
                .event
                .map(|event| Traceparent::span_of("decide", event));
            let whole = place.span("execution", execution.id, (execution.requested_at, ended));
            let span = Span {
                parent: decided.or(place.cause),
                name: format!("execution {}", execution.action),
                attributes: of_execution(execution),
                failed,
                ..whole
            };
            (place, span)
        });
        if let Some(attempt) = &execution.attempt {
            self.tell(|| {
                let place = self.place_of(execution);
                let mut attributes = of_execution(execution);
                attributes.push(("squall.runner", execution.runner.clone()));
                attributes.push(("squall.node", attempt.owner.clone()));
                let span = Span {
                    parent: Some(Traceparent::span_of("execution", execution.id)),
                    attributes,
                    failed,
                    ..place.span("attempt", execution.id, (attempt.started_at, ended))
                };
                (place, span)
            });
        }
    }

    /// What an attempt tells the programs it calls: its own place in the trace.
    pub(crate) fn traceparent(&self, execution: &Execution) -> Traceparent {
        let place = self.place_of(execution);
        Traceparent {
            trace: place.trace,
            span: Traceparent::span_of("attempt", execution.id),
            sampled: place.sampled,
        }
    }

    fn tell(&self, make: impl FnOnce() -> (Place, Span)) {
        let Some(queue) = &self.queue else { return };
        let (place, span) = make();
        if place.sampled && queue.try_send(span).is_err() {
            self.dropped.add_one();
        }
    }

    fn place_of(&self, execution: &Execution) -> Place {
        let place = self.place(&execution.trace(), execution.id);
        // What an action asks for stands under its attempt.
        let asked = execution.context.get("parent");
        let asked = asked.and_then(|parent| parent.get("execution_id")?.as_str()?.parse().ok());
        let caused_by = asked.map(|parent: Id| Traceparent::span_of("attempt", parent));
        Place {
            cause: caused_by.or(place.cause),
            ..place
        }
    }

    fn place(&self, context: &TraceContext, id: Id) -> Place {
        match context.parent {
            Some(parent) => Place {
                trace: parent.trace,
                sampled: parent.sampled,
                cause: Some(parent.span),
                state: context.state.clone(),
            },
            None => {
                let trace = Traceparent::trace_of(context.id.unwrap_or(id));
                Place {
                    trace,
                    sampled: trace % 100 < u128::from(self.percent),
                    cause: None,
                    state: None,
                }
            }
        }
    }
}

impl Place {
    fn span(&self, what: &str, id: Id, (begun, ended): (Timestamp, Timestamp)) -> Span {
        Span {
            trace: self.trace,
            id: Traceparent::span_of(what, id),
            parent: None,
            state: self.state.clone(),
            name: what.to_owned(),
            is_request: false,
            begun,
            ended,
            attributes: Vec::new(),
            failed: None,
        }
    }
}

fn of_event(event: &Event) -> Vec<(&'static str, String)> {
    vec![
        ("squall.event", event.id.to_string()),
        ("squall.trigger", event.trigger.to_string()),
    ]
}

fn of_execution(execution: &Execution) -> Vec<(&'static str, String)> {
    let mut attributes = vec![
        ("squall.execution", execution.id.to_string()),
        ("squall.action", execution.action.to_string()),
        ("squall.status", execution.status.as_str().to_owned()),
    ];
    let rule = execution.rule.as_ref();
    attributes.extend(rule.map(|rule| ("squall.rule", rule.to_string())));
    attributes
}

#[cfg(test)]
mod tests;
