//! `cargo xtask check`: what can be said about the code without running it.

use std::process::{Command, ExitCode};

use crate::{no_arguments, root, step};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "check",
    about: "format, lints and, where cargo-deny is installed, advisories",
    help: "cargo xtask check\n\nRuns cargo fmt --check, clippy on everything with warnings as errors, and cargo deny if it is \
           there.\nFit for a pre-push hook.",
    run: |arguments| match no_arguments(arguments) {
        Err(code) => code,
        Ok(()) if failures().is_empty() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
    },
};

/// Runs every check, and names those that failed.
pub(crate) fn failures() -> Vec<&'static str> {
    let mut failed = Vec::new();
    let mut check = |name, command: &mut Command| {
        if !step::run(name, command) {
            failed.push(name);
        }
    };
    check("cargo fmt", cargo().args(["fmt", "--all", "--check"]));
    check(
        "cargo clippy",
        cargo()
            .args(["clippy", "--workspace", "--all-targets", "--locked"])
            .args(["--", "--deny", "warnings"]),
    );
    if step::quietly(cargo().args(["deny", "--version"])) {
        check("cargo deny", cargo().args(["deny", "--workspace", "check"]));
    } else {
        println!("\ncargo deny is not installed: advisories are not checked");
    }
    failed
}

/// Cargo, in the repository's root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}
