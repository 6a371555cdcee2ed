//! What a server says while it runs: on standard error, for people or for programs.

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

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

/// Whether a text says what to log.
pub(crate) fn is_level(text: &str) -> bool {
    // A word that is no level would be taken for the name of a part, and everything else would be silent.
    let is_level = |part: &str| part.contains('=') || part.parse::<LevelFilter>().is_ok();
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

/// Logs from here on, as `wanted` says: `info`, or `info,squall_store=debug`.
pub(crate) fn start<Writer>(
    format: LogFormat,
    wanted: &str,
    colour: bool,
    writer: Writer,
) -> Result<(), Error>
where
    Writer: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let targets: Targets = wanted.parse().map_err(|source| Error {
        wanted: wanted.to_owned(),
        source,
    })?;
    let lines = tracing_subscriber::fmt::layer().with_writer(writer);
    let lines = match format {
        LogFormat::Text => lines.with_ansi(colour).with_filter(targets).boxed(),
        LogFormat::Json => lines.json().with_filter(targets).boxed(),
    };
    // A second subscriber is refused; whoever came first goes on logging.
    drop(tracing_subscriber::registry().with(lines).try_init());
    Ok(())
}
