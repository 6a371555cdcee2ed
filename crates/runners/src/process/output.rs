//! Reading what a process prints: as pieces of text for those who watch, and bounded as a whole for the result.

use squall_model::record::OutputKind;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use crate::Output;

/// Bytes read at once, and so about the largest piece of text that is passed on.
const PIECE: usize = 16 * 1024;

/// What was printed, up to a limit; the rest is counted.
#[derive(Debug)]
pub(crate) struct Capture {
    text: String,
    limit: usize,
    dropped: u64,
}

impl Capture {
    /// Keeps at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            text: String::new(),
            limit,
            dropped: 0,
        }
    }

    fn push(&mut self, piece: &str) {
        let room = self.limit.saturating_sub(self.text.len());
        let (kept, rest) = piece.split_at(piece.floor_char_boundary(room));
        // Once something is missing, later pieces that would fit must not close the gap.
        if self.dropped == 0 {
            self.text.push_str(kept);
            self.dropped = rest.len() as u64;
        } else {
            self.dropped = self.dropped.saturating_add(piece.len() as u64);
        }
    }

    /// The text; where it was cut, it says so at its end.
    pub(crate) fn into_text(self) -> String {
        match self.dropped {
            0 => self.text,
            dropped => format!("{}\n[cut here: {dropped} more bytes]\n", self.text),
        }
    }
}

/// Passes on all that `pipe` gives until its end. Waits where `output` waits.
pub(crate) async fn pump(
    mut pipe: impl AsyncRead + Unpin,
    kind: OutputKind,
    output: &dyn Output,
    capture: &mut Capture,
) {
    let mut decoder = Decoder::default();
    let mut buffer = vec![0; PIECE];
    loop {
        let read = pipe.read(&mut buffer).await.unwrap_or(0);
        let piece = match buffer.get(..read) {
            Some(bytes) if !bytes.is_empty() => decoder.decode(bytes),
            _ => decoder.finish(),
        };
        if !piece.is_empty() {
            capture.push(&piece);
            output.write(kind, piece).await;
        }
        if read == 0 {
            return;
        }
    }
}

/// Makes text of bytes that come in pieces: a character may be cut by a border, what is no UTF-8 becomes U+FFFD.
#[derive(Debug, Default)]
struct Decoder {
    /// The begin of a character that the next piece may complete: three bytes at most.
    pending: Vec<u8>,
}

impl Decoder {
    fn decode(&mut self, bytes: &[u8]) -> String {
        let mut left = std::mem::take(&mut self.pending);
        left.extend_from_slice(bytes);
        let mut text = String::with_capacity(left.len());
        let mut chunks = left.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            let may_go_on = chunks.peek().is_none()
                && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            if may_go_on {
                self.pending = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        text
    }

    fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.pending)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_do_not_change_the_text() {
        let bytes = "a\u{e4}\u{20ac}\u{1f600}\x1b[31mz"
            .bytes()
            .chain([0xff, 0xe2, 0x82, b'x', 0xf0, 0x9f])
            .collect::<Vec<_>>();
        let whole = String::from_utf8_lossy(&bytes).into_owned();
        for size in 1..=bytes.len() {
            let mut decoder = Decoder::default();
            let mut text = String::new();
            for piece in bytes.chunks(size) {
                text.push_str(&decoder.decode(piece));
                assert!(decoder.pending.len() < 4);
            }
            text.push_str(&decoder.finish());
            assert_eq!(text, whole, "pieces of {size}");
        }
    }

    #[test]
    fn a_capture_is_cut_once_and_says_so() {
        let mut capture = Capture::new(4);
        for piece in ["ab", "\u{20ac}", "c"] {
            capture.push(piece);
        }
        assert_eq!(capture.into_text(), "ab\n[cut here: 4 more bytes]\n");

        let mut exact = Capture::new(4);
        exact.push("abcd");
        assert_eq!(exact.into_text(), "abcd");
    }
}
