//! Reads what an action prints: hands it on in pieces, and keeps the beginning for the result.

use squall_model::record::OutputKind;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::Output;

/// Bytes read at once, so that no piece is much longer.
const PIECE: usize = 64 * 1024;

/// Text that arrives in pieces, of which the beginning is kept.
#[derive(Debug)]
pub(super) struct Capture {
    kept: String,
    limit: usize,
    dropped: usize,
    /// The begin of a character whose rest has not arrived yet.
    cut: Vec<u8>,
}

impl Capture {
    /// Keeps at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            kept: String::new(),
            limit,
            dropped: 0,
            cut: Vec::new(),
        }
    }

    /// Takes bytes; gives the text they complete. What is not UTF-8 is replaced.
    fn push(&mut self, bytes: &[u8]) -> String {
        self.cut.extend_from_slice(bytes);
        let whole = self.cut.len().saturating_sub(cut_character(&self.cut));
        let text = String::from_utf8_lossy(self.cut.get(..whole).unwrap_or_default()).into_owned();
        self.cut.drain(..whole);
        self.keep(&text);
        text
    }

    /// The text that half a character at the very end stands for.
    fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.cut)).into_owned();
        self.keep(&text);
        text
    }

    /// What was kept, with a last line that says how much was not.
    pub(super) fn text(&self) -> String {
        match self.dropped {
            0 => self.kept.clone(),
            dropped => format!("{}\n[{dropped} more bytes are not kept here]\n", self.kept),
        }
    }

    fn keep(&mut self, text: &str) {
        let room = self.limit.saturating_sub(self.kept.len());
        let fits = if self.dropped > 0 {
            0
        } else {
            text.floor_char_boundary(room)
        };
        let (kept, dropped) = text.split_at_checked(fits).unwrap_or(("", text));
        self.kept.push_str(kept);
        self.dropped = self.dropped.saturating_add(dropped.len());
    }
}

/// Reads a stream to its end: each piece goes to `output`, and the beginning into `capture`, which can be read meanwhile.
pub(super) async fn follow(
    mut stream: impl AsyncRead + Unpin,
    kind: OutputKind,
    output: &dyn Output,
    capture: &std::sync::Mutex<Capture>,
) {
    let mut buffer = vec![0; PIECE];
    loop {
        // A pipe that cannot be read is at its end.
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        let text = {
            let Ok(mut capture) = capture.lock() else {
                return;
            };
            match buffer.get(..count) {
                Some(bytes) if count > 0 => capture.push(bytes),
                _ => capture.finish(),
            }
        };
        if !text.is_empty() {
            output.write(kind, text).await;
        }
        if count == 0 {
            return;
        }
    }
}

/// How many bytes at the end are the begin of a character.
fn cut_character(bytes: &[u8]) -> usize {
    (1..=bytes.len().min(3))
        .find(|length| {
            let tail = bytes.get(bytes.len().saturating_sub(*length)..);
            tail.is_some_and(|tail| {
                std::str::from_utf8(tail)
                    .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
            })
        })
        .unwrap_or(0)
}
