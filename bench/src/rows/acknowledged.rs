//! A webhook is acknowledged once its event is durable; no rule matches.

use std::time::Duration;

use super::{Bench, Row, own_pack};
use crate::clock;
use crate::connection::Connection;
use crate::counters;
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::load::{self, Amount, Sent};
use crate::server::Server;
use crate::spread::percentile_millis;

pub(super) const ROW: Row = Row {
    name: "acknowledged",
    about: "webhook acknowledged, durable, 1 kB, no rule matching, 64 connections",
    measure,
};

/// How long the counters may stand still before events count as lost.
const PATIENCE: Duration = Duration::from_secs(20);

struct Run {
    sent: Sent,
    /// Cores in use while sending: the server's and ours.
    server_cores: f64,
    own_cores: f64,
    resident: f64,
    /// How long the rules needed for what was still waiting when the last event was acknowledged.
    behind: Duration,
}

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let folder = bench.program.folder()?;
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    bench.runtime.block_on(async {
        let warm = Amount::For(bench.scale.load_for / 4);
        load::send(server.address, "bench-quiet", warm).await?;
        let mut runs = Vec::new();
        for _ in 0..bench.scale.runs {
            runs.push(run(&server, Amount::For(bench.scale.load_for)).await?);
        }
        figures(&runs)
    })
}

async fn run(server: &Server, amount: Amount) -> Result<Run> {
    let mut connection = Connection::open(server.address).await?;
    let accepted = counters::read(&mut connection, counters::ACCEPTED).await?;
    counters::wait_for(&mut connection, counters::DECIDED, accepted, PATIENCE).await?;
    let (server_before, own_before) = (server.cpu()?, clock::own_cpu());
    let sent = load::send(server.address, "bench-quiet", amount).await?;
    let (server_after, own_after) = (server.cpu()?, clock::own_cpu());
    let resident = server.resident()?;
    let waited = tokio::time::Instant::now();
    let expected = accepted + sent.acknowledged;
    let found = counters::read(&mut connection, counters::ACCEPTED).await?;
    let decided =
        counters::wait_for(&mut connection, counters::DECIDED, expected, PATIENCE).await?;
    for (counted, found) in [("events accepted", found), ("events decided", decided)] {
        if found != expected {
            return Err(Failure::Lost {
                counted,
                expected,
                found,
            });
        }
    }
    let cores = |spent: Duration| spent.as_secs_f64() / sent.within.as_secs_f64();
    Ok(Run {
        server_cores: cores(server_after.saturating_sub(server_before)),
        own_cores: cores(own_after.saturating_sub(own_before)),
        resident,
        behind: waited.elapsed(),
        sent,
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of events fit a float")]
fn figures(runs: &[Run]) -> Result<Vec<Figure>> {
    let per_second = runs
        .iter()
        .map(|run| run.sent.acknowledged as f64 / run.sent.within.as_secs_f64());
    let latency = |percent| {
        runs.iter()
            .filter_map(|run| percentile_millis(&run.sent.latencies, percent))
            .collect()
    };
    let refused: u64 = runs.iter().map(|run| run.sent.refused).sum();
    let beside = format!(
        "server {} cores, {} MB; sender {} cores; {refused} told to come back; rules {} s behind at the end",
        median(runs.iter().map(|run| run.server_cores)),
        median(runs.iter().map(|run| run.resident)),
        median(runs.iter().map(|run| run.own_cores)),
        median(runs.iter().map(|run| run.behind.as_secs_f64())),
    );
    Ok(vec![
        Figure::of(ROW.about, "/s", per_second.collect())?
            .aiming(Aim::AtLeast(10_000.0))
            .beside(beside),
        Figure::of("the same, p50", "ms", latency(50))?,
        Figure::of("the same, p99", "ms", latency(99))?,
    ])
}
