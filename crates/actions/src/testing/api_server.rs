//! An API server that is only data: objects by name, lists with selectors, logs. What it is asked to change it notes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, json};
use squall_kubernetes::Cluster;
use squall_model::Json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What it knows.
#[derive(Debug, Default)]
pub(crate) struct Data {
    pub(crate) objects: Vec<Json>,
    /// By `namespace/pod/container`, with `/previous` for the run before.
    pub(crate) logs: BTreeMap<String, String>,
    /// The status for a request such as `PATCH /api/v1/nodes/node-1`.
    pub(crate) refused: BTreeMap<String, u16>,
}

/// A running server. It ends when it is dropped.
pub(crate) struct ApiServer {
    pub(crate) cluster: Cluster,
    pub(crate) changes: Arc<Mutex<Vec<Json>>>,
    data: Arc<Mutex<Data>>,
    serving: JoinHandle<()>,
}

struct Asked {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl ApiServer {
    /// Starts one that knows nothing.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let changes = Arc::new(Mutex::new(Vec::new()));
        let data = Arc::new(Mutex::new(Data::default()));
        let (known, noted) = (Arc::clone(&data), Arc::clone(&changes));
        let serving = async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (known, noted) = (Arc::clone(&known), Arc::clone(&noted));
                tokio::task::spawn_local(async move { serve(connection, &known, &noted).await });
            }
        };
        Self {
            cluster: Cluster::at(&address).unwrap(),
            changes,
            data,
            serving: tokio::task::spawn_local(serving),
        }
    }

    /// From now on it knows this, and was asked for no change.
    pub(crate) fn knows(&self, data: Data) {
        *self.data.lock().unwrap() = data;
        self.changes.lock().unwrap().clear();
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(connection: TcpStream, data: &Mutex<Data>, changes: &Mutex<Vec<Json>>) {
    let mut connection = BufReader::new(connection);
    while let Some(asked) = read(&mut connection).await {
        let (status, body) = answer(&asked, &data.lock().unwrap(), changes);
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut message = head.into_bytes();
        message.extend(body);
        if connection.write_all(&message).await.is_err() {
            return;
        }
    }
}

async fn read(connection: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut first = String::new();
    connection.read_line(&mut first).await.ok()?;
    let (method, rest) = first.trim_end().split_once(' ')?;
    let (target, _) = rest.split_once(' ')?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    Some(Asked {
        method: method.to_owned(),
        path: path.to_owned(),
        query: pairs
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect(),
        body,
    })
}

fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let hex: Vec<u8> = bytes.by_ref().take(2).collect();
            let hex = String::from_utf8(hex).unwrap();
            out.push(u8::from_str_radix(&hex, 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}

fn answer(asked: &Asked, data: &Data, changes: &Mutex<Vec<Json>>) -> (u16, Vec<u8>) {
    let mut words = asked
        .path
        .trim_start_matches('/')
        .split('/')
        .collect::<Vec<_>>();
    // The root and the version, and the group of those that have one.
    let root = if words[0] == "api" { 2 } else { 3 };
    if words.len() <= root {
        return refusal(404);
    }
    words.drain(..root);
    let namespace =
        (words.first() == Some(&"namespaces") && words.len() > 2).then(|| words[1].to_owned());
    words.drain(..if namespace.is_some() { 2 } else { 0 });
    let place = (namespace.as_deref(), words.as_slice());
    match (asked.method.as_str(), place) {
        ("GET", (Some(namespace), ["pods", pod, "log"])) => {
            log(asked, data, &format!("{namespace}/{pod}"))
        }
        ("GET", (namespace, [plural])) => {
            let items: Vec<&Json> = of_kind(data, namespace, plural)
                .filter(|one| is_selected(one, asked))
                .collect();
            (
                200,
                json!({"metadata": {}, "items": items})
                    .to_string()
                    .into_bytes(),
            )
        }
        (_, (namespace, [plural, name, ..])) => {
            let found =
                of_kind(data, namespace, plural).find(|one| one["metadata"]["name"] == *name);
            if asked.method == "GET" {
                return found
                    .map_or_else(|| refusal(404), |one| (200, one.to_string().into_bytes()));
            }
            let body: Json = serde_json::from_slice(&asked.body).unwrap_or_default();
            changes
                .lock()
                .unwrap()
                .push(json!({"method": asked.method, "path": asked.path, "body": body}));
            match data
                .refused
                .get(&format!("{} {}", asked.method, asked.path))
            {
                Some(status) => refusal(*status),
                None => (200, found.unwrap_or(&json!({})).to_string().into_bytes()),
            }
        }
        _ => refusal(404),
    }
}

fn refusal(status: u16) -> (u16, Vec<u8>) {
    let body = json!({"kind": "Status", "code": status, "reason": "Refused", "message": "refused"});
    (status, body.to_string().into_bytes())
}

fn log(asked: &Asked, data: &Data, pod: &str) -> (u16, Vec<u8>) {
    let container = asked.query.get("container").cloned().unwrap_or_default();
    let is_previous = asked
        .query
        .get("previous")
        .is_some_and(|value| value == "true");
    let name = format!(
        "{pod}/{container}{}",
        if is_previous { "/previous" } else { "" }
    );
    match data.logs.get(&name) {
        Some(log) => (200, log.clone().into_bytes()),
        None => refusal(404),
    }
}

fn of_kind<'d>(
    data: &'d Data,
    namespace: Option<&'d str>,
    plural: &'d str,
) -> impl Iterator<Item = &'d Json> {
    data.objects.iter().filter(move |one| {
        let own = one["kind"].as_str().unwrap().to_lowercase();
        let own_plural = format!("{own}s");
        own_plural == plural
            && namespace.is_none_or(|wanted| one["metadata"]["namespace"] == wanted)
    })
}

fn is_selected(one: &Json, asked: &Asked) -> bool {
    let given = |name: &str| asked.query.get(name).cloned().unwrap_or_default();
    let fields = given("fieldSelector");
    let mut fields = fields.split(',').filter(|part| !part.is_empty());
    let nothing = Map::new();
    let labels = one["metadata"]["labels"].as_object().unwrap_or(&nothing);
    let selector = given("labelSelector");
    let mut pairs = selector.split(',').filter_map(|part| part.split_once('='));
    fields.all(|part| {
        let is_not = part.contains("!=");
        let (path, wanted) = part.split_once(if is_not { "!=" } else { "=" }).unwrap();
        let value = one
            .pointer(&format!("/{}", path.replace('.', "/")))
            .and_then(Json::as_str);
        (value.unwrap_or_default() == wanted) != is_not
    }) && pairs.all(|(name, value)| labels.get(name).and_then(Json::as_str) == Some(value))
}
