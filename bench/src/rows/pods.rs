//! Pods of a cluster change: how many changes a server takes, how soon somebody hears of one, what watching costs. The
//! cluster is the fake one, in this process.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use squall_kubernetes::fake::{self, FakeCluster};
use squall_model::Json;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::Instant;

use super::{Bench, Row, own_playbooks};
use crate::connection::Connection;
use crate::counters;
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::pod::pod;
use crate::receiver::Receiver;
use crate::server::Server;

pub(super) const ROW: Row = Row {
    name: "pods",
    about: "pods of a cluster change",
    measure,
};

/// Changes that the server has seen.
const SEEN: &str = "squall_cluster_changes_total";

/// How many pods are updated in turn.
const PODS: usize = 1_000;

/// How long nothing may happen.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between one sample and the next, so that each finds an idle server.
const PAUSE: Duration = Duration::from_millis(10);

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let mut figures = updates(bench)?;
    figures.push(latency(
        bench,
        "to a finding at a sink, native action",
        5.0,
        &native,
    )?);
    figures.push(latency(
        bench,
        "to a finding at a sink, warm Python action on the pod",
        12.0,
        &in_python,
    )?);
    figures.extend(watched(bench)?);
    Ok(figures)
}

/// A fake cluster with a thread of its own, and a server that watches it.
struct Stage {
    fake: FakeCluster,
    receiver: Receiver,
    server: Server,
    /// From starting the server to the first change that it sees.
    watched_after: Duration,
    _folder: TempDir,
    _runtime: Runtime,
}

impl Stage {
    fn set(bench: &Bench, pods: usize, with_python: bool) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let fake = runtime.block_on(FakeCluster::start(fake::Settings::default()));
        let fake = fake.map_err(|error| Failure::Fake(error.to_string()))?;
        for number in 0..pods {
            put(&fake, pod(number, false, 1))?;
        }
        let receiver = Receiver::start()?;
        let folder = bench.program.folder()?;
        let config = folder.path().join("kubeconfig");
        fake.kubeconfig(&config)
            .map_err(|error| Failure::Fake(error.to_string()))?;
        let sink = format!("http://{}/", receiver.address);
        let begun = Instant::now();
        let server = start(bench, (folder.path(), &config), &sink, with_python)?;
        let mut stage = Self {
            fake,
            receiver,
            server,
            watched_after: Duration::ZERO,
            _folder: folder,
            _runtime: runtime,
        };
        stage.until_watched(bench)?;
        stage.watched_after = begun.elapsed();
        Ok(stage)
    }

    /// Changes a pod until that is seen: then all that was there before has been read.
    fn until_watched(&self, bench: &Bench) -> Result<()> {
        bench.runtime.block_on(async {
            let mut connection = Connection::open(self.server.address).await?;
            let begun = Instant::now();
            for version in 1_usize.. {
                put(
                    &self.fake,
                    pod(PODS * 100, !version.is_multiple_of(2), version),
                )?;
                tokio::time::sleep(PAUSE).await;
                if counters::read(&mut connection, SEEN).await? > 0 {
                    return Ok(());
                }
                if begun.elapsed() > PATIENCE {
                    break;
                }
            }
            Err(Failure::Late {
                awaited: "the first change",
                within: PATIENCE,
            })
        })
    }
}

fn start(bench: &Bench, stage: (&Path, &Path), sink: &str, with_python: bool) -> Result<Server> {
    let (folder, config) = stage;
    let playbooks = own_playbooks();
    let [changes, python] = ["changes.yaml", "python.yaml"].map(|file| playbooks.join(file));
    let mut words: Vec<&OsStr> = vec!["--playbooks".as_ref(), changes.as_os_str()];
    words.extend::<[&OsStr; 2]>(["--kubeconfig".as_ref(), config.as_os_str()]);
    if with_python {
        words.extend::<[&OsStr; 2]>(["--playbooks".as_ref(), python.as_os_str()]);
        words.extend::<[&OsStr; 2]>(["--playbook-repo".as_ref(), playbooks.as_os_str()]);
    }
    bench
        .program
        .start_as(folder, &[], &[("BENCH_SINK", sink)], &words)
}

fn put(fake: &FakeCluster, object: Json) -> Result<()> {
    let put = fake.put(object);
    put.map(drop)
        .map_err(|refusal| Failure::Fake(refusal.to_string()))
}

/// Every pod becomes ready and not ready again, as fast as the cluster tells of it.
fn updates(bench: &Bench) -> Result<Vec<Figure>> {
    let stage = Stage::set(bench, PODS, false)?;
    let mut rates = Vec::new();
    let mut costs = Vec::new();
    for run in 0..=bench.scale.runs {
        let first = run * bench.scale.updates;
        let (rate, cost) = bench
            .runtime
            .block_on(run_of_updates(bench, &stage, first))?;
        rates.push(rate);
        costs.push(cost);
    }
    // The first run warms up.
    let measured = rates.into_iter().skip(1).collect();
    let cost = median(costs.into_iter().skip(1));
    let name = "updates of pods against the playbooks of Robusta's chart, none firing";
    let figure = Figure::of(name, "/s", measured)?
        .aiming(Aim::AtLeast(5_000.0))
        .beside(format!("{cost} CPU ms each, aim 0.3"));
    Ok(vec![figure])
}

