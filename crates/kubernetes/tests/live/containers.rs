//! What runs in the containers of the fake cluster: the commands of the tests, as processes of this machine.

use std::io::Write as _;
use std::process::{Command, Stdio};

use squall_kubernetes::fake::{Exec, Executed};

/// How a script ends that goes on for ever.
const GOES_ON: &str = "exec sleep 3600";

/// Carries out a command; of one that goes on for ever, what it does before.
pub(crate) fn carry_out(mut exec: Exec) -> Executed {
    let hangs = exec.command.first().is_some_and(|word| word == "sleep");
    let script = exec
        .command
        .last()
        .and_then(|last| last.strip_suffix(GOES_ON));
    let script = script.map(str::to_owned);
    let hangs = hangs || script.is_some();
    if let (Some(last), Some(script)) = (exec.command.last_mut(), script) {
        *last = script;
    } else if hangs {
        exec.command = vec!["true".to_owned()];
    }
    let ended = run(&exec).unwrap_or_else(|error| Executed::failed(127, error.to_string()));
    Executed { hangs, ..ended }
}

fn run(exec: &Exec) -> std::io::Result<Executed> {
    let (program, arguments) = exec.command.split_first().unwrap_or((&exec.pod, &[]));
    let mut process = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = process.stdin.take() {
        // Who does not read it has ended.
        drop(input.write_all(&exec.stdin));
    }
    let output = process.wait_with_output()?;
    Ok(Executed {
        stdout: output.stdout,
        stderr: output.stderr,
        exit_code: output.status.code().unwrap_or(137),
        hangs: false,
    })
}
