//! `cargo xtask bench`: how fast, how lean, on this machine.

use std::process::{Command, ExitCode};

use crate::check::cargo;
use crate::{step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "bench",
    about: "measure every row of docs/benchmarks.md, or one of them",
    help: "cargo xtask bench [--smoke] [--runs N] [--row NAME]...\n\nBuilds release binaries, starts a server for each row \
           and prints one table, with what was aimed at.\n--smoke sends a handful of everything through debug binaries: \
           it shows that every row works, and no figure of it means anything.",
    run: bench,
};

/// Asks for next to nothing of everything.
const SMOKE: &str = "--smoke";

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

fn measure(arguments: &[String]) -> bool {
    let is_smoke = arguments.iter().any(|argument| argument == SMOKE);
    let kind = if is_smoke { "debug" } else { "release" };
    // One by one: what is measured is the binary that everybody builds, without features that only a sender needs.
    for package in ["squall", "squall-bench"] {
        let mut build = cargo();
        build.args(["build", "--locked", "--package", package]);
        if !is_smoke {
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
    step::run("benchmarks", measure.args(arguments))
}
