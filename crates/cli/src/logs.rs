//! What a server says while it runs: on standard error, for people or for programs.
//!
//! One line is one thing that happened: whatever users put into names, headers or output, it can end no line and steer no
//! terminal. Writing is a thread of its own, so that nobody waits for whoever reads the log.

mod fields;
mod line;
mod queue;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use squall_server::clock;
use squall_server::metrics::Counter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber, error};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use fields::Fields;
use line::{Line, Style};
use queue::Queue;

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl LogFormat {
    /// How they are chosen, each with what it means.
    pub(crate) const WORDS: &'static [(&'static str, &'static str)] =
        &[("text", "For people"), ("json", "One JSON object a line")];

    /// What a word stands for.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "json" => Self::Json,
            _ => Self::Text,
        }
    }
}

/// What it says of requests to a cluster that fail, and tries again, we say where it matters.
const SILENT: &str = "kube_client";

/// What a text says to log.
fn targets(wanted: &str) -> Result<Targets, Error> {
    let targets: Targets = wanted.parse().map_err(|source| Error {
        wanted: wanted.to_owned(),
        source,
    })?;
    let is_named = targets.iter().any(|(target, _)| target.starts_with(SILENT));
    Ok(match is_named {
        true => targets,
        false => targets.with_target(SILENT, LevelFilter::OFF),
    })
}

/// Whether a text says what to log.
pub(crate) fn is_level(text: &str) -> bool {
    // A word that is no level would be taken for the name of a part, and everything else would be silent.
    let is_word = |part: &str| !part.is_empty() && part.parse::<LevelFilter>().is_ok();
    let is_level = |part: &str| part.contains('=') || is_word(part);
    text.split(',').all(is_level) && text.parse::<Targets>().is_ok()
}

/// What is logged is none of `error`, `warn`, `info`, `debug`, `trace`, `off` or `target=level,...`.
#[derive(Debug, thiserror::Error)]
#[error("cannot read what to log from `{wanted}`")]
pub(crate) struct Error {
    wanted: String,
    #[source]
    source: tracing_subscriber::filter::ParseError,
}

/// How long the end of a command waits until its last lines are written.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The log, as long as it is held. What waits to be written is written when it goes.
pub(crate) struct Log {
    queue: Queue,
}

impl Log {
    /// Counts the lines that nobody took in time.
    pub(crate) fn dropped(&self) -> Arc<Counter> {
        self.queue.dropped()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.queue.flush(LAST_WORDS);
    }
}

/// Logs from here on, as `wanted` says: `info`, or `info,squall_store=debug`.
pub(crate) fn start(
    format: LogFormat,
    wanted: &str,
    colour: bool,
    writer: impl Write + Send + 'static,
) -> Result<Log, Error> {
    let targets = targets(wanted)?;
    let style = match format {
        LogFormat::Text => Style::Text { colour },
        LogFormat::Json => Style::Json,
    };
    let queue = Queue::start(writer, style);
    let lines = Lines {
        style,
        queue: queue.clone(),
    };
    let registry = tracing_subscriber::registry().with(lines.with_filter(targets));
    // A second subscriber is refused; whoever came first goes on logging.
    drop(registry.try_init());
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        error!(
            place,
            message_of_panic = panic.payload_as_str(),
            "a bug: something broke down"
        );
    }));
    Ok(Log { queue })
}

/// Makes lines of what happens.
struct Lines {
    style: Style,
    queue: Queue,
}

impl<S> Layer<S> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(outer) = span.extensions().get::<Fields>() {
                fields.inherit(outer);
            }
        }
        let line = Line {
            time: clock::now(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            fields: &fields,
        };
        self.queue.put(line.write(self.style));
    }
}

#[cfg(test)]
mod tests;
