//! Webhooks while an action with a very long result ends beside them.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{Bench, Row, own_pack};
use crate::alert;
use crate::connection::{Connection, post};
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::once;
use crate::server::Server;
use crate::spread::percentile_millis;

pub(super) const ROW: Row = Row {
    name: "long-result",
    about: "webhook acknowledged beside a result of 20 MB, p99",
    measure,
};

/// Between two webhooks.
const IDLE: Duration = Duration::from_millis(2);

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let folder = bench.program.folder()?;
    let server = bench.program.start(folder.path(), &[own_pack()])?;
    bench.runtime.block_on(async {
        once::run(&server, "bench.long", json!({"megabytes": 1})).await?;
        let (mut beside, mut alone, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..bench.scale.runs {
            let quiet = async {
                tokio::time::sleep(bench.scale.load_for).await;
                Ok(0)
            };
            let (latencies, _) = webhooks_during(&server, quiet).await?;
            alone.extend(percentile_millis(&latencies, 99));
            let long = once::run(
                &server,
                "bench.long",
                json!({"megabytes": bench.scale.long_result}),
            );
            let (latencies, size) = webhooks_during(&server, long).await?;
            beside.extend(percentile_millis(&latencies, 99));
            sizes.push(size);
        }
        let least = bench.scale.long_result * 1_000_000;
        if let Some(size) = sizes.iter().find(|size| **size < least) {
            return Err(Failure::Lost {
                counted: "bytes of a result",
                expected: least,
                found: *size,
            });
        }
        let told = format!(
            "{} MB; one webhook after the other, from the request to the end of the action; without it {} ms",
            bench.scale.long_result,
            median(alone)
        );
        Ok(vec![
            Figure::of(ROW.about, "ms", beside)?
                .aiming(Aim::AtMost(20.0))
                .beside(told),
        ])
    })
}

/// How long webhooks took while something else went on, and what came of that.
async fn webhooks_during(
    server: &Server,
    other: impl Future<Output = Result<u64>>,
) -> Result<(Vec<Duration>, u64)> {
    let body = alert::body("PodMemoryHigh", 0);
    let request = post(server.address, "/api/v1/webhooks/bench-quiet", &body);
    let mut connection = Connection::open(server.address).await?;
    let mut latencies = Vec::new();
    let mut other = std::pin::pin!(other);
    loop {
        let one = async {
            let before = Instant::now();
            let head = connection.exchange(request.as_bytes()).await?;
            let took = before.elapsed();
            tokio::time::sleep(IDLE).await;
            Ok::<_, Failure>((head.status, took))
        };
        // One that has begun is waited for: what is slow must not be left out.
        let mut one = std::pin::pin!(one);
        let (ended, (status, took)) = tokio::select! {
            biased;
            ended = &mut other => (Some(ended?), one.await?),
            done = &mut one => (None, done?),
        };
        if status != 202 {
            return Err(Failure::Answer {
                asked: "a webhook".to_owned(),
                status,
                body: String::new(),
            });
        }
        latencies.push(took);
        if let Some(size) = ended {
            return Ok((latencies, size));
        }
    }
}
