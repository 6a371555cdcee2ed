//! The fake cluster as its clients see it.

use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{FakeCluster, History, Settings};
use crate::{Answer, Ask, Cluster, Error, Limits};

mod changes;
mod containers;
mod controllers;
mod deletions;
mod hostile;
mod lists;
mod misfortunes;
mod random;
mod watches;

/// A fake cluster and a client of it.
struct Fake {
    fake: FakeCluster,
    cluster: Cluster,
}

async fn started() -> Fake {
    with(Settings::default()).await
}

async fn with(settings: Settings) -> Fake {
    let fake = FakeCluster::start(settings).await.unwrap();
    // What the server answers first is what is looked at here.
    let cluster = fake.cluster().unwrap().with_limits(Limits {
        tries: 1,
        ..Limits::default()
    });
    Fake { fake, cluster }
}

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1"}]},
    })
}

fn config_map(name: &str, value: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": {"value": value},
    })
}

const PODS: &str = "/api/v1/namespaces/default/pods";
const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";

impl Fake {
    async fn ask(&self, ask: Ask) -> Answer {
        self.cluster.ask(ask).await.unwrap()
    }

    async fn json(&self, ask: Ask) -> Value {
        self.cluster.json(ask).await.unwrap()
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.json(Ask::new(Method::POST, path).body(body)).await
    }

    async fn put(&self, path: &str, body: Value) -> Value {
        self.json(Ask::new(Method::PUT, path).body(body)).await
    }

    async fn patch(&self, path: &str, content_type: &str, body: Value) -> Value {
        self.json(patch(path, content_type, body)).await
    }

    /// The status and the reason of a refusal.
    async fn refusal(&self, ask: Ask) -> (u16, String) {
        match self.cluster.json(ask).await {
            Err(Error::Refused { status, reason, .. }) => (status, reason),
            other => panic!("{other:?}"),
        }
    }

    /// A watch over a connection of its own.
    async fn watch(&self, target: &str) -> Watch {
        let mut stream = self.connect().await;
        let head = format!("GET {target} HTTP/1.1\r\nHost: fake\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        Watch {
            stream,
            text: String::new(),
        }
    }

    async fn connect(&self) -> TcpStream {
        let address = self.fake.address();
        TcpStream::connect(address.trim_start_matches("http://"))
            .await
            .unwrap()
    }
}

fn patch(path: &str, content_type: &str, body: Value) -> Ask {
    Ask {
        content_type: Some(format!("application/{content_type}")),
        ..Ask::new(Method::PATCH, path).body(body)
    }
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["metadata"]["name"].as_str().unwrap())
        .collect()
}

/// A watch that is read by hand: chunks of one line each, or more.
struct Watch {
    stream: TcpStream,
    text: String,
}

impl Watch {
    /// The next event; none if the watch has ended.
    async fn next(&mut self) -> Option<Value> {
        loop {
            let lines: Vec<&str> = self.text.split_inclusive('\n').collect();
            let mut passed = 0;
            for line in lines {
                passed += line.len();
                if line.starts_with("{\"type\"") && line.ends_with('\n') {
                    let event = serde_json::from_str(line).unwrap();
                    self.text.drain(..passed);
                    return Some(event);
                }
            }
            if self.text.ends_with("0\r\n\r\n") {
                return None;
            }
            let mut bytes = [0; 4096];
            let read = self.stream.read(&mut bytes).await.unwrap_or(0);
            if read == 0 {
                return None;
            }
            self.text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
    }

    /// The next event in short: type, name and version.
    async fn short(&mut self) -> String {
        let Some(event) = self.next().await else {
            return "end".to_owned();
        };
        let metadata = &event["object"]["metadata"];
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        format!("{} {}", text(&event["type"]), text(&metadata["name"]))
    }

    /// Whether it came to a proper end.
    async fn ends_properly(mut self) -> bool {
        while self.next().await.is_some() {}
        self.text.ends_with("0\r\n\r\n")
    }
}
