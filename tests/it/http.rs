//! A small HTTP client: one request a connection, plain text, and server-sent events as they come.

use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Nothing a story asks for takes longer to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &'static str, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(crate) fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub(crate) fn post(path: &str, body: &Value) -> Self {
        Self::new("POST", path).json(body)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json")
            .body(body.to_string().into_bytes())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Asks, and waits for the whole answer.
    pub(crate) fn send(&self, to: SocketAddr) -> io::Result<Response> {
        let mut answer = self.begin(to)?;
        let mut body = Vec::new();
        answer.body.read_to_end(&mut body)?;
        Ok(Response {
            status: answer.status,
            headers: answer.headers,
            body,
        })
    }

    /// Asks, and returns as soon as the head of the answer is there.
    pub(crate) fn begin(&self, to: SocketAddr) -> io::Result<Answer> {
        let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&self.bytes(to))?;
        Answer::read(BufReader::new(stream), self.method)
    }

    fn bytes(&self, to: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let has = |name: &str| {
            let mut names = self.headers.iter().map(|(name, _)| name);
            names.any(|given| given.eq_ignore_ascii_case(name))
        };
        let length = self.body.len().to_string();
        let usual = [
            ("Host", to.to_string()),
            ("Connection", "close".to_owned()),
            ("Content-Length", length),
        ];
        let given = self.headers.iter().cloned();
        let usual = usual
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        for (name, value) in given.chain(usual.filter(|(name, _)| !has(name))) {
            head.extend([&name, ": ", &value, "\r\n"]);
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; a test that gets anything else has failed.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("status {}, {error}: {}", self.status, self.text()))
    }
}

/// An answer whose body is still coming.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Box<dyn BufRead + Send>,
}

impl Answer {
    fn read(mut from: BufReader<TcpStream>, method: &str) -> io::Result<Self> {
        let status_line = line(&mut from)?;
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| invalid(&status_line))?;
        let mut headers = Vec::new();
        loop {
            let line = line(&mut from)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let length = header(&headers, "Content-Length").and_then(|length| length.parse().ok());
        let is_chunked = header(&headers, "Transfer-Encoding") == Some("chunked");
        let body: Box<dyn BufRead + Send> = match length {
            _ if method == "HEAD" || status == 204 => Box::new(io::empty()),
            _ if is_chunked => Box::new(BufReader::new(Chunks { from, left: 0 })),
            Some(length) => Box::new(from.take(length)),
            None => Box::new(from),
        };
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// The next server-sent event as its name and data; nothing when the stream has ended.
    pub(crate) fn event(&mut self) -> io::Result<Option<(String, String)>> {
        let (mut name, mut data) = (String::new(), Vec::new());
        loop {
            let mut text = String::new();
            if self.body.read_line(&mut text)? == 0 {
                return Ok(None);
            }
            let text = text.trim_end();
            if let Some(value) = text.strip_prefix("event:") {
                value.trim().clone_into(&mut name);
            } else if let Some(value) = text.strip_prefix("data:") {
                data.push(value.trim().to_owned());
            } else if text.is_empty() && !(name.is_empty() && data.is_empty()) {
                return Ok(Some((name, data.join("\n"))));
            }
        }
    }
}

/// The body of an answer that comes in chunks.
struct Chunks {
    from: BufReader<TcpStream>,
    left: usize,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let mut size = line(&mut self.from)?;
            if size.is_empty() {
                // The line end after the previous chunk.
                size = line(&mut self.from)?;
            }
            self.left = usize::from_str_radix(&size, 16).map_err(|_| invalid(&size))?;
            if self.left == 0 {
                return Ok(0);
            }
        }
        let most = into.len().min(self.left);
        let read = self.from.read(&mut into[..most])?;
        self.left -= read;
        Ok(read)
    }
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(given, _)| given.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

fn invalid(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: `{what}`"))
}
