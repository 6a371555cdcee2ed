//! Running one program as one named step.

use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::count::Count;

/// Announces a step, runs it with our own output, and tells whether it succeeded.
pub(crate) fn run(name: &str, command: &mut Command) -> bool {
    announce(name);
    match command.stdin(Stdio::null()).status() {
        Ok(status) => status.success(),
        Err(error) => cannot_start(name, &error),
    }
}

/// Runs a step that may fail without anybody minding, and keeps its output to itself.
pub(crate) fn quietly(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Announces a step that runs tests, passes its output on as it comes, and counts the tests in it.
///
/// A step that fails without any failed test (it did not compile, say) counts as one failure.
pub(crate) fn run_tests(name: &str, command: &mut Command) -> Count {
    announce(name);
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => {
            cannot_start(name, &error);
            return Count::one_failure();
        }
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let errors = thread::spawn(move || pass_on(stderr, io::stderr()));
    let mut count = pass_on(stdout, io::stdout());
    count.add(errors.join().unwrap_or_default());
    let succeeded = child.wait().is_ok_and(|status| status.success());
    if !succeeded && count.failed == 0 {
        count.add(Count::one_failure());
    }
    count
}

/// What Cargo should be told about colour, given that we stand between it and the terminal.
pub(crate) fn colour() -> &'static str {
    if io::stdout().is_terminal() {
        "--color=always"
    } else {
        "--color=never"
    }
}

fn pass_on(from: Option<impl Read>, mut to: impl Write) -> Count {
    let mut count = Count::default();
    let Some(from) = from else { return count };
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    while reader
        .read_until(b'\n', &mut line)
        .is_ok_and(|length| length > 0)
    {
        // Nothing is lost if our own reader has gone away: the count still comes out.
        drop(to.write_all(&line).and_then(|()| to.flush()));
        count.add(Count::of_line(&String::from_utf8_lossy(&line)));
        line.clear();
    }
    count
}

fn announce(name: &str) {
    println!("\n=== {name}");
}

fn cannot_start(name: &str, error: &io::Error) -> bool {
    eprintln!("cannot start `{name}`: {error}");
    false
}
