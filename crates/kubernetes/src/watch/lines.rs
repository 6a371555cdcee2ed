//! The lines of a watch, as they come.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use crate::Error;
use crate::cluster::Body;

/// The longest line that is read: an object of the greatest length that the API server takes, and as much again.
const LONGEST_LINE: usize = 16 * 1024 * 1024;

/// The lines of an answer. Asking for the next one may be given up at any time without losing one.
pub(super) struct Lines {
    body: Body,
    read: BytesMut,
    /// How much of it holds no end of a line.
    looked_at: usize,
}

impl Lines {
    pub(super) fn new(body: Body) -> Self {
        Self {
            body,
            read: BytesMut::new(),
            looked_at: 0,
        }
    }

    /// The next line that is whole; none at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let rest = self.read.get(self.looked_at..).unwrap_or_default();
            if let Some(at) = rest.iter().position(|&byte| byte == b'\n') {
                let line = self.read.split_to(self.looked_at + at + 1).freeze();
                self.looked_at = 0;
                return Ok(Some(line));
            }
            self.looked_at = self.read.len();
            if self.looked_at > LONGEST_LINE {
                return Err(Error::TooLong);
            }
            match self.body.next().await {
                Some(piece) => self.read.extend_from_slice(&piece?),
                None => return Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    async fn lines(pieces: Vec<Vec<u8>>) -> Result<Vec<String>, Error> {
        let body = stream::iter(pieces).map(|piece| Ok(Bytes::from(piece)));
        let mut lines = Lines::new(Box::pin(body));
        let mut read = Vec::new();
        while let Some(line) = lines.next().await? {
            read.push(String::from_utf8(line.to_vec()).unwrap());
        }
        Ok(read)
    }

    #[tokio::test]
    async fn lines_are_whole_wherever_they_are_cut() {
        let text = b"one\ntwo\n\nthree\nhalf";
        for length in 1..text.len() {
            let pieces = text.chunks(length).map(<[u8]>::to_vec).collect();
            let read = lines(pieces).await.unwrap();
            assert_eq!(
                read,
                ["one\n", "two\n", "\n", "three\n"],
                "pieces of {length}"
            );
        }
    }

    #[tokio::test]
    async fn a_line_without_end_is_given_up() {
        let pieces = vec![vec![b'x'; 1024 * 1024]; 20];
        assert!(matches!(lines(pieces).await, Err(Error::TooLong)));
    }
}
