//! `cargo xtask test-live`: what `test` holds against a fake cluster, held against a real one.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::check::cargo;
use crate::count::Count;
use crate::{no_arguments, step, target};

pub(crate) const COMMAND: crate::Command = crate::Command {
    name: "test-live",
    about: "the tests of clusters, against the one that KUBECONFIG names",
    help: "KUBECONFIG=FILE cargo xtask test-live\n\nRuns the tests that `test` runs against a fake cluster \
           against the current context of FILE: the client\n(objects, watches, pods, jobs, custom resources), playbooks that watch it, \
           and `squall demo`.\n\nEach test makes a namespace of its own, squall-live-..., and takes it away, after a failure \
           and on Ctrl-C\ntoo; the demo's is dm-demo-app. One test makes a CustomResourceDefinition, and takes it away. The images \
           are\nsmall and public. It takes the rights of a cluster's administrator.",
    run: |arguments| match no_arguments(arguments) {
        Err(code) => code,
        Ok(()) => test_live(),
    },
};

/// The variable that the tests look for; without it each starts a fake cluster.
const VARIABLE: &str = "SQUALL_LIVE_KUBECONFIG";

fn test_live() -> ExitCode {
    let Some(kubeconfig) = kubeconfig() else {
        eprintln!("KUBECONFIG must name one file, which is there; see --help");
        return ExitCode::from(2);
    };
    println!("against the current context of {}", kubeconfig.display());
    let build = ["build", "--locked", "--package", "squall"];
    if !step::run("build squall", cargo().args(build)) {
        return ExitCode::FAILURE;
    }
    let mut total = Count::default();
    for (name, test, only) in [("clusters", "live", ""), ("stories", "it", "live::")] {
        let mut tests = cargo();
        // Of the whole workspace: nothing is built otherwise than `test` has built it.
        tests.args([
            "test",
            "--locked",
            "--workspace",
            "--test",
            test,
            "--",
            only,
        ]);
        tests.env(VARIABLE, &kubeconfig);
        tests.env("SQUALL_BINARY", target().join("debug/squall"));
        total.add(step::run_tests(name, &mut tests));
    }
    println!("\n{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 && total.passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The one file that `KUBECONFIG` names, with its whole path: tests run in folders of their own.
fn kubeconfig() -> Option<std::path::PathBuf> {
    let named: OsString = std::env::var_os("KUBECONFIG")?;
    fs_err::canonicalize(named).ok()
}
