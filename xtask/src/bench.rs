//! `cargo xtask bench`: how fast, how lean, on this machine.

use std::process::{Command, ExitCode};

use crate::check::cargo;
use crate::{root, step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "bench",
    about: "measure every row of docs/benchmarks.md, or one of them",
    help: "cargo xtask bench [--smoke] [--runs N] [--minutes N] [--row NAME]...\ncargo xtask bench --check | --record\n\nBuilds release binaries, starts a server for each row \
           and prints one table, with what was aimed at.\n--smoke sends a handful of everything through debug binaries: \
           it shows that every row works, and no figure of it means anything.\n--minutes says how long the row `flat` lasts \
           (3 otherwise; 60 for the hour).\n--check measures through debug binaries what an event costs and fails if that is \
           more than twice what bench/baselines.json\nsays, whatever else the machine does; --record writes that file.",
    run: bench,
};

/// Asks for next to nothing of everything.
const SMOKE: &str = "--smoke";

/// Compares with the committed baselines, or writes them anew.
const CHECK: &str = "--check";
const RECORD: &str = "--record";

fn bench(arguments: &[String]) -> ExitCode {
    if measure(arguments) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// A handful of every row, so that a change which breaks one does not wait for whoever measures next.
pub(crate) fn smoke() -> bool {
    measure(&[SMOKE.to_owned()])
}

/// What an event costs, held against what it cost before.
pub(crate) fn check() -> bool {
    measure(&[CHECK.to_owned()])
}

fn measure(arguments: &[String]) -> bool {
    let asks = |what: &str| arguments.iter().any(|argument| argument == what);
    let is_debug = [SMOKE, CHECK, RECORD].into_iter().any(asks);
    let kind = if is_debug { "debug" } else { "release" };
    // One by one: what is measured is the binary that everybody builds, without features that only a sender needs.
    for package in ["squall", "squall-bench"] {
        let mut build = cargo();
        build.args(["build", "--locked", "--package", package]);
        if !is_debug {
            build.arg("--release");
        }
        if !step::run(&format!("build {package}"), &mut build) {
            return false;
        }
    }
    let built = target().join(kind);
    let mut measure = Command::new(built.join("squall-bench"));
    measure.arg("--squall").arg(built.join("squall"));
    measure.arg("--folder").arg(target().join("bench"));
    for argument in arguments {
        measure.arg(argument);
        if [CHECK, RECORD].contains(&argument.as_str()) {
            measure.arg(root().join("bench/baselines.json"));
        }
    }
    step::run("benchmarks", &mut measure)
}
