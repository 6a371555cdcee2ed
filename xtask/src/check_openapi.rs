//! `cargo xtask check-openapi FILE`: every answer of the server, held against StackStorm's own description of its API.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::check::cargo;
use crate::{step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "check-openapi",
    about: "hold every answer of the server against StackStorm's openapi.yaml, and count",
    help: "cargo xtask check-openapi FILE\n\nFILE is st2common/st2common/openapi.yaml of StackStorm's repository; it is not ours to keep.\n\
           The last lines name the operations that were not answered well, the answers that are not as described, and their count.",
    run: |arguments| match arguments {
        [file] => check(file),
        _ => {
            eprintln!("name one file; see --help");
            ExitCode::from(2)
        }
    },
};

fn check(file: &str) -> ExitCode {
    let file = match fs_err::canonicalize(PathBuf::from(file)) {
        Ok(file) => file,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let build = ["build", "--locked", "--package", "squall"];
    let mut walk = cargo();
    walk.args([
        "test",
        "--locked",
        "--package",
        "squall-tests",
        "--test",
        "it",
    ])
    .args([
        "every_answer_is_as_stackstorm_describes_it",
        "--",
        "--nocapture",
    ])
    .env("SQUALL_OPENAPI", file)
    .env("SQUALL_BINARY", target().join("debug/squall"));
    if step::run("build squall", cargo().args(build)) && step::run("walk", &mut walk) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
