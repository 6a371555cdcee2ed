//! From sending a webhook to the end of the execution it starts, one at a time on an idle server.
//!
//! Two ends are measured: the one in the record, and the moment in which a reader of the stream hears of it.

use std::time::Duration;

use serde_json::Value;
use squall_model::Timestamp;
use tokio::time::Instant;

use super::{Bench, Row, own_pack};
use crate::connection::{Connection, post};
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::server::Server;
use crate::spread::percentile_millis;
use crate::stream::Stream;
use crate::{alert, clock};

pub(super) const NOOP: Row = Row {
    name: "noop",
    about: "webhook to finished `noop`, p50 idle",
    measure: |bench| measure(bench, &NOOP, Hook::NOOP, 1.0),
};

pub(super) const SHELL: Row = Row {
    name: "shell",
    about: "webhook to finished `echo` in a shell, p50 idle",
    measure: |bench| {
        let shell = Hook {
            url: "bench-shell",
            action: "core.local",
        };
        measure(bench, &SHELL, shell, 5.0)
    },
};

pub(super) const PYTHON: Row = Row {
    name: "python",
    about: "webhook to finished Python action, warm, p50 idle",
    measure: |bench| {
        let python = Hook {
            url: "bench-python",
            action: "bench.greet",
        };
        measure(bench, &PYTHON, python, 4.0)
    },
};

/// How long the server is left alone between two events, so that it is idle.
const IDLE: Duration = Duration::from_millis(10);

/// How many events go before the first that counts.
const WARM: usize = 5;

/// A webhook, and the action that its rule starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hook {
    pub(super) url: &'static str,
    pub(super) action: &'static str,
}

impl Hook {
    pub(super) const NOOP: Self = Self {
        url: "bench-noop",
        action: "core.noop",
    };
}

/// What a run measured.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) recorded: Vec<Duration>,
    pub(super) seen: Vec<Duration>,
    cpu: Duration,
}

fn measure(bench: &Bench, row: &Row, hook: Hook, aim: f64) -> Result<Vec<Figure>> {
    let folder = bench.program.folder()?;
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    let runs = bench.runtime.block_on(runs(bench, &server, hook))?;
    let of = |ends: fn(&Run) -> &[Duration], percent| {
        runs.iter()
            .filter_map(|run| percentile_millis(ends(run), percent))
            .collect::<Vec<f64>>()
    };
    let cpu = runs.iter().map(|run| {
        let each = u32::try_from(run.seen.len()).unwrap_or(u32::MAX).max(1);
        crate::spread::millis(run.cpu / each)
    });
    let beside = format!(
        "p99 {} ms; server {} CPU ms each, {} MB",
        median(of(|run| &run.recorded, 99)),
        median(cpu),
        median([server.resident()?]),
    );
    let seen_late = median(of(|run| &run.seen, 99));
    Ok(vec![
        Figure::of(row.about, "ms", of(|run| &run.recorded, 50))?
            .aiming(Aim::AtMost(aim))
            .beside(beside),
        Figure::of(
            "the same, as a client sees it",
            "ms",
            of(|run| &run.seen, 50),
        )?
        .aiming(Aim::AtMost(aim))
        .beside(format!("p99 {seen_late} ms")),
    ])
}

/// As many runs as the scale asks for, after a warm-up.
pub(super) async fn runs(bench: &Bench, server: &Server, hook: Hook) -> Result<Vec<Run>> {
    let mut sender = Sender::open(server, hook).await?;
    for _ in 0..WARM {
        sender.one().await?;
    }
    let mut runs = Vec::new();
    for _ in 0..bench.scale.runs {
        let mut run = Run::default();
        let before = server.cpu()?;
        for _ in 0..bench.scale.samples {
            let (recorded, seen) = sender.one().await?;
            run.recorded.push(recorded);
            run.seen.push(seen);
            tokio::time::sleep(IDLE).await;
        }
        run.cpu = server.cpu()?.saturating_sub(before);
        runs.push(run);
    }
    Ok(runs)
}

/// Sends one event at a time and follows what it starts.
struct Sender {
    connection: Connection,
    stream: Stream,
    address: std::net::SocketAddr,
    path: String,
    sequence: u64,
}

impl Sender {
    async fn open(server: &Server, hook: Hook) -> Result<Self> {
        let heard = format!(
            "/stream/v1/stream?events=st2.execution__update&action_refs={}",
            hook.action
        );
        Ok(Self {
            connection: Connection::open(server.address).await?,
            stream: Stream::open(server.address, &heard).await?,
            address: server.address,
            path: format!("/api/v1/webhooks/{}", hook.url),
            sequence: 0,
        })
    }

    /// Sends the next event: how long its execution took to end by the record, and to be seen.
    async fn one(&mut self) -> Result<(Duration, Duration)> {
        self.sequence += 1;
        let body = alert::body("PodMemoryHigh", self.sequence);
        let request = post(self.address, &self.path, &body);
        let (sent_at, sent) = (clock::now(), Instant::now());
        let head = self.connection.exchange(request.as_bytes()).await?;
        if head.status != 202 {
            return Err(Failure::Answer {
                asked: self.path.clone(),
                status: head.status,
                body: self.connection.body(&head),
            });
        }
        loop {
            let execution = self.stream.next().await?;
            let seen = sent.elapsed();
            if let Some(ended_at) = ended(&execution, self.sequence)? {
                let recorded = ended_at.micros().saturating_sub(sent_at.micros());
                let recorded = Duration::from_micros(u64::try_from(recorded).unwrap_or(0));
                return Ok((recorded, seen));
            }
        }
    }
}

/// When an execution ended well; `None` while it has not ended. It must be of the event with this number.
fn ended(execution: &Value, sequence: u64) -> Result<Option<Timestamp>> {
    let text = |name: &str| execution.get(name).and_then(Value::as_str);
    match text("status") {
        Some("requested" | "scheduled" | "delayed" | "running") => return Ok(None),
        Some("succeeded") => {}
        other => {
            return Err(Failure::Ended {
                status: other.unwrap_or("nothing").to_owned(),
                result: execution
                    .get("result")
                    .map(Value::to_string)
                    .unwrap_or_default(),
            });
        }
    }
    let of = execution.pointer("/trigger_instance/payload/body/sequence");
    let of = of
        .and_then(Value::as_u64)
        .ok_or(Failure::Unreadable("which event an execution is of"))?;
    if of != sequence {
        return Err(Failure::Lost {
            counted: "the event an execution is of",
            expected: sequence,
            found: of,
        });
    }
    let ended_at = text("end_timestamp").and_then(|text| text.parse().ok());
    ended_at
        .map(Some)
        .ok_or(Failure::Unreadable("when an execution ended"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_good_end_of_the_right_event_counts() {
        let at = "2026-11-22T13:14:15.000123Z";
        let execution = |status, sequence| {
            json!({"status": status, "end_timestamp": at,
                "trigger_instance": {"payload": {"body": {"sequence": sequence}}}})
        };
        assert_eq!(ended(&execution("running", 1), 1).unwrap(), None);
        let ended_at = ended(&execution("succeeded", 1), 1).unwrap();
        assert_eq!(ended_at, Some(at.parse().unwrap()));
        assert!(ended(&execution("failed", 1), 1).is_err());
        assert!(ended(&execution("succeeded", 2), 1).is_err());
    }
}
