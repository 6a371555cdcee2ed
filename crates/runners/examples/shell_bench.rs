//! Times small commands from `run` to outcome: `cargo run --release -p squall-runners --example shell_bench`.
//!
//! It prints p50 and p99 for one command at a time with a pause between them, with and without the guard, and the
//! throughput of eight at a time without a pause.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_model::outcome::Verdict;
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object};
use squall_runners::{Call, Calls, Host, Later, Output, Run, Settings, find, guard};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 300;
const AT_ONCE: usize = 8;
const GUARD: &str = "guard";

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(GUARD) {
        return guard::main();
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure());
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
async fn measure() {
    let program = std::env::current_exe().expect("the path of this program");
    for (name, guard) in [
        ("unguarded", None),
        ("guarded", Some(vec![program.into(), GUARD.into()])),
    ] {
        let settings = Settings {
            environment: std::env::vars_os().collect(),
            guard,
            ..Settings::default()
        };
        let host = Host::start(settings).expect("a host");
        for (runner, line) in [
            ("noop", ""),
            ("local-shell-cmd", "echo hi"),
            ("local-shell-cmd", "/bin/echo hi"),
        ] {
            println!(
                "{name:10} {runner:16} {line:13} {}",
                one_at_a_time(&host, runner, line).await
            );
        }
        let speed = all_the_time(&host).await;
        println!(
            "{name:10} local-shell-cmd  echo hi       {speed:.0} a second, {AT_ONCE} at a time"
        );
    }
}

async fn one_at_a_time(host: &Arc<Host>, runner: &str, line: &str) -> String {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        sleep(Duration::from_millis(5)).await;
        let begin = Instant::now();
        one(host, runner, line).await;
        times.push(begin.elapsed());
    }
    times.sort();
    let at = |share: usize| times.get(ROUNDS * share / 100).copied().unwrap_or_default();
    format!("p50 {:?}  p99 {:?}", at(50), at(99))
}

async fn all_the_time(host: &Arc<Host>) -> f64 {
    let begin = Instant::now();
    let lane = || async {
        for _ in 0..ROUNDS {
            one(host, "local-shell-cmd", "echo hi").await;
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

async fn one(host: &Arc<Host>, runner: &str, line: &str) {
    let action = json!({"id": Id::of("action:bench:it"), "ref": "bench.it", "runner_type": runner});
    let run = Run {
        execution: Id::of("execution"),
        action: Arc::new(serde_json::from_value(action).expect("an action")),
        pack_dir: None,
        parameters: Object::new(),
        user: "stanley".to_owned(),
        config: Object::new(),
        environment: Vec::new(),
        output: Arc::new(Nobody),
        calls: Arc::new(Nobody),
        cancel: CancellationToken::new(),
        host: Arc::clone(host),
    };
    let parameters = Object::from_iter([("cmd".to_owned(), json!(line))]);
    let runner = find(runner).expect("it is in the catalogue");
    let outcome = runner.run(parameters, run).await;
    assert_eq!(outcome.verdict, Verdict::Succeeded, "{outcome:?}");
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
