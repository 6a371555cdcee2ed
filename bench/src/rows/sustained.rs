//! As many events as the server takes, and every one of them a finished execution: nothing lost, nothing done twice.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::{Bench, Row, own_pack};
use crate::clock;
use crate::connection::Connection;
use crate::counters;
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::load::{self, Amount};
use crate::server::Server;
use crate::spread::millis;

pub(super) const ROW: Row = Row {
    name: "sustained",
    about: "sustained webhook to finished `noop`, nothing lost",
    measure,
};

/// How long the counters may stand still before executions count as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many executions are read at a time to see which events they are of.
const PAGE: u64 = 1_000;

struct Run {
    per_second: f64,
    cpu_millis_each: f64,
    own_cores: f64,
    refused: u64,
    resident: f64,
}

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let folder = bench.program.folder()?;
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    let runs = bench.runtime.block_on(async {
        let mut sent = run(&server, 0, bench.scale.events / 10).await?.0;
        let mut runs = Vec::new();
        for _ in 0..bench.scale.runs {
            let (so_far, run) = run(&server, sent, bench.scale.events).await?;
            sent = so_far;
            runs.push(run);
        }
        each_event_has_one_execution(&server, sent).await?;
        Ok::<_, Failure>(runs)
    })?;
    let refused: u64 = runs.iter().map(|run| run.refused).sum();
    let beside = format!(
        "{} events a run, each with its one execution; server {} MB; sender {} cores; {refused} told to come back",
        bench.scale.events,
        median(runs.iter().map(|run| run.resident)),
        median(runs.iter().map(|run| run.own_cores)),
    );
    let per_second = runs.iter().map(|run| run.per_second).collect();
    let cpu = runs.iter().map(|run| run.cpu_millis_each).collect();
    Ok(vec![
        Figure::of(ROW.about, "/s", per_second)?
            .aiming(Aim::AtLeast(3_000.0))
            .beside(beside),
        Figure::of("the same, server CPU for each", "ms", cpu)?.aiming(Aim::AtMost(0.4)),
    ])
}

/// Sends events and waits until all have ended as executions; `sent_before` is how many were sent earlier.
#[expect(clippy::cast_precision_loss, reason = "counts of events fit a float")]
async fn run(server: &Server, sent_before: u64, events: u64) -> Result<(u64, Run)> {
    let mut connection = Connection::open(server.address).await?;
    let (server_before, own_before) = (server.cpu()?, clock::own_cpu());
    let started = Instant::now();
    let sent = load::send(server.address, "bench-noop", Amount::Events(events)).await?;
    let expected = sent_before + sent.acknowledged;
    let found =
        counters::wait_for(&mut connection, counters::SUCCEEDED, expected, PATIENCE).await?;
    let took = started.elapsed();
    if found != expected {
        return Err(Failure::Lost {
            counted: "executions ended well",
            expected,
            found,
        });
    }
    let spent = server.cpu()?.saturating_sub(server_before);
    let own = clock::own_cpu().saturating_sub(own_before);
    let run = Run {
        per_second: sent.acknowledged as f64 / took.as_secs_f64(),
        cpu_millis_each: millis(spent) / sent.acknowledged as f64,
        own_cores: own.as_secs_f64() / took.as_secs_f64(),
        refused: sent.refused,
        resident: server.resident()?,
    };
    Ok((expected, run))
}

/// The records, not the counters, have the last word: as many executions as events, each of an event of its own.
async fn each_event_has_one_execution(server: &Server, expected: u64) -> Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let mut events = HashSet::new();
    let mut offset = 0;
    loop {
        let path = format!(
            "/api/v1/executions?rule=bench.noop&status=succeeded&include_attributes=context&sort_asc=true&limit={PAGE}&offset={offset}"
        );
        let (page, _) = connection.get(&path).await?;
        let page = page.as_array().map(Vec::as_slice).unwrap_or_default();
        for execution in page {
            let event = execution.pointer("/context/trigger_instance/id");
            let event = event.and_then(Value::as_str);
            let event = event.ok_or(Failure::Unreadable("which event an execution is of"))?;
            if !events.insert(event.to_owned()) {
                return Err(Failure::Lost {
                    counted: "executions of one event",
                    expected: 1,
                    found: 2,
                });
            }
        }
        if page.is_empty() {
            break;
        }
        offset += PAGE;
    }
    let found = u64::try_from(events.len()).unwrap_or(u64::MAX);
    if found == expected {
        return Ok(());
    }
    Err(Failure::Lost {
        counted: "events with a finished execution",
        expected,
        found,
    })
}
