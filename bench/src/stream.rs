//! A reader of the event stream: what a client sees, when it sees it.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::connection;
use crate::failure::{Failure, Result};

/// How long one event may take to come.
const WITHIN: Duration = Duration::from_secs(120);

/// The largest piece that is read at once, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// An open stream of server-sent events.
pub(crate) struct Stream {
    reader: BufReader<TcpStream>,
    /// What has come of the next event.
    text: String,
}

impl Stream {
    /// Opens the stream; when this returns, the server listens for changes on our behalf.
    pub(crate) async fn open(address: SocketAddr, path: &str) -> Result<Self> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        stream
            .write_all(connection::get(address, path).as_bytes())
            .await?;
        let mut opened = Self {
            reader: BufReader::new(stream),
            text: String::new(),
        };
        let status = opened.line().await?;
        if !status.contains(" 200 ") {
            return Err(Failure::Answer {
                asked: format!("GET {path}"),
                status: 0,
                body: status,
            });
        }
        while !opened.line().await?.trim().is_empty() {}
        // Its first blank line says that it listens.
        opened.piece().await?;
        Ok(opened)
    }

    /// The data of the next event.
    pub(crate) async fn next(&mut self) -> Result<Value> {
        let next = tokio::time::timeout(WITHIN, self.next_in_any_time()).await;
        next.map_err(|_| Failure::Late {
            awaited: "an event of the stream",
            within: WITHIN,
        })?
    }

    async fn next_in_any_time(&mut self) -> Result<Value> {
        loop {
            if let Some(data) = take_event(&mut self.text) {
                return serde_json::from_str(&data)
                    .map_err(|_| Failure::Unreadable("an event of the stream"));
            }
            self.piece().await?;
        }
    }

    async fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.reader.read_line(&mut line).await? == 0 {
            return Err(Failure::Unreadable("the stream: it was closed"));
        }
        Ok(line)
    }

    /// Adds the next chunk of the body to the text.
    async fn piece(&mut self) -> Result<()> {
        let size = self.line().await?;
        let size = usize::from_str_radix(size.trim(), 16)
            .ok()
            .filter(|size| (1..=LARGEST).contains(size))
            .ok_or(Failure::Unreadable("the stream's chunks"))?;
        let mut piece = vec![0; size];
        self.reader.read_exact(&mut piece).await?;
        self.text.push_str(&String::from_utf8_lossy(&piece));
        self.line().await?;
        Ok(())
    }
}

/// Takes the data of the first whole event from the text; blank lines between events are heartbeats.
fn take_event(text: &mut String) -> Option<String> {
    let blank = text.len() - text.trim_start_matches('\n').len();
    text.drain(..blank);
    let end = text.find("\n\n")?;
    let event: String = text.drain(..end + 2).collect();
    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
    Some(data.unwrap_or("null").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_taken_one_by_one() {
        let mut text = "\n\nevent: a\ndata: 1\n\n\nevent: b\ndata: 2\n\nevent: c\nda".to_owned();
        assert_eq!(take_event(&mut text).as_deref(), Some("1"));
        assert_eq!(take_event(&mut text).as_deref(), Some("2"));
        assert_eq!(take_event(&mut text), None);
        text.push_str("ta: 3\n\n");
        assert_eq!(take_event(&mut text).as_deref(), Some("3"));
        assert_eq!(text, "");
    }
}
