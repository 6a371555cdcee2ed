//! HTTP/1.1 by hand: one kept-alive connection, prepared bytes out, as little as possible parsed of what comes back.
//!
//! The load and the server share the machine's cores, so what is spent here is missing there.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::failure::{Failure, Result};

/// How long any one answer may take.
const WITHIN: Duration = Duration::from_secs(60);

/// The largest answer that is read, in bytes.
const LARGEST: usize = 256 * 1024 * 1024;

/// A connection that is used for one request after the other.
pub(crate) struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer whose body still lies in the connection's buffer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// What `X-Total-Count` says, where it stands.
    pub(crate) total: Option<u64>,
    body: Range<usize>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(8 * 1024);
        Ok(Self {
            address,
            stream,
            buffer,
        })
    }

    /// Sends the bytes of a request and waits for its whole answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<Head> {
        let answered = tokio::time::timeout(WITHIN, self.exchange_in_any_time(request)).await;
        answered.map_err(|_| Failure::Late {
            awaited: "an answer",
            within: WITHIN,
        })?
    }

    async fn exchange_in_any_time(&mut self, request: &[u8]) -> Result<Head> {
        self.buffer.clear();
        self.stream.write_all(request).await?;
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(Failure::Unreadable("an answer: the connection was closed"));
            }
            if let Some(head) = Head::read(&self.buffer)? {
                return Ok(head);
            }
        }
    }

    /// The body of the last answer.
    pub(crate) fn body(&self, head: &Head) -> String {
        let body = self.buffer.get(head.body.clone()).unwrap_or_default();
        String::from_utf8_lossy(body).into_owned()
    }

    /// What is at a path, as text.
    pub(crate) async fn get_text(&mut self, path: &str) -> Result<(Head, String)> {
        let request = get(self.address, path);
        let head = self.exchange(request.as_bytes()).await?;
        let body = self.body(&head);
        if head.status == 200 {
            return Ok((head, body));
        }
        Err(Failure::Answer {
            asked: format!("GET {path}"),
            status: head.status,
            body,
        })
    }

    /// What is at a path, as JSON, with the total of a list.
    pub(crate) async fn get(&mut self, path: &str) -> Result<(Value, Option<u64>)> {
        let (head, body) = self.get_text(path).await?;
        let value = serde_json::from_str(&body);
        Ok((
            value.map_err(|_| Failure::Unreadable("an answer's JSON"))?,
            head.total,
        ))
    }
}

impl Head {
    /// Reads an answer that has come completely; `None` if some of it is missing.
    fn read(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let unreadable = Failure::Unreadable("an answer's head");
        let Some(Ok(head)) = bytes.get(..end).map(std::str::from_utf8) else {
            return Err(unreadable);
        };
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.get(9..12)?.parse().ok());
        let (mut length, mut total) = (None, None);
        for line in lines {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse::<usize>().ok();
            } else if name.eq_ignore_ascii_case("x-total-count") {
                total = value.trim().parse().ok();
            }
        }
        let (Some(status), Some(length)) = (status, length) else {
            return Err(unreadable);
        };
        if length > LARGEST {
            return Err(Failure::Unreadable("an answer: it is too large"));
        }
        let start = end.saturating_add(4);
        let body = start..start.saturating_add(length);
        let is_complete = bytes.len() >= body.end;
        Ok(is_complete.then_some(Self {
            status,
            total,
            body,
        }))
    }
}

/// The bytes of a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: */*\r\n\r\n")
}

/// The bytes of a POST of JSON.
pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_complete() {
        let answer =
            b"HTTP/1.1 202 Accepted\r\nX-Total-Count: 7\r\ncontent-length: 2\r\n\r\n{}".as_slice();
        for missing in 1..answer.len() {
            assert_eq!(Head::read(&answer[..answer.len() - missing]).unwrap(), None);
        }
        let head = Head::read(answer).unwrap().unwrap();
        assert_eq!((head.status, head.total), (202, Some(7)));
        assert_eq!(&answer[head.body], b"{}");
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for bytes in [
            "\r\n\r\n",
            "HTTP/1.1 x\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        ] {
            assert!(Head::read(bytes.as_bytes()).is_err(), "{bytes}");
        }
    }
}
