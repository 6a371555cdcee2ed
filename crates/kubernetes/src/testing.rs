//! A server that answers as a test says, for what a real one never answers twice in the same way.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::{Cluster, Limits};

/// What a test answers: status, headers and body.
pub(crate) type Reply = (u16, Vec<(&'static str, String)>, String);

/// The server, as long as it is kept.
pub(crate) struct Canned {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    _serving: JoinSet<()>,
}

impl Canned {
    /// Answers each request, told as `GET /path?query body`, with what `answer` gives.
    pub(crate) async fn new(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let (answer, asking) = (Arc::new(answer), asked.clone());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answer, asking) = (answer.clone(), asking.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (answer, asking) = (answer.clone(), asking.clone());
                    async move {
                        let asked = told(request).await;
                        let reply = answer(&asked);
                        asking.lock().unwrap().push(asked);
                        Ok::<_, Infallible>(response(reply))
                    }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                connections.spawn(async move { drop(connection.await) });
            }
        });
        Self {
            address,
            asked,
            _serving: serving,
        }
    }

    /// Where it is.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A client of it that does not wait long for anything.
    pub(crate) fn cluster(&self) -> Cluster {
        Cluster::at(&self.address).unwrap().with_limits(Limits {
            answer_within: Duration::from_secs(5),
            longest_pause: Duration::from_millis(1),
            ..Limits::default()
        })
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn told(request: Request<Incoming>) -> String {
    let target = request.uri().path_and_query().unwrap().to_string();
    let method = request.method().clone();
    let body = request.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    format!("{method} {target} {body}").trim_end().to_owned()
}

fn response((status, headers, body): Reply) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(body.into())).unwrap()
}

/// An answer without headers.
pub(crate) fn plain(status: u16, body: impl Into<String>) -> Reply {
    (status, Vec::new(), body.into())
}
