//! All services in one, on loopback: requests come to it as to a proxy, over the sender that the server has, too.
//!
//! Each request is held against what its service documents. What breaks that is answered as a refusal, and fails the test
//! when the service goes.

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::Json;
use squall_model::http::{Answer, Http, NoAnswer, Request};
use squall_runners::{Host, Sender, Settings};

use crate::services::{self, Known};

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// As it was asked for, but `http` whatever it was.
    pub(crate) url: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn host(&self) -> &str {
        let rest = self.url.strip_prefix("http://").unwrap();
        rest.split(['/', '?']).next().unwrap()
    }

    /// What follows the host.
    pub(crate) fn path(&self) -> &str {
        let start = "http://".len() + self.host().len();
        self.url.get(start..).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The body, which must be JSON and say so.
    pub(crate) fn json(&self) -> Json {
        let kind = self.header("content-type").unwrap_or_default();
        assert!(kind.starts_with("application/json"), "{kind}");
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// An answer; `None` cuts the connection.
pub(crate) type Said = Option<Answer>;

#[derive(Default)]
struct Told {
    answers: VecDeque<Said>,
    seen: Vec<Asked>,
    faults: Vec<String>,
    known: Known,
}

/// The services. They answer as they are told to, then as they do when all is well.
pub(crate) struct Service {
    told: Arc<Mutex<Told>>,
    sender: Sender,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::answering(Vec::new())
    }

    pub(crate) fn answering(answers: Vec<Said>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Told {
            answers: answers.into(),
            ..Told::default()
        }));
        let heard = Arc::clone(&told);
        std::thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let heard = Arc::clone(&heard);
                std::thread::spawn(move || serve(&connection, &heard));
            }
        });
        let host = Host::start(Settings {
            environment: vec![("http_proxy".into(), address.into())],
            ..Settings::default()
        });
        Self {
            told,
            sender: Sender::new(host.unwrap()),
        }
    }

    pub(crate) fn seen(&self) -> Vec<Asked> {
        locked(&self.told).seen.clone()
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        self.seen().into_iter().map(|asked| asked.url).collect()
    }

    /// What no service takes, told once.
    pub(crate) fn faults(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.told).faults)
    }

    pub(crate) fn body(&self, number: usize) -> Json {
        self.seen()[number].json()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let faults = self.faults();
            assert!(faults.is_empty(), "no service takes this: {faults:#?}");
        }
    }
}

impl Http for Service {
    fn send(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>> {
        // Nobody here has the certificates of the services.
        let url = request.url.replacen("https://", "http://", 1);
        Box::pin(async move { self.sender.send(Request { url, ..request }).await })
    }
}

fn locked(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(connection: &TcpStream, told: &Mutex<Told>) {
    let Some(asked) = read(connection) else {
        return;
    };
    let mut told = locked(told);
    let told = &mut *told;
    let known = &mut told.known;
    let said = catch_unwind(AssertUnwindSafe(|| services::answer(&asked, known)));
    let well = said.unwrap_or_else(|panic| {
        told.faults.push(format!(
            "{} {}: {}",
            asked.method,
            asked.url,
            words(&*panic)
        ));
        services::said(400, "no service takes this")
    });
    told.seen.push(asked);
    if let Some(said) = told.answers.pop_front().unwrap_or(Some(well)) {
        write(connection, &said);
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_default()
}

fn read(connection: &TcpStream) -> Option<Asked> {
    let mut connection = BufReader::new(connection);
    let mut first = String::new();
    connection.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, url) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let mut asked = Asked {
        method,
        url,
        headers,
        body: Vec::new(),
    };
    let length = asked.header("content-length").unwrap_or("0").parse();
    asked.body = vec![0; length.ok()?];
    connection.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

fn write(mut connection: &TcpStream, answer: &Answer) {
    let mut message = format!(
        "HTTP/1.1 {} X\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        message.extend([name, ": ", value, "\r\n"]);
    }
    message.push_str("\r\n");
    let whole = [message.as_bytes(), &answer.body].concat();
    // Whoever asked may be gone.
    let _gone = connection.write_all(&whole);
}
