//! Sending spans to a receiver, in batches.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;
use squall_model::http::{Http as _, Request};
use squall_runners::Sender;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Span, otlp};
use crate::handle::Handle;
use crate::virtualenvs::explain;

/// How many spans are sent at a time.
const BATCH: usize = 512;

/// How long a span waits for others.
const EVERY: Duration = Duration::from_secs(1);

/// How long a receiver may take for each step of an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often a batch is tried while the receiver says that it may work later.
const TRIES: u32 = 4;

/// How long the last spans may take when the server stops.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// The headers for the receiver cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the headers file `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line of it has no name and value.
    #[error("line {line} of the headers file `{}` is not `name: value`", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// Where batches go.
pub(crate) struct Receiving {
    endpoint: String,
    headers: Vec<(String, String)>,
}

impl Receiving {
    /// The receiver of the settings.
    pub(crate) fn of(settings: &super::Settings) -> Result<Option<Self>, Error> {
        let Some(endpoint) = settings.endpoint.clone() else {
            return Ok(None);
        };
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        if let Some(file) = &settings.headers_file {
            headers.extend(read(file)?);
        }
        Ok(Some(Self { endpoint, headers }))
    }
}

fn read(file: &Path) -> Result<Vec<(String, String)>, Error> {
    let path = file.to_owned();
    let text = fs::read_to_string(file);
    let text = text.map_err(|source| Error::Read {
        path: path.clone(),
        source,
    })?;
    let mut headers = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        if line.trim().is_empty() {
            continue;
        }
        let header = line.split_once(':').ok_or(Error::Line {
            path: path.clone(),
            line: number,
        })?;
        headers.push((header.0.trim().to_owned(), header.1.trim().to_owned()));
    }
    Ok(headers)
}

/// Sends spans until the server closes, and then what is left.
pub(crate) async fn run(handle: Handle, receiving: Receiving, mut spans: Receiver<Span>) {
    let closing = handle.closing().clone();
    let mut batch = Vec::with_capacity(BATCH);
    while !closing.is_cancelled() {
        let first = tokio::select! {
            () = closing.cancelled() => break,
            read = spans.recv_many(&mut batch, BATCH) => read,
        };
        if first == 0 {
            return;
        }
        gather(&mut batch, &mut spans, &closing).await;
        let sending = send(&handle, &receiving, &batch);
        let done = tokio::select! {
            done = sending => done,
            () = closing.cancelled() => break,
        };
        count(&handle, done, batch.len());
        batch.clear();
    }
    // The batch that was under way, and the rest.
    let rest = async {
        loop {
            while batch.len() < BATCH
                && let Ok(span) = spans.try_recv()
            {
                batch.push(span);
            }
            if batch.is_empty() {
                return;
            }
            let done = once(&handle, &receiving, &batch).await.is_ok();
            count(&handle, done, batch.len());
            batch.clear();
        }
    };
    drop(tokio::time::timeout(LAST_WORDS, rest).await);
}

/// Waits a moment for more, so that few requests are made.
async fn gather(batch: &mut Vec<Span>, spans: &mut Receiver<Span>, closing: &CancellationToken) {
    let enough = async {
        while batch.len() < BATCH {
            let room = BATCH.saturating_sub(batch.len());
            if spans.recv_many(batch, room).await == 0 {
                return;
            }
        }
    };
    tokio::select! {
        () = enough => {}
        () = closing.cancelled() => {}
        () = tokio::time::sleep(EVERY) => {}
    }
}

/// Sends a batch. True if it has been taken.
async fn send(handle: &Handle, receiving: &Receiving, batch: &[Span]) -> bool {
    let mut pause = EVERY;
    for tries_left in (0..TRIES).rev() {
        match once(handle, receiving, batch).await {
            Ok(()) => return true,
            Err(Failed { why, is_passing }) => {
                if tries_left == 0 || !is_passing {
                    warn!(
                        why,
                        spans = batch.len(),
                        "spans cannot be sent and are dropped"
                    );
                    return false;
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2);
    }
    false
}

struct Failed {
    why: String,
    is_passing: bool,
}

async fn once(handle: &Handle, receiving: &Receiving, batch: &[Span]) -> Result<(), Failed> {
    let body = otlp::request(&handle.0.settings.node, batch).to_string();
    let request = Request {
        headers: receiving.headers.clone(),
        body: body.into_bytes(),
        patience: PATIENCE,
        ..Request::new("POST", &receiving.endpoint)
    };
    let sender = Sender::new(Arc::clone(&handle.0.host));
    match sender.send(request).await {
        Ok(answer) if answer.is_success() => Ok(()),
        Ok(answer) => Err(Failed {
            why: format!("the receiver answers with status {}", answer.status),
            is_passing: matches!(answer.status, 429 | 502 | 503 | 504),
        }),
        Err(error) => Err(Failed {
            why: explain(&error),
            is_passing: true,
        }),
    }
}

fn count(handle: &Handle, is_sent: bool, spans: usize) {
    let counter = match is_sent {
        true => &handle.0.spans.sent,
        false => &handle.0.spans.dropped,
    };
    counter.add(u64::try_from(spans).unwrap_or(u64::MAX));
}
