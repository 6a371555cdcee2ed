//! The front door for developers: `cargo xtask <command>`.
//!
//! Each command is one line for whoever types it, and needs nothing but Rust, Python 3 and Node on the machine. What is
//! more (a faster test runner, a licence checker, servers to test against) is used where it is found, and named where it
//! is missing.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command for a terminal"
)]

mod bench;
mod bless;
mod check;
mod check_openapi;
mod count;
mod demo;
mod manual;
mod step;
mod stories;
mod test;
mod test_live;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One thing a developer can ask for.
struct Command {
    name: &'static str,
    about: &'static str,
    help: &'static str,
    run: fn(&[String]) -> ExitCode,
}

/// Every command there is, in the order a newcomer meets them.
static COMMANDS: &[Command] = &[
    demo::COMMAND,
    test::COMMAND,
    test_live::COMMAND,
    check::COMMAND,
    bless::COMMAND,
    bench::COMMAND,
    check_openapi::COMMAND,
    manual::COMMAND,
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", arguments.as_slice()),
    };
    if matches!(name, "help" | "--help" | "-h") {
        print!("{}", overview());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("there is no command `{name}`\n\n{}", overview());
        return ExitCode::from(2);
    };
    if rest
        .iter()
        .take_while(|argument| *argument != "--")
        .any(|argument| matches!(argument.as_str(), "--help" | "-h"))
    {
        println!("{}\n\n{}", command.about, command.help);
        return ExitCode::SUCCESS;
    }
    (command.run)(rest)
}

fn overview() -> String {
    let lines: Vec<String> = COMMANDS
        .iter()
        .map(|command| format!("  {:<15}{}", command.name, command.about))
        .collect();
    format!("cargo xtask <command> [--help]\n\n{}\n", lines.join("\n"))
}

/// The repository's root.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where Cargo puts what it builds, and where we keep what can be made again.
fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Refuses words that a command would otherwise pass over in silence.
fn no_arguments(arguments: &[String]) -> Result<(), ExitCode> {
    match arguments.first() {
        None => Ok(()),
        Some(word) => {
            eprintln!("`{word}` is not understood here; see --help");
            Err(ExitCode::from(2))
        }
    }
}
