//! `cargo xtask test`: every check and every test, and one line at the end that sums them.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::bench;
use crate::check::{self, cargo};
use crate::count::Count;
use crate::{manual, no_arguments, root, step, stories};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "test",
    about: "check, then every test: Rust, documentation, Python, and the product from outside; and the manual",
    help: "cargo xtask test\n\nRuns `check`, then all tests (with cargo-nextest where it is installed). Stories that need a \
           server or the stock\nclient get it: as root on Debian its package is installed, and the client goes into a virtual \
           environment below\ntarget/, as does what playbooks import. Where that cannot be done the stories say so and are listed as skipped.\n\nThe last \
           line reads `N passed, N failed, N skipped`; the exit code is 0 only if nothing failed.",
    run: |arguments| match no_arguments(arguments) {
        Err(code) => code,
        Ok(()) => test(),
    },
};

fn test() -> ExitCode {
    let mut failed_steps = check::failures();
    let mut total = Count {
        passed: 0,
        failed: u64::try_from(failed_steps.len()).unwrap_or(u64::MAX),
    };
    let stories = stories::prepare();
    let mut tests = |name, count: Count| {
        if count.failed > 0 {
            failed_steps.push(name);
        }
        total.add(count);
    };
    // The stories drive the binary itself, which no test target of theirs depends on.
    let build = ["build", "--locked", "--package", "squall"];
    if step::run("build squall", cargo().args(build)) {
        for mut run in rust_tests() {
            stories.tell(&mut run.command);
            tests(run.name, step::run_tests(run.name, &mut run.command));
        }
        if !bench::smoke() {
            tests("benchmarks", Count::one_failure());
        }
        if !bench::check() {
            tests("what an event costs", Count::one_failure());
        }
    } else {
        tests("build squall", Count::one_failure());
    }
    if !manual::build() {
        tests("manual", Count::one_failure());
    }
    if let Some(mut python) = python_tests(stories.python(), &root().join("workers/python")) {
        let count = step::run_tests("Python tests", &mut python);
        tests("Python tests", count.settled_as_unittest());
    }
    report(total, &failed_steps, &stories.skipped())
}

struct Run {
    name: &'static str,
    command: Command,
}

fn rust_tests() -> Vec<Run> {
    let with = |name, arguments: &[&str]| {
        let mut command = cargo();
        command.args(arguments).arg("--workspace").arg("--locked");
        command.arg(step::colour());
        Run { name, command }
    };
    if step::quietly(cargo().args(["nextest", "--version"])) {
        vec![
            with("cargo nextest", &["nextest", "run", "--no-fail-fast"]),
            with("documentation tests", &["test", "--doc", "--no-fail-fast"]),
        ]
    } else {
        vec![with("cargo test", &["test", "--no-fail-fast"])]
    }
}

fn python_tests(python: &Path, folder: &Path) -> Option<Command> {
    folder.join("tests").is_dir().then(|| {
        let mut command = Command::new(python);
        command.current_dir(folder);
        command.args(["-m", "unittest", "discover", "--start-directory", "tests"]);
        command.args(["--top-level-directory", "."]);
        command
    })
}

fn report(mut total: Count, failed_steps: &[&str], skipped: &[String]) -> ExitCode {
    println!();
    for story in skipped {
        println!("skipped: {story}");
    }
    for name in failed_steps {
        println!("failed: {name}");
    }
    // A skipped story ends as a passed test for its runner, which knows no other way.
    let skipped = u64::try_from(skipped.len()).unwrap_or(u64::MAX);
    total.passed = total.passed.saturating_sub(skipped);
    println!(
        "{} passed, {} failed, {skipped} skipped",
        total.passed, total.failed
    );
    if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
