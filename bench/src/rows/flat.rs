//! Hours of the same load, or minutes of it: memory must not grow. Old history is forgotten meanwhile, so that the store
//! stays as large as it is.

use std::path::Path;
use std::time::Duration;

use fs_err as fs;
use tokio::time::Instant;

use super::{Bench, Row, own_pack};
use crate::connection::Connection;
use crate::counters;
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure};
use crate::load::{self, Amount};
use crate::server::Server;
use crate::spread::short;

pub(super) const ROW: Row = Row {
    name: "flat",
    about: "memory under sustained load, growth",
    measure,
};

/// What the server is told: forget early and often.
const SETTINGS: [(&str, &str); 5] = [
    ("SQUALL_RETENTION_EXECUTIONS", "20s"),
    ("SQUALL_RETENTION_OUTPUT", "20s"),
    ("SQUALL_RETENTION_DECISIONS", "20s"),
    ("SQUALL_RETENTION_EVENTS", "20s"),
    ("SQUALL_RETENTION_EVERY", "5s"),
];

const SECOND: Duration = Duration::from_secs(1);

/// Fewer looks would make no line.
const FEWEST: usize = 4;

/// How long the counters may stand still before executions count as lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was seen each second: minutes since the start, and megabytes.
type Seen = Vec<(f64, f64)>;

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let folder = bench.program.folder()?;
    let server = bench
        .program
        .start_with(folder.path(), &[own_pack()], &SETTINGS)?;
    let (memory, store) = bench
        .runtime
        .block_on(watch(bench, &server, folder.path()))?;
    // Caches fill at first; what counts is what comes after.
    let later = |seen: &Seen| seen.get(seen.len() / 2..).unwrap_or_default().to_vec();
    let of = |seen: &Seen| {
        let last = |seen: &[(f64, f64)]| seen.last().map_or(0.0, |seen| seen.1);
        let half = seen.get(..=seen.len() / 2).unwrap_or_default();
        (last(half), last(seen))
    };
    let ((from, to), (store_from, store_to)) = (of(&memory), of(&store));
    let beside = format!(
        "{} events/s for {} minutes, each a finished `noop`; in the second half from {} MB to {} MB; \
         the store, with an age of 20 s, from {} MB to {} MB",
        bench.scale.flat_events,
        short(bench.scale.flat_for.as_secs_f64() / 60.0),
        short(from),
        short(to),
        short(store_from),
        short(store_to),
    );
    let slope = slope(&later(&memory)).ok_or(Failure::NoRuns)?;
    Ok(vec![
        Figure::of(ROW.about, "MB/min", vec![slope])?
            .aiming(Aim::AtMost(0.2))
            .beside(beside),
    ])
}

/// Sends the same each second, and looks at the server each time.
async fn watch(bench: &Bench, server: &Server, folder: &Path) -> Result<(Seen, Seen)> {
    let (mut memory, mut store) = (Seen::new(), Seen::new());
    let (started, mut sent) = (Instant::now(), 0);
    while started.elapsed() < bench.scale.flat_for || memory.len() < FEWEST {
        let second = Instant::now();
        sent += load::send(
            server.address,
            "bench-noop",
            Amount::Events(bench.scale.flat_events),
        )
        .await?
        .acknowledged;
        let minutes = started.elapsed().as_secs_f64() / 60.0;
        memory.push((minutes, server.resident()?));
        store.push((minutes, size(folder)));
        tokio::time::sleep_until(second + SECOND).await;
    }
    let mut connection = Connection::open(server.address).await?;
    let found = counters::wait_for(&mut connection, counters::SUCCEEDED, sent, PATIENCE).await?;
    if found != sent {
        return Err(Failure::Lost {
            counted: "executions ended well",
            expected: sent,
            found,
        });
    }
    Ok((memory, store))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of files fit a float")]
fn size(folder: &Path) -> f64 {
    let bytes = fs::metadata(folder.join("data/squall.db")).map_or(0, |found| found.len());
    bytes as f64 / 1e6
}

/// The slope of the straight line that lies nearest; `None` of a single point.
fn slope(seen: &[(f64, f64)]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a number of seconds")]
    let count = seen.len() as f64;
    let (mut times, mut values) = (0.0, 0.0);
    for (time, value) in seen {
        times += time / count;
        values += value / count;
    }
    let (mut above, mut below) = (0.0, 0.0);
    for (time, value) in seen {
        above += (time - times) * (value - values);
        below += (time - times) * (time - times);
    }
    (below > 0.0).then_some(above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_a_line_is_found_among_noise() {
        let line = |noise: f64| {
            let point = |minute: u32| {
                let up = if minute.is_multiple_of(2) {
                    noise
                } else {
                    -noise
                };
                (f64::from(minute), 40.0 + 0.5 * f64::from(minute) + up)
            };
            (0..100).map(point).collect::<Vec<_>>()
        };
        assert!((slope(&line(0.0)).unwrap() - 0.5).abs() < 1e-9);
        assert!((slope(&line(3.0)).unwrap() - 0.5).abs() < 0.01);
        assert_eq!(slope(&[(1.0, 1.0)]), None);
    }
}
