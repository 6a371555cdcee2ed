//! Lines on their way to whoever reads them, on a thread of its own: who logs never waits.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use squall_server::clock;
use squall_server::metrics::Counter;
use tracing::Level;

use super::fields::Fields;
use super::line::{Line, Style};

/// How many lines may wait to be written.
pub(super) const LINES: usize = 4096;

/// Bytes written at a time.
pub(super) const WRITE_AT_ONCE: usize = 64 * 1024;

enum Message {
    Line(String),
    /// Everything before this is written when it is answered.
    Flush(SyncSender<()>),
}

/// The lines that wait to be written.
#[derive(Clone)]
pub(super) struct Queue {
    lines: SyncSender<Message>,
    dropped: Arc<Counter>,
}

impl Queue {
    /// Starts the thread that writes.
    pub(super) fn start(writer: impl Write + Send + 'static, style: Style) -> Self {
        let (lines, waiting) = sync_channel(LINES);
        let dropped = Arc::new(Counter::default());
        let counter = Arc::clone(&dropped);
        thread::spawn(move || write(&waiting, writer, style, &counter));
        Self { lines, dropped }
    }

    /// Puts a line into the queue; if that is full, it is counted and dropped.
    pub(super) fn put(&self, line: String) {
        if self.lines.try_send(Message::Line(line)).is_err() {
            self.dropped.add_one();
        }
    }

    /// Counts the lines that were dropped.
    pub(super) fn dropped(&self) -> Arc<Counter> {
        Arc::clone(&self.dropped)
    }

    /// Waits until everything is written that is in the queue now, at most `within`.
    pub(super) fn flush(&self, within: Duration) {
        let (done, written) = sync_channel(1);
        let mut message = Message::Flush(done);
        // A full queue is emptied soon, or never.
        let pause = Duration::from_millis(10);
        let mut waited = Duration::ZERO;
        while waited < within {
            match self.lines.try_send(message) {
                Ok(()) => {
                    let _gone_or_late = written.recv_timeout(within);
                    return;
                }
                Err(TrySendError::Full(back)) => message = back,
                Err(TrySendError::Disconnected(_)) => return,
            }
            thread::sleep(pause);
            waited += pause;
        }
    }
}

fn write(waiting: &Receiver<Message>, mut writer: impl Write, style: Style, dropped: &Counter) {
    let mut told = 0;
    while let Ok(first) = waiting.recv() {
        let mut text = String::new();
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Line(line) => text.push_str(&line),
                Message::Flush(done) => answers.push(done),
            }
            next = (text.len() < WRITE_AT_ONCE)
                .then(|| waiting.try_recv().ok())
                .flatten();
        }
        let lost = dropped.get();
        if lost > told {
            text.push_str(&loss(lost.saturating_sub(told), style));
            told = lost;
        }
        // Nobody reads it any more: then there is nobody to tell.
        drop(
            writer
                .write_all(text.as_bytes())
                .and_then(|()| writer.flush()),
        );
        for done in answers {
            let _waits_no_more = done.send(());
        }
    }
}

fn loss(lines: u64, style: Style) -> String {
    let fields = Fields::saying(
        "lines of the log were dropped: they were not read in time",
        "lines",
        lines,
    );
    let line = Line {
        time: clock::now(),
        level: Level::WARN,
        target: module_path!(),
        fields: &fields,
    };
    line.write(style)
}
