//! The short form that runs with the tests: what an event costs, held against what it cost when somebody last looked.
//!
//! The machine that runs tests is busy with them, so nothing here is a time on the clock. Processor time hardly depends on
//! who else runs, and how fast the processor is at the moment is taken out by measuring it in units of a piece of work of
//! our own: reading and writing one alert as JSON. Bytes written to files and bytes that stay there depend on nothing
//! but the code, since events are sent one at a time and so no two of them share a commit. Memory is what the
//! server has after a fixed number of events.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use serde_json::Value;

use crate::connection::{Connection, get, post};
use crate::failure::{Failure, Result};
use crate::rows::{Bench, own_pack};
use crate::server::Server;
use crate::{alert, clock, counters, process};

/// A figure may be so many times as bad as what is recorded.
const WORSE: f64 = 2.0;

/// How many events are sent before anything is measured, and how many then.
const WARM: u64 = 100;
const EVENTS: u64 = 500;

/// How often the first page of executions is read.
const PAGES: u32 = 30;

/// How long the counters may stand still before executions count as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// Figures by name; less is better for each of them.
type Figures = BTreeMap<&'static str, f64>;

/// Measures; prints each figure beside its baseline. False if one is more than twice as bad.
pub(crate) fn check(bench: &Bench, baselines: &Path) -> Result<bool> {
    let recorded: Value = serde_json::from_str(&fs::read_to_string(baselines)?)
        .map_err(|_| Failure::Unreadable("the file of baselines"))?;
    let mut all_well = true;
    println!("| figure | measured | recorded | |");
    println!("|---|---|---|---|");
    for (name, measured) in measure(bench)? {
        let recorded = recorded.get(name).and_then(Value::as_f64);
        let verdict = match recorded {
            Some(recorded) if measured <= recorded * WORSE => "",
            Some(_) => "worse by more than half",
            None => "not recorded",
        };
        all_well &= verdict.is_empty();
        let recorded = recorded.unwrap_or_default();
        println!("| {name} | {measured:.2} | {recorded:.2} | {verdict} |");
    }
    Ok(all_well)
}

/// Measures, and records that for later checks.
pub(crate) fn record(bench: &Bench, baselines: &Path) -> Result<bool> {
    let rounded = |(name, figure): (&'static str, f64)| {
        (
            name.to_owned(),
            Value::from((figure * 100.0).round() / 100.0),
        )
    };
    let recorded: serde_json::Map<String, Value> =
        measure(bench)?.into_iter().map(rounded).collect();
    println!("{:#}", Value::Object(recorded.clone()));
    fs::write(baselines, format!("{:#}\n", Value::Object(recorded)))?;
    Ok(true)
}

fn measure(bench: &Bench) -> Result<Figures> {
    let folder = bench.program.folder()?;
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    let mut figures = bench.runtime.block_on(events(&server))?;
    figures.insert("memory after 600 events, MB", server.resident()?);
    // A server that has stopped has moved everything into one file.
    drop(server);
    let stored = fs::metadata(folder.path().join("data/squall.db"))?.len();
    figures.insert("stored for an event, kB", each(stored, WARM + EVENTS) / 1e3);
    let unit = alert_work();
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    let cpu = server.cpu()?.as_secs_f64() / unit;
    figures.insert("processor time of a start, alerts", cpu);
    Ok(figures)
}

/// What events cost, each of them with the `noop` that it starts; and what a page costs.
async fn events(server: &Server) -> Result<Figures> {
    let mut connection = Connection::open(server.address).await?;
    send(server, &mut connection, 0, WARM).await?;
    let before = alert_work();
    let (cpu, written) = (server.cpu()?, process::written(server.pid())?);
    send(server, &mut connection, WARM, EVENTS).await?;
    let cpu = server.cpu()?.saturating_sub(cpu).as_secs_f64();
    let written = process::written(server.pid())?.saturating_sub(written);
    let request = get(server.address, "/api/v1/executions?limit=50");
    let pages = server.cpu()?;
    for _ in 0..PAGES {
        connection.exchange(request.as_bytes()).await?;
    }
    let pages = server.cpu()?.saturating_sub(pages).as_secs_f64();
    let unit = f64::midpoint(before, alert_work());
    Ok(Figures::from([
        (
            "processor time of an event, alerts",
            cpu / unit / each(EVENTS, 1),
        ),
        (
            "processor time of a page, alerts",
            pages / unit / f64::from(PAGES),
        ),
        ("written for an event, kB", each(written, EVENTS) / 1e3),
    ]))
}

/// Sends events one at a time, each after the end of the one before it.
async fn send(
    server: &Server,
    connection: &mut Connection,
    before: u64,
    events: u64,
) -> Result<()> {
    let body = alert::body("PodMemoryHigh", 0);
    let request = post(server.address, "/api/v1/webhooks/bench-noop", &body);
    for sent in before + 1..=before + events {
        let head = connection.exchange(request.as_bytes()).await?;
        if head.status != 202 {
            return Err(Failure::Answer {
                asked: "a webhook".to_owned(),
                status: head.status,
                body: connection.body(&head),
            });
        }
        if sent.is_multiple_of(50) || sent == before + events {
            let name = counters::SUCCEEDED;
            let found = counters::wait_for(connection, name, sent, PATIENCE).await?;
            if found != sent {
                return Err(Failure::Lost {
                    counted: "executions ended well",
                    expected: sent,
                    found,
                });
            }
        }
    }
    Ok(())
}

/// Processor time, in seconds, that reading and writing one alert takes this program at the moment.
fn alert_work() -> f64 {
    const TIMES: u32 = 2_000;
    let body = alert::body("PodMemoryHigh", 0);
    let before = clock::own_cpu();
    let mut written = 0;
    for _ in 0..TIMES {
        let read: Value = serde_json::from_str(&body).unwrap_or_default();
        written += read.to_string().len();
    }
    std::hint::black_box(written);
    clock::own_cpu().saturating_sub(before).as_secs_f64() / f64::from(TIMES)
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes fit a float")]
fn each(sum: u64, count: u64) -> f64 {
    sum as f64 / count as f64
}
