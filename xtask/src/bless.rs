//! `cargo xtask bless`: accept what the tests now see as what they should see.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::check::cargo;
use crate::{no_arguments, step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "bless",
    about: "accept every changed snapshot and generated document; read the diff before you commit",
    help: "cargo xtask bless\n\nRuns the tests and writes what they see into the snapshots, inline ones included, and into \
           generated documents.\nThe snapshot tool (cargo-insta) is installed below target/ if it is not there.",
    run: |arguments| match no_arguments(arguments) {
        Err(code) => code,
        Ok(()) => bless(),
    },
};

fn bless() -> ExitCode {
    let Some(insta) = snapshot_tool() else {
        return ExitCode::FAILURE;
    };
    let mut accept = std::process::Command::new(insta);
    accept
        .current_dir(crate::root())
        .args(["insta", "test", "--accept", "--workspace", "--no-ignore"])
        .env("SQUALL_BLESS", "1");
    let built = step::run(
        "build squall",
        cargo().args(["build", "--package", "squall"]),
    );
    if built && step::run("accept snapshots", &mut accept) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The installed `cargo-insta`, or one of our own below `target/`.
fn snapshot_tool() -> Option<PathBuf> {
    if step::quietly(cargo().args(["insta", "--version"])) {
        return Some("cargo-insta".into());
    }
    let tools = target().join("tools");
    let tool = tools.join("bin/cargo-insta");
    let installed = tool.is_file()
        || step::run(
            "install cargo-insta",
            cargo()
                .args(["install", "--locked", "cargo-insta@1.49.0", "--root"])
                .arg(&tools),
        );
    installed.then_some(tool)
}
