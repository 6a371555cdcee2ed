//! What users say cannot forge a line, and who logs does not wait.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use squall_model::Json;
use tracing::{info, info_span, warn};

use super::queue::{LINES, WRITE_AT_ONCE};
use super::*;
use crate::console::paper::Paper;

/// What is written of what `say` logs.
fn logged(style: Style, say: impl FnOnce()) -> String {
    let paper = Paper::default();
    let queue = Queue::start(paper.clone(), style);
    let lines = Lines {
        style,
        queue: queue.clone(),
    };
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), say);
    queue.flush(Duration::from_secs(60));
    paper.text()
}

const FORGED: &str =
    "x\n{\"level\":\"error\"}\r\u{1b}[2J\u{7}\u{0}\u{9b}31m\u{85}\u{2028}\u{202e}\u{7f}end";

#[test]
fn a_json_line_is_one_object_whatever_users_say() {
    let text = logged(Style::Json, || {
        let span = info_span!("task", task = "decide");
        let _inside = span.enter();
        warn!(name = FORGED, time = "mine", number = 7_u64, fact = true, shown = %FORGED, "{FORGED}");
    });
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    let is_plain = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert!(text.chars().all(is_plain), "{text}");
    let line: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(line["name"], FORGED);
    assert_eq!(line["shown"], FORGED);
    assert_eq!(line["message"], FORGED);
    assert_eq!(line["time_"], "mine");
    assert_eq!(line["level"], "warn");
    assert_eq!(line["task"], "decide");
    assert_eq!(
        (&line["number"], &line["fact"]),
        (&Json::from(7), &Json::from(true))
    );
}

#[test]
fn a_line_for_people_is_one_line_whatever_users_say() {
    let text = logged(Style::Text { colour: false }, || {
        warn!(name = FORGED, shown = %FORGED, plain = "word", "{FORGED}");
    });
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    let is_plain = |c: char| c == '\n' || (' '..='~').contains(&c);
    assert!(text.chars().all(is_plain), "{text}");
    assert!(text.contains("  WARN squall::logs::tests: x\\n{"), "{text}");
    assert!(text.contains(" plain=word\n"), "{text}");
}

#[derive(Debug, thiserror::Error)]
#[error("cannot do it")]
struct Outer(#[source] io::Error);

#[test]
fn an_error_is_told_with_its_causes() {
    let text = logged(Style::Json, || {
        let error = Outer(io::Error::other("the disk is full"));
        warn!(error = &error as &dyn std::error::Error, "no luck");
    });
    let line: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(line["error"], "cannot do it");
    assert_eq!(line["because"], Json::from(vec!["the disk is full"]));
}

#[test]
fn what_is_endless_is_cut() {
    let text = logged(Style::Json, || info!(body = "ä".repeat(1_000_000), "long"));
    assert!(text.len() < 20_000, "{}", text.len());
    assert!(text.contains("bytes more"));
}

/// Takes a write only when it is allowed to.
struct Stuck {
    allowed: Receiver<()>,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Write for Stuck {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.allowed.recv().map_err(io::Error::other)?;
        self.written.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn who_logs_does_not_wait_for_whoever_reads() {
    let (allow, allowed): (Sender<()>, _) = channel();
    let written = Arc::default();
    let stuck = Stuck {
        allowed,
        written: Arc::clone(&written),
    };
    let queue = Queue::start(stuck, Style::Text { colour: false });
    for _ in 0..100_000 {
        queue.put("a line\n".to_owned());
    }
    // All but what the queue holds, and what the writer has taken out of it to write at once.
    let kept = LINES + WRITE_AT_ONCE / "a line\n".len() + 1;
    let dropped = usize::try_from(queue.dropped().get()).unwrap();
    assert!(dropped >= 100_000 - kept, "{dropped}");
    (0..100).for_each(|_| allow.send(()).unwrap());
    queue.flush(Duration::from_secs(60));
    let text = String::from_utf8(written.lock().unwrap().clone()).unwrap();
    assert!(text.contains("lines of the log were dropped"), "{text}");
}

#[test]
fn a_word_that_is_no_level_is_refused() {
    for right in ["info", "off", "warn,squall_store=debug", "hyper=off"] {
        assert!(is_level(right), "{right}");
    }
    for wrong in ["", "inf", "info,loud", "squall_store=loud"] {
        assert!(!is_level(wrong), "{wrong}");
    }
}

#[test]
fn the_client_of_clusters_is_silent_unless_it_is_named() {
    let says = |wanted: &str, target: &str| {
        let targets = targets(wanted).unwrap();
        targets.would_enable(target, &tracing::Level::ERROR)
    };
    for wanted in ["info", "debug", "squall_store=debug,info"] {
        assert!(!says(wanted, "kube_client::client::builder"), "{wanted}");
        assert!(says(wanted, "squall_store"), "{wanted}");
    }
    assert!(says(
        "info,kube_client=debug",
        "kube_client::client::builder"
    ));
}
