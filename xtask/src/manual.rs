//! `cargo xtask manual`: the pages of `docs/` as a book.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::check::cargo;
use crate::{no_arguments, root, step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "manual",
    about: "build the manual: docs/ as web pages below target/manual",
    help: "cargo xtask manual\n\nBuilds the pages of docs/ with mdBook, which is installed below target/ if it is not there, and \
           says where the first\npage is.",
    run: |arguments| match no_arguments(arguments) {
        Err(code) => code,
        Ok(()) if build() => {
            println!("\n{}", target().join("manual/index.html").display());
            ExitCode::SUCCESS
        }
        Ok(()) => ExitCode::FAILURE,
    },
};

/// What builds books; without its web server and its search, which would bring a hundred crates more.
const TOOL: &[&str] = &[
    "install",
    "--locked",
    "--no-default-features",
    "mdbook@0.5.4",
];

/// Builds the manual, and tells whether that went well.
pub(crate) fn build() -> bool {
    let Some(program) = program() else {
        return false;
    };
    let mut book = Command::new(program);
    book.arg("build").arg(root().join("docs"));
    book.arg("--dest-dir").arg(target().join("manual"));
    step::run("manual", &mut book)
}

/// mdBook: the installed one, or one of our own below `target/`.
fn program() -> Option<OsString> {
    let is_there = |program: &OsString| step::quietly(Command::new(program).arg("--version"));
    let tools = target().join("tools");
    let ours = tools.join("bin/mdbook").into_os_string();
    if let Some(found) = [OsString::from("mdbook"), ours.clone()]
        .into_iter()
        .find(is_there)
    {
        return Some(found);
    }
    let mut install = cargo();
    install.args(TOOL).arg("--root").arg(tools);
    step::run("install mdBook", &mut install).then_some(ours)
}
