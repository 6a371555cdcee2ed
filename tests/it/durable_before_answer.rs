//! No webhook is answered before its event is on disk, watched from outside through the system calls.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use serde_json::json;

use crate::http::Request;
use crate::machine;
use crate::packs;
use crate::random::Random;
use crate::server::Settings;

const CALLS: &str = "trace=write,writev,pwrite64,pwritev,sendto,sendmsg,fsync,fdatasync";
const SENDERS: u32 = 8;
const EACH: u32 = 12;

const PACK: (&str, &str) = (
    "quiet/pack.yaml",
    "{name: quiet, description: Listens, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "quiet/rules/hear.yaml",
    r#"
name: hear
pack: quiet
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: quiet}}
criteria:
  trigger.body.loud: {type: equals, pattern: true}
action: {ref: core.noop}
"#,
);

#[test]
fn no_answer_leaves_before_its_event_is_on_disk() {
    let story = "no answer leaves before its event is on disk";
    let Some(strace) = machine::program("strace") else {
        return machine::skipped(story, "strace is not installed");
    };
    let may_trace = Command::new(&strace)
        .args(["-o", "/dev/null", "true"])
        .stderr(Stdio::null())
        .status();
    if !may_trace.unwrap().success() {
        return machine::skipped(story, "this machine does not let processes be traced");
    }
    let packs = packs::folder(&[PACK, RULE]);
    let settings = Settings::dev().packs(packs.path());
    let trace = settings.folder().join("trace");
    let strace = strace.to_str().unwrap();
    let arguments = [
        "-f",
        "-y",
        "-s",
        "5000",
        "-e",
        CALLS,
        "-o",
        trace.to_str().unwrap(),
    ];
    let squall = settings
        .below(&[&[strace], arguments.as_slice()].concat())
        .start();
    let address = squall.address();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            scope.spawn(move || {
                for number in 0..EACH {
                    let event = json!({"marker": marker(sender, number), "loud": false});
                    let answer = Request::post("/api/v1/webhooks/quiet", &event)
                        .send(address)
                        .unwrap();
                    assert_eq!(answer.status, 202, "{}", answer.text());
                }
            });
        }
    });
    // Read while it runs: a traced process writes each call down before it makes the next.
    let calls = read(&trace);
    for (sender, number) in
        (0..SENDERS).flat_map(|sender| (0..EACH).map(move |number| (sender, number)))
    {
        check(&calls, &marker(sender, number));
    }
}

/// Letters like no others, so that they stand in the written event as they are, though it may be compressed.
fn marker(sender: u32, number: u32) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut random =
        Random(u64::from(sender * EACH + number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let letter = |_| char::from(LETTERS[usize::try_from(random.below(52)).unwrap()]);
    (0..4 * PIECE).map(letter).collect()
}

/// Compression may take out a few letters that happen to stand elsewhere, too, but not from each piece of this length.
const PIECE: usize = 8;

fn has_piece(text: &str, marker: &str) -> bool {
    let mut pieces = (0..marker.len()).step_by(PIECE);
    let piece = |begin: usize| &marker[begin..marker.len().min(begin + PIECE)];
    pieces.any(|begin| text.contains(piece(begin)))
}

/// One system call: the lines of the trace on which it began and ended, and its text.
struct Call {
    name: String,
    file: String,
    text: String,
    began: usize,
    ended: usize,
}

/// The event's bytes are written to a file, that file is synced, and only then does the answer with the event in it go.
fn check(calls: &[Call], marker: &str) {
    let answer = calls
        .iter()
        .filter(|call| call.text.contains(marker))
        .find(|call| call.text.contains("HTTP/1.1 202"))
        .unwrap_or_else(|| panic!("no answer with {marker}"));
    let written = calls
        .iter()
        .filter(|call| has_piece(&call.text, marker))
        .find(|call| call.name.starts_with("pwrite") && !call.file.starts_with("socket:"))
        .unwrap_or_else(|| panic!("{marker} was never written to a file"));
    let synced = calls
        .iter()
        .filter(|call| matches!(call.name.as_str(), "fsync" | "fdatasync"))
        .find(|call| call.file == written.file && call.began > written.ended)
        .unwrap_or_else(|| panic!("{} was not synced after {marker}", written.file));
    assert!(
        synced.ended < answer.began,
        "{marker}: written on line {}, answered on line {}, synced on line {} of the trace",
        written.ended,
        answer.began,
        synced.ended
    );
}

/// Reads a trace of `strace -f -y`, in which a call that others interrupt stands on two lines.
fn read(trace: &Path) -> Vec<Call> {
    let text = String::from_utf8_lossy(&fs_err::read(trace).unwrap()).into_owned();
    let mut unfinished: BTreeMap<String, Call> = BTreeMap::new();
    let mut calls = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if rest.starts_with("<... ") {
            if let Some(mut call) = unfinished.remove(thread) {
                call.ended = number;
                calls.push(call);
            }
        } else if let Some(call) = begin(rest, number) {
            if rest.ends_with("<unfinished ...>") {
                unfinished.insert(thread.to_owned(), call);
            } else {
                calls.push(call);
            }
        }
    }
    calls.sort_by_key(|call| call.began);
    calls
}

/// `pwrite64(12</tmp/x/squall.db-wal>, "...", 4096, 32) = 4096`
fn begin(text: &str, line: usize) -> Option<Call> {
    let (name, rest) = text.split_once('(')?;
    let (_, rest) = rest.split_once('<')?;
    let (file, _) = rest.split_once('>')?;
    Some(Call {
        name: name.to_owned(),
        file: file.to_owned(),
        text: text.to_owned(),
        began: line,
        ended: line,
    })
}

#[test]
fn interrupted_calls_are_put_together() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let lines = "\
7 pwrite64(3</d/wal>, \"m\", 1, 0) = 1
7 fdatasync(3</d/wal> <unfinished ...>
8 write(9<socket:[5]>, \"HTTP/1.1 202 m\", 14) = 14
7 <... fdatasync resumed>) = 0
8 write(9<socket:[5]>, \"HTTP/1.1 202 n\", 14) = 14
";
    fs_err::write(&trace, lines).unwrap();
    let calls = read(&trace);
    let synced = &calls[1];
    assert_eq!(
        (synced.name.as_str(), synced.began, synced.ended),
        ("fdatasync", 1, 3)
    );
    let early = std::panic::catch_unwind(|| check(&calls, "m"));
    early.unwrap_err();
}
