//! Stands in for a pod: a small HTTP server that answers as Go's profiler does.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use serde_json::json;
use squall_model::Json;

/// A small heap profile in the profiler's format.
const PROFILE: &[u8] = include_bytes!("heap.pb.gz");

/// How much of a request is read at most.
const LONGEST: usize = 8 * 1024;

const WITHIN: Duration = Duration::from_secs(5);

/// A pod that serves profiles, until the process ends.
pub(super) struct StandIn(SocketAddr);

impl StandIn {
    /// Starts it on a free port of this machine.
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        thread::Builder::new()
            .name("stand-in".to_owned())
            .spawn(move || {
                for stream in listener.incoming().flatten() {
                    // Who breaks off gets no profile; that is all.
                    drop(answer(stream));
                }
            })?;
        Ok(Self(address))
    }

    /// Where its profiler is.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.0)
    }

    /// The pods that the pack `labs_sre` is to know.
    pub(super) fn inventory(&self) -> Json {
        json!([
            {"namespace": "dm-demo-app", "name": "shop-7c9", "status": "Running", "pprof": self.url()},
            {"namespace": "dm-demo-app", "name": "shop-8d2", "status": "Pending", "pprof": null},
        ])
    }
}

fn answer(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(WITHIN))?;
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < LONGEST {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        head.extend(buffer.iter().take(read));
    }
    let (status, body) = if head.starts_with(b"GET /debug/pprof/heap ") {
        ("200 OK", PROFILE)
    } else {
        (
            "404 Not Found",
            b"there is only /debug/pprof/heap\n".as_slice(),
        )
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/octet-stream\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str) -> Vec<u8> {
        let pod = StandIn::start().unwrap();
        let mut stream = TcpStream::connect(pod.0).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: pod\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_profile_is_gzipped_and_there_is_nothing_else() {
        let found = get("/debug/pprof/heap");
        assert!(found.starts_with(b"HTTP/1.1 200 OK\r\n"));
        assert!(found.ends_with(PROFILE) && PROFILE.starts_with(b"\x1f\x8b"));
        assert!(get("/other").starts_with(b"HTTP/1.1 404 "));
    }
}
