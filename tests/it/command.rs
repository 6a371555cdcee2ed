//! The binary, run to its end.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::server::binary;

/// What came of a command.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// `squall` with these arguments, in this folder.
pub(crate) fn squall(arguments: &[&str], folder: &Path) -> Ended {
    let mut command = Command::new(binary());
    run(command.args(arguments).current_dir(folder))
}

/// Any command, without input.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}
