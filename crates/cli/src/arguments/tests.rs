//! The command line itself, and the reference made of it.

use std::fmt::Write as _;
use std::path::Path;

use clap::{Command, CommandFactory as _};

use super::*;

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

/// `docs/cli.md` is what `--help` says. With `SQUALL_BLESS` set it is written anew.
#[test]
fn the_reference_is_true() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let reference = reference();
    if std::env::vars_os().any(|(name, _)| name == "SQUALL_BLESS") {
        fs_err::write(&file, &reference).unwrap();
    }
    let written = fs_err::read_to_string(&file).unwrap_or_default();
    assert!(
        written == reference,
        "docs/cli.md is not what --help says; `cargo xtask bless` writes it anew"
    );
}

fn reference() -> String {
    let mut squall = Arguments::command().term_width(100);
    squall.build();
    let mut text = "# The commands of Squall\n\nGenerated from `squall --help`; `cargo xtask bless` writes it anew.\n".to_owned();
    describe(&mut squall, "squall", &mut text);
    text
}

fn describe(command: &mut Command, name: &str, text: &mut String) {
    let help = command.render_long_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(
        text,
        "\n## {name}\n\n```text\n{}\n```\n",
        help.join("\n").trim_end()
    )
    .unwrap();
    for below in command
        .get_subcommands_mut()
        .filter(|below| !below.is_hide_set())
    {
        let name = format!("{name} {}", below.get_name());
        describe(below, &name, text);
    }
}
