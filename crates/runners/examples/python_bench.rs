//! Times trivial Python actions from `run` to outcome: `cargo run --release -p squall-runners --example python_bench`.
//!
//! It prints p50 and p99 for a fork on demand and for a waiting child, one action at a time with a pause between them,
//! and the throughput of eight at a time without a pause.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_model::outcome::{Outcome, Verdict};
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object};
use squall_runners::{Call, Calls, Host, Later, Output, Run, Settings, find, python};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 300;
const AT_ONCE: usize = 8;
const ACTION: &str = "
from st2common.runners.base_action import Action

class Add(Action):
    def run(self, one, other):
        return True, one + other
";

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pack = folder.path().join("pack");
    fs_err::create_dir_all(pack.join("actions")).expect("a folder for the pack");
    fs_err::write(pack.join("actions/add.py"), ACTION).expect("an action");
    for (name, waiting) in [("fork on demand", 0), ("waiting child", 3)] {
        let bench = Bench {
            pack: pack.clone(),
            host: host(&folder.path().join("data"), waiting),
        };
        bench.one().await;
        println!("{name:15} {}", bench.one_at_a_time().await);
        println!(
            "{name:15} {:.0} a second, {AT_ONCE} at a time",
            bench.all_the_time().await
        );
        bench.host.python.stop().await;
    }
}

struct Bench {
    pack: std::path::PathBuf,
    host: Arc<Host>,
}

impl Bench {
    async fn one(&self) {
        let outcome = self.start().await;
        assert_eq!(outcome.verdict, Verdict::Succeeded, "{outcome:?}");
    }

    async fn one_at_a_time(&self) -> String {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            // Longer than it takes to fork the next waiting child.
            sleep(Duration::from_millis(20)).await;
            let begin = Instant::now();
            self.one().await;
            times.push(begin.elapsed());
        }
        times.sort();
        let at = |share: usize| times.get(ROUNDS * share / 100).copied().unwrap_or_default();
        format!("p50 {:?}  p99 {:?}", at(50), at(99))
    }

    async fn all_the_time(&self) -> f64 {
        let begin = Instant::now();
        let lane = || async {
            for _ in 0..ROUNDS {
                self.one().await;
            }
        };
        tokio::join!(
            lane(),
            lane(),
            lane(),
            lane(),
            lane(),
            lane(),
            lane(),
            lane()
        );
        let count = u32::try_from(ROUNDS * AT_ONCE).map_or(f64::INFINITY, f64::from);
        count / begin.elapsed().as_secs_f64()
    }

    async fn start(&self) -> Outcome {
        let action = json!({
            "id": Id::of("action:bench:add"),
            "ref": "bench.add",
            "runner_type": "python-script",
            "entry_point": "add.py",
        });
        let run = Run {
            execution: Id::of("execution"),
            action: Arc::new(serde_json::from_value(action).expect("an action")),
            pack_dir: Some(self.pack.clone()),
            parameters: Object::from_iter([
                ("one".to_owned(), json!(1)),
                ("other".to_owned(), json!(2)),
            ]),
            user: "stanley".to_owned(),
            config: Object::new(),
            environment: Vec::new(),
            output: Arc::new(Nobody),
            calls: Arc::new(Nobody),
            cancel: CancellationToken::new(),
            host: Arc::clone(&self.host),
        };
        let runner = find("python-script").expect("it is in the catalogue");
        runner.run(Object::new(), run).await
    }
}

fn host(data: &std::path::Path, waiting: usize) -> Arc<Host> {
    let settings = Settings {
        environment: std::env::vars_os().collect(),
        python: python::Settings {
            data: data.to_owned(),
            waiting,
            ..python::Settings::default()
        },
        ..Settings::default()
    };
    Host::start(settings).expect("a host")
}

struct Nobody;

impl Output for Nobody {
    fn write(&self, _: OutputKind, _: String) -> Later<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Calls for Nobody {
    fn call(&self, _: Call) -> Later<'_, Result<Json, String>> {
        Box::pin(std::future::ready(Err("nobody answers".to_owned())))
    }
}
