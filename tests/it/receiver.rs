//! Something on the machine that others send requests to: services as stories need them.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use serde_json::Value;

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    /// Method and path.
    pub(crate) asked: String,
    /// All lines of its head but the first, in lower case.
    pub(crate) head: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Got {
    /// A header, in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.iter().find_map(|line| {
            let (given, value) = line.split_once(':')?;
            (given == name).then_some(value.trim())
        })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", text()))
    }
}

/// Takes requests on a port of its own, each on a thread of its own, for as long as the story lasts. `answer` gives a
/// status line without `HTTP/1.1` and a body of JSON; where it gives nothing, nobody answers, however long they wait.
pub(crate) fn listen(
    answer: impl Fn(Got) -> Option<(&'static str, Value)> + Send + Sync + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || take(BufReader::new(stream.unwrap()), &*answer));
        }
    });
    address
}

/// Nothing if whoever asks hangs up meanwhile: a server that is killed does.
fn take(
    mut from: BufReader<TcpStream>,
    answer: &dyn Fn(Got) -> Option<(&'static str, Value)>,
) -> Option<()> {
    let lines = from.by_ref().lines().map_while(Result::ok);
    let mut head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    if head.is_empty() {
        return None;
    }
    let first = head.remove(0);
    let mut got = Got {
        asked: first.trim_end_matches(" HTTP/1.1").to_owned(),
        head: head.iter().map(|line| line.to_ascii_lowercase()).collect(),
        body: Vec::new(),
    };
    let length = got.header("content-length").unwrap_or("0");
    got.body = vec![0; length.parse().unwrap()];
    from.read_exact(&mut got.body).ok()?;
    let Some((status, body)) = answer(got) else {
        let mut rest = Vec::new();
        from.read_to_end(&mut rest).ok()?;
        return None;
    };
    let body = body.to_string();
    let head = [
        format!("HTTP/1.1 {status}"),
        "Content-Type: application/json".to_owned(),
        format!("Content-Length: {}", body.len()),
        "Connection: close".to_owned(),
    ];
    let text = format!("{}\r\n\r\n{body}", head.join("\r\n"));
    from.get_mut().write_all(text.as_bytes()).ok()
}
