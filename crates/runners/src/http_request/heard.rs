//! Header names as a server spelled them.
//!
//! Names mean the same in any case, so the HTTP library keeps them in lower case. Users look them up in results by the
//! spelling they saw (`headers.Location`, `X-RateLimit-Remaining`), so the begin of what a server says is kept aside.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much is kept: the library reads no longer heads.
const KEPT: usize = 256 * 1024;

/// A stream that keeps the begin of what it reads.
pub(crate) struct Listening<T> {
    inner: T,
    heard: Heard,
}

/// The begin of what was read.
#[derive(Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<u8>>>);

impl<T> Listening<T> {
    pub(crate) fn new(inner: T) -> (Self, Heard) {
        let heard = Heard::default();
        let listening = Self {
            inner,
            heard: heard.clone(),
        };
        (listening, heard)
    }
}

impl Heard {
    /// Lower-case names to their spelling: every line of what was heard that looks like a header. Lines of a body do no
    /// harm, as only names that the library has read are looked up, and the first spelling counts.
    pub(crate) fn spelling(&self) -> BTreeMap<String, String> {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut spelling = BTreeMap::new();
        for line in heard.split(|byte| *byte == b'\n') {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            if let Ok(name) = std::str::from_utf8(name.trim_ascii()) {
                let lower = name.to_ascii_lowercase();
                spelling.entry(lower).or_insert_with(|| name.to_owned());
            }
        }
        spelling
    }

    fn keep(&self, bytes: &[u8]) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(heard.len()).min(bytes.len());
        heard.extend_from_slice(bytes.get(..room).unwrap_or_default());
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Listening<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.inner).poll_read(context, buffer);
        self.heard
            .keep(buffer.filled().get(before..).unwrap_or_default());
        poll
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Listening<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
