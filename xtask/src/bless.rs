//! `cargo xtask bless`: accept what the tests now see as what they should see.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::check::cargo;
use crate::{no_arguments, step, stories, target};

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
    let Some(path) = path_with_snapshot_tool() else {
        return ExitCode::FAILURE;
    };
    let mut accept = cargo();
    accept
        .args(["insta", "test", "--accept", "--workspace"])
        .env("PATH", path)
        .env("SQUALL_BLESS", "1");
    stories::prepare().tell(&mut accept);
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

/// The search path on which Cargo finds `cargo-insta`: the installed one, or one of our own below `target/`.
fn path_with_snapshot_tool() -> Option<OsString> {
    let tools = target().join("tools");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let ours = std::iter::once(tools.join("bin"));
    let path = std::env::join_paths(std::env::split_paths(&path).chain(ours)).ok()?;
    let is_there = step::quietly(cargo().args(["insta", "--version"]).env("PATH", &path));
    let is_there = is_there
        || step::run(
            "install cargo-insta",
            cargo()
                .args(["install", "--locked", "cargo-insta@1.49.0", "--root"])
                .arg(&tools),
        );
    is_there.then_some(path)
}
