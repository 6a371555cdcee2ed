//! How fast, how lean: each row starts a server of its own, sends what the row says, and prints what came of it.
//!
//! `cargo xtask bench` builds both programs and starts this one. `docs/benchmarks.md` says what each row means.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for a terminal"
)]

mod alert;
mod arguments;
mod clock;
mod connection;
mod counters;
mod failure;
mod figure;
mod guard;
mod load;
mod machine;
mod once;
mod packs;
mod pod;
mod process;
mod receiver;
mod rows;
mod server;
mod spread;
mod stream;

use std::process::ExitCode;

use arguments::{Arguments, Task};
use failure::Failure;
use rows::{Bench, Row};

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{}", arguments::help());
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let bench = match runtime {
        Ok(runtime) => Bench {
            program: arguments.program,
            scale: arguments.scale,
            runtime,
        },
        Err(error) => {
            eprintln!("cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match arguments.task {
        Task::Rows => rows(&bench, arguments.rows, arguments.judged),
        Task::Check(baselines) => told(guard::check(&bench, &baselines)),
        Task::Record(baselines) => told(guard::record(&bench, &baselines)),
    }
}

/// Measures rows and prints their table.
fn rows(bench: &Bench, rows: Vec<&'static Row>, judged: bool) -> ExitCode {
    println!("{}\n", machine::line(&bench.program.folder));
    println!("| figure | measured: median (lowest-highest) | aim | beside |");
    println!("|---|---|---|---|");
    let mut failed = false;
    for row in rows {
        failed |= !measure(row, bench, judged);
    }
    println!("\n{}", machine::load());
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The exit code of a check; why there is none, if so.
fn told(checked: failure::Result<bool>) -> ExitCode {
    match checked {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("cannot measure: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Measures one row and prints its lines, or why it has none.
fn measure(row: &Row, bench: &Bench, judged: bool) -> bool {
    match (row.measure)(bench) {
        Ok(figures) => {
            for figure in figures {
                println!("{}", figure.line(judged));
            }
            true
        }
        Err(failure) => {
            println!("| {} | failed | | {} |", row.about, cell(&failure));
            eprintln!("row `{}` failed: {failure}", row.name);
            false
        }
    }
}

/// A failure on one line of a table.
fn cell(failure: &Failure) -> String {
    let text = failure.to_string().replace('|', "\\|");
    text.lines().next().unwrap_or_default().to_owned()
}
