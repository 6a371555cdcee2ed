//! What happens in the containers of the fake cluster: as much as the demo's two pods do.

use squall_kubernetes::fake::{Exec, Executed};

use super::objects::{CRASHING, LAST_WORDS, LEAKING};

/// A small heap profile, as Go's profiler writes it.
const PROFILE: &[u8] = include_bytes!("heap.pb.gz");

const PROFILER: &str = "http://127.0.0.1:6060/debug/pprof/heap";

/// Carries out a command.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to the fake cluster, which gives the command away"
)]
pub(super) fn carry_out(exec: Exec) -> Executed {
    let words: Vec<&str> = exec.command.iter().map(String::as_str).collect();
    match (exec.pod.as_str(), words.as_slice()) {
        (LEAKING, ["wget", .., PROFILER]) => Executed::printed(PROFILE),
        (LEAKING, [first, ..]) if first.starts_with("--web") => Executed {
            hangs: true,
            ..Executed::default()
        },
        (CRASHING, ["sh", ..]) => Executed {
            stdout: LAST_WORDS.into(),
            exit_code: 1,
            ..Executed::default()
        },
        _ => Executed::failed(127, "there is no such program\n"),
    }
}
