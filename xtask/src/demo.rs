//! `cargo xtask demo`: the product's own stories, played on this machine.

use std::process::ExitCode;

use crate::check::cargo;
use crate::{step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "demo",
    about: "build Squall and let it play its stories: a saved heap profile, and a crash loop that is explained",
    help: "cargo xtask demo [arguments of `squall demo`]\n\nBuilds the release binary and runs `squall demo` in a temporary \
           folder,\non a fake cluster unless --kubeconfig FILE names a real one. It prints each stage with its time and where to look, and ends by itself.",
    run: play,
};

fn play(arguments: &[String]) -> ExitCode {
    let build = ["build", "--release", "--locked", "--package", "squall"];
    if !step::run("build squall", cargo().args(build)) {
        return ExitCode::FAILURE;
    }
    let binary = target().join("release/squall");
    let mut demo = std::process::Command::new(binary);
    if step::run("squall demo", demo.arg("demo").args(arguments)) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
