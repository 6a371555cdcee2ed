//! Stands in for the service behind a sink: takes every request, and says when it came.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use tokio::time::Instant;

use crate::failure::{Failure, Result};

/// How long a request may take to come.
const WITHIN: Duration = Duration::from_secs(60);

/// Takes requests, each connection on a thread of its own.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    came: mpsc::Receiver<(Instant, String)>,
}

impl Receiver {
    /// Listens on a free port.
    pub(crate) fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let (sender, came) = mpsc::channel();
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(io::Result::ok) {
                let sender = sender.clone();
                std::thread::spawn(move || drop(serve(connection, &sender)));
            }
        });
        Ok(Self { address, came })
    }

    /// When the request came whose body has this in it. Those before it are forgotten.
    pub(crate) fn wait_for(&self, text: &str) -> Result<Instant> {
        loop {
            let (at, body) = self.came.recv_timeout(WITHIN).map_err(|_| Failure::Late {
                awaited: "a finding",
                within: WITHIN,
            })?;
            if body.contains(text) {
                return Ok(at);
            }
        }
    }
}

/// Takes requests until the other side has none any more.
fn serve(connection: TcpStream, came: &mpsc::Sender<(Instant, String)>) -> io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut writer = connection;
    loop {
        let mut length = 0;
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        while !line.trim_end().is_empty() {
            let lower = line.to_ascii_lowercase();
            if let Some(number) = lower.strip_prefix("content-length:") {
                length = number.trim().parse().unwrap_or(0);
            }
            line.clear();
            reader.read_line(&mut line)?;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        drop(came.send((Instant::now(), body)));
        writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}
