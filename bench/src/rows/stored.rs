//! What executions take on disk, and how long the first page of them takes when there are very many.

use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use tokio::time::Instant;

use super::{Bench, Row, own_pack};
use crate::connection::{Connection, get};
use crate::counters;
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::load::{self, Amount};
use crate::server::Server;
use crate::spread::percentile_millis;

pub(super) const ROW: Row = Row {
    name: "stored",
    about: "100,000 executions on disk",
    measure,
};

/// How long the counters may stand still before executions count as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked for: a page as it comes, and the one that StackStorm's client asks for.
const PAGES: [(&str, &str); 2] = [
    ("first page, exact total", "/api/v1/executions?limit=50"),
    (
        "the same, as `st2 execution list` asks",
        "/api/v1/executions?limit=50&parent=null&sort_desc=True\
         &include_attributes=id,action.ref,context.user,status,start_timestamp,end_timestamp",
    ),
];

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let folder = bench.program.folder()?;
    let (all, some) = (bench.scale.stored, bench.scale.stored / 10);
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    bench.runtime.block_on(fill(&server, some))?;
    // A server that has stopped has moved everything into one file.
    drop(server);
    let mut figures = vec![size(folder.path(), some)?];
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    bench.runtime.block_on(async {
        fill(&server, all - some).await?;
        for (name, path) in PAGES {
            figures.push(page(bench, &server, (name, path), all).await?);
        }
        Ok(figures)
    })
}

/// Has so many executions made, and waits until they have ended.
async fn fill(server: &Server, executions: u64) -> Result<()> {
    let mut connection = Connection::open(server.address).await?;
    let before = counters::read(&mut connection, counters::SUCCEEDED).await?;
    load::send(server.address, "bench-noop", Amount::Events(executions)).await?;
    let expected = before + executions;
    let found =
        counters::wait_for(&mut connection, counters::SUCCEEDED, expected, PATIENCE).await?;
    if found == expected {
        return Ok(());
    }
    Err(Failure::Lost {
        counted: "executions ended well",
        expected,
        found,
    })
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files fit a float")]
fn size(folder: &Path, executions: u64) -> Result<Figure> {
    let mut bytes = 0;
    for end in ["", "-wal"] {
        let file = folder.join(format!("data/squall.db{end}"));
        bytes += fs::metadata(file).map_or(0, |found| found.len());
    }
    let megabytes = bytes as f64 / 1e6 / executions as f64 * 100_000.0;
    Ok(Figure::of(ROW.about, "MB", vec![megabytes])?
        .aiming(Aim::AtMost(150.0))
        .beside("each with its event of 1 kB, its decision and its result"))
}

async fn page(
    bench: &Bench,
    server: &Server,
    (name, path): (&str, &str),
    total: u64,
) -> Result<Figure> {
    let request = get(server.address, path);
    let mut connection = Connection::open(server.address).await?;
    let (mut halves, mut worst) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.runs {
        let mut latencies = Vec::new();
        for _ in 0..bench.scale.samples {
            let before = Instant::now();
            let head = connection.exchange(request.as_bytes()).await?;
            latencies.push(before.elapsed());
            if head.status != 200 || head.total != Some(total) {
                return Err(Failure::Lost {
                    counted: "executions in the total of a page",
                    expected: total,
                    found: head.total.unwrap_or_default(),
                });
            }
        }
        halves.extend(percentile_millis(&latencies, 50));
        worst.extend(percentile_millis(&latencies, 99));
    }
    Ok(Figure::of(name, "ms", halves)?
        .aiming(Aim::AtMost(10.0))
        .beside(format!(
            "50 of {total} executions; p99 {} ms; server {} MB",
            median(worst),
            median([server.resident()?])
        )))
}