#[expect(clippy::cast_precision_loss, reason = "counts are small")]
async fn run_of_updates(bench: &Bench, stage: &Stage, first: usize) -> Result<(f64, f64)> {
    let mut connection = Connection::open(stage.server.address).await?;
    let before = counters::read(&mut connection, SEEN).await?;
    let used = stage.server.cpu()?;
    let begun = Instant::now();
    for number in first..first + bench.scale.updates {
        let round = number / PODS;
        put(
            &stage.fake,
            pod(number % PODS, round.is_multiple_of(2), round + 2),
        )?;
    }
    let expected = before + bench.scale.updates as u64;
    let seen = counters::wait_for(&mut connection, SEEN, expected, PATIENCE).await?;
    if seen < expected {
        return Err(Failure::Lost {
            counted: "changes of pods",
            expected,
            found: seen,
        });
    }
    let count = bench.scale.updates as f64;
    let rate = count / begun.elapsed().as_secs_f64();
    let cost = stage.server.cpu()?.saturating_sub(used).as_secs_f64() * 1_000.0 / count;
    Ok((rate, cost))
}

/// A pod crashes again and again: what Squall itself finds out goes to a sink.
fn native(number: usize) -> (Json, Json) {
    let name = format!("crashing-{number}");
    let state = |status: Json| {
        let mut pod = pod(number, false, 1);
        set(
            &mut pod,
            "/metadata",
            json!({"name": name, "namespace": "shop"}),
        );
        set(&mut pod, "/status/containerStatuses", json!([status]));
        pod
    };
    let running = json!({"name": "web", "restartCount": 1, "state": {"running": {}}});
    let crashing = json!({
        "name": "web", "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"reason": "Error", "exitCode": 1}},
    });
    (state(running), state(crashing))
}

/// A pod changes that an action in Python looks at.
fn in_python(number: usize) -> (Json, Json) {
    let state = |ready: bool| {
        let mut pod = pod(number, ready, 1);
        let name = format!("python-{number}");
        set(
            &mut pod,
            "/metadata",
            json!({"name": name, "namespace": "shop"}),
        );
        pod
    };
    (state(false), state(true))
}

fn set(object: &mut Json, pointer: &str, value: Json) {
    if let Some(member) = object.pointer_mut(pointer) {
        *member = value;
    }
}

/// One pod at a time: from its change in the cluster to the request that tells of it.
fn latency(
    bench: &Bench,
    name: &str,
    aim: f64,
    change: &dyn Fn(usize) -> (Json, Json),
) -> Result<Figure> {
    let stage = Stage::set(bench, 10, true)?;
    let mut medians = Vec::new();
    let mut next = 0;
    for _ in 0..=bench.scale.runs {
        let mut samples = Vec::new();
        for _ in 0..bench.scale.samples {
            next += 1;
            let (before, after) = change(next);
            put(&stage.fake, before)?;
            std::thread::sleep(PAUSE);
            let title = after.pointer("/metadata/name").and_then(Json::as_str);
            let title = title.unwrap_or_default().to_owned();
            let begun = Instant::now();
            put(&stage.fake, after)?;
            let came = stage.receiver.wait_for(&title)?;
            samples.push(came.saturating_duration_since(begun).as_secs_f64() * 1_000.0);
        }
        samples.sort_by(f64::total_cmp);
        medians.extend(samples.get(samples.len() / 2).copied());
    }
    let measured = medians.into_iter().skip(1).collect();
    Ok(
        Figure::of(format!("a pod's change {name}, p50 idle"), "ms", measured)?
            .aiming(Aim::AtMost(aim))
            .beside("recorded and delivered over HTTP"),
    )
}

/// What many pods cost that are watched with their last state.
fn watched(bench: &Bench) -> Result<Vec<Figure>> {
    let (mut more, mut seconds) = (Vec::new(), Vec::new());
    for _ in 0..bench.scale.runs {
        let (idle, with_none) = settled(bench, 0)?;
        let (busy, with_all) = settled(bench, bench.scale.watched)?;
        more.push(busy - idle);
        seconds.push(with_all - with_none);
    }
    let count = bench.scale.watched;
    Ok(vec![
        Figure::of(
            format!("{count} pods of 4.7 kB watched, more memory than idle"),
            "MB",
            more,
        )?
        .aiming(Aim::AtMost(60.0))
        .beside("the server's resident memory; old and new are compared"),
        Figure::of(format!("{count} pods listed at the start"), "s", seconds)?
            .beside("what the start takes longer until a change is seen"),
    ])
}

fn settled(bench: &Bench, pods: usize) -> Result<(f64, f64)> {
    let stage = Stage::set(bench, pods, false)?;
    std::thread::sleep(bench.scale.settle);
    Ok((stage.server.resident()?, stage.watched_after.as_secs_f64()))
}
