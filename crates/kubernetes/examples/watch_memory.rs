//! What it costs to watch ten thousand pods, each version compared with the one before.
//!
//!     cargo run --release -p squall-kubernetes --example watch_memory [PODS]
//!
//! A process of its own serves the pods, so that what is measured is the watching alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use squall_kubernetes::fake::{FakeCluster, Settings};
use squall_kubernetes::watch::Patience;
use squall_kubernetes::{Cluster, Keep, Kind, Seen, Selection, Watch, Watched};
use tokio::io::AsyncBufReadExt as _;
use tokio::time::Instant;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["serve", pods] => runtime.block_on(serve(pods.parse()?)),
        [pods] => runtime.block_on(watch(pods.parse()?)),
        _ => runtime.block_on(watch(10_000)),
    }
}

/// Serves so many pods, changes as many as each line of input says, and ends with its input.
async fn serve(pods: usize) -> Outcome<()> {
    let fake = FakeCluster::start(Settings::default()).await?;
    for index in 0..pods {
        fake.put(pod(index))?;
    }
    writeln!(std::io::stdout(), "{}", fake.address())?;
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    let mut turn = 0;
    while let Some(line) = lines.next_line().await? {
        for index in 0..line.trim().parse()? {
            turn += 1;
            fake.update("Pod", "shop", &name(index % pods), |pod| {
                if let Some(Value::Object(status)) = pod.get_mut("status") {
                    status.insert("turn".to_owned(), turn.into());
                }
            })?;
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

async fn watch(pods: usize) -> Outcome<()> {
    let mut server = Server::start(pods)?;
    let cluster = Cluster::at(&server.address)?;
    let watched = Watched {
        kind: Kind::POD,
        selection: Selection::default(),
        keep: Keep::Objects,
        tell_first: false,
        patience: Patience::default(),
    };
    cluster.get("/version").await?;
    let text = pod(0).to_string().len();
    let idle = held_bytes()?;
    let began = Instant::now();
    let mut watch = Watch::new(cluster.clone(), watched, None);
    while !matches!(watch.next().await, Seen::Synced { .. }) {}
    show(&format!(
        "{pods} pods of {text} bytes listed by watching in {:?}: {} MiB above idle, of which {} MiB are objects",
        began.elapsed(),
        mebibytes(held_bytes()?.saturating_sub(idle)),
        mebibytes(u64::try_from(watch.cache().packed_bytes())?),
    ))?;

    let (began, busy) = (Instant::now(), cpu_time()?);
    server.change(pods)?;
    let mut seen = 0;
    while seen < pods {
        if let Seen::Version(version) = watch.next().await {
            version.change.old_obj.ok_or("nothing to compare with")?;
            seen += 1;
        }
    }
    show(&format!(
        "{pods} updates, each with the object before, in {:?}: {:?} of processor time each; {} MiB above idle",
        began.elapsed(),
        cpu_time()?.saturating_sub(busy) / u32::try_from(pods)?,
        mebibytes(held_bytes()?.saturating_sub(idle)),
    ))?;

    let began = Instant::now();
    let selection = Selection::default();
    let mut next = None;
    let mut listed = 0;
    loop {
        let page = cluster
            .page(&Kind::POD, &selection, next.as_deref())
            .await?;
        listed += page.items.len();
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    show(&format!(
        "{listed} pods listed in pages in {:?}",
        began.elapsed()
    ))
}

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(pods: usize) -> Outcome<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", &pods.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        let output = process.stdout.take().ok_or("no output")?;
        BufReader::new(output).read_line(&mut address)?;
        let address = address.trim().to_owned();
        Ok(Self { process, address })
    }

    fn change(&mut self, pods: usize) -> Outcome<()> {
        let input = self.process.stdin.as_mut().ok_or("no input")?;
        writeln!(input, "{pods}")?;
        Ok(input.flush()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        drop(self.process.wait());
    }
}

fn show(line: &str) -> Outcome<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / 1024 / 1024
}

/// How much memory this process holds.
fn held_bytes() -> Outcome<u64> {
    let status = fs_err::read_to_string("/proc/self/statm")?;
    let pages: u64 = status.split(' ').nth(1).ok_or("no pages")?.parse()?;
    Ok(pages * 4096)
}

/// How long this process was on a processor.
fn cpu_time() -> Outcome<Duration> {
    let status = fs_err::read_to_string("/proc/self/schedstat")?;
    let nanoseconds = status.split(' ').next().ok_or("no time")?.parse()?;
    Ok(Duration::from_nanos(nanoseconds))
}

fn name(index: usize) -> String {
    format!(
        "web-{:08x}-{index:05}",
        index * 2_654_435_761 % 4_294_967_291
    )
}

/// A pod as a cluster shows it: 4.7 kB, of which its managers take a third.
fn pod(index: usize) -> Value {
    let name = name(index);
    let container = |part: &str| {
        json!({
            "name": part, "image": format!("registry.example.com/shop/{part}:v1.{}", index % 40),
            "imagePullPolicy": "IfNotPresent",
            "command": ["/usr/local/bin/serve", "--listen", "0.0.0.0:8080", "--log-level", "info"],
            "env": [
                {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database", "key": "url"}}},
                {"name": "POD_IP", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.podIP"}}},
            ],
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "periodSeconds": 10, "failureThreshold": 3},
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            "volumeMounts": [{"name": format!("kube-api-access-{:05}", index % 99_999), "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}],
        })
    };
    let ready = |part: &str| {
        json!({
            "name": part, "ready": true, "restartCount": index % 7, "started": true,
            "containerID": format!("containerd://{:064x}", index * 7_919),
            "imageID": format!("registry.example.com/shop/{part}@sha256:{:064x}", index % 40),
            "state": {"running": {"startedAt": "2026-11-22T10:00:00Z"}},
        })
    };
    let condition = |word: &str| json!({"type": word, "status": "True", "lastTransitionTime": "2026-11-22T10:00:00Z"});
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": "shop", "generateName": "web-", "uid": format!("{:032x}", index * 104_729),
            "creationTimestamp": "2026-11-22T10:00:00Z",
            "annotations": {
                "checksum/config": format!("{:064x}", index % 97), "prometheus.io/scrape": "true", "prometheus.io/port": "8080",
                "cni.projectcalico.org/podIP": format!("10.0.{}.{}/32", index / 250, index % 250),
                "cni.projectcalico.org/containerID": format!("{:064x}", index * 15_485_863),
            },
            "labels": {"app": "web", "pod-template-hash": format!("{:08x}", index % 97), "team": "shop", "tier": "front"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": format!("{:032x}", index % 97), "controller": true}],
            "managedFields": [managed("kube-controller-manager"), managed("kubelet")],
        },
        "spec": {
            "containers": [container("web"), container("sidecar")], "nodeName": format!("node-{}", index % 200),
            "restartPolicy": "Always", "serviceAccountName": "web", "schedulerName": "default-scheduler",
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
        },
        "status": {
            "phase": "Running", "podIP": format!("10.0.{}.{}", index / 250, index % 250), "hostIP": "192.168.1.7",
            "conditions": [condition("Initialized"), condition("Ready"), condition("ContainersReady"), condition("PodScheduled")],
            "containerStatuses": [ready("web"), ready("sidecar")],
        },
    })
}

fn managed(manager: &str) -> Value {
    let fields = |words: &[&str]| {
        let fields = words.iter().map(|word| (format!("f:{word}"), json!({})));
        Value::Object(fields.collect())
    };
    json!({
        "manager": manager, "operation": "Update", "apiVersion": "v1", "time": "2026-11-22T10:00:00Z", "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:metadata": {"f:labels": fields(&["app", "pod-template-hash", "team", "tier"]), "f:generateName": {}},
            "f:spec": {"f:containers": {"k:{\"name\":\"web\"}": fields(&["image", "imagePullPolicy", "name", "ports", "resources", "env"])}},
            "f:status": fields(&["conditions", "containerStatuses", "phase", "podIP", "hostIP", "startTime"]),
        },
    })
}
