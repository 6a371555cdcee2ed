//! The story, with the real things: Prometheus sees a pod near its memory limit, Alertmanager tells Squall, a rule of a
//! pack decides, and a Python action saves the pod's heap profile, by a command that is run in the pod through Kubernetes.
//! The cluster is a fake one; what runs in its pod is Alertmanager itself, a Go program with pprof like the one in the story.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use squall_kubernetes::fake::{self, Exec, Executed, FakeCluster};
use tokio::runtime::Runtime;

use crate::http::Request;
use crate::machine;
use crate::process::Process;
use crate::server::{Server, Settings};
use crate::wait;

#[test]
fn an_alert_becomes_a_saved_heap_profile() {
    let (Some(prometheus), Some(alertmanager)) = (
        machine::program("prometheus"),
        machine::program("prometheus-alertmanager"),
    ) else {
        machine::skipped(
            "an alert becomes a saved heap profile",
            "Prometheus or Alertmanager is not installed",
        );
        return;
    };
    let runtime = Runtime::new().unwrap();
    let cluster = start_cluster(&runtime);
    let squall = start_squall(&cluster);
    let (alertmanager, alertmanager_address) = start_alertmanager(&alertmanager, &squall);
    let pod = alertmanager_address.parse().unwrap();
    cluster.on_exec(move |exec| carry_out(&exec, pod));
    let exporter = start_exporter(&squall, &alertmanager);
    let _prometheus = start_prometheus(&prometheus, &squall, &exporter.1, &alertmanager_address);

    let execution = wait::until("a finished `labs_sre.exec_pod`", || {
        let executions = squall.get("/api/v1/executions?action=labs_sre.exec_pod");
        let finished = executions[0]["status"] == "succeeded";
        finished
            .then(|| executions[0].clone())
            .ok_or_else(|| executions.to_string())
    });
    assert_eq!(
        execution["parameters"],
        json!({"pod": "alertmanager-0", "namespace": "dm-demo-app"})
    );
    assert_is_heap_profile(&profile_of(&execution));
    assert_one_decision(&squall, &execution);
}

/// A cluster with one pod that runs.
fn start_cluster(runtime: &Runtime) -> FakeCluster {
    let cluster = runtime.block_on(FakeCluster::start(fake::Settings::default()));
    let cluster = cluster.unwrap();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "alertmanager-0", "namespace": "dm-demo-app"},
        "spec": {"containers": [{"name": "app", "image": "alertmanager"}], "nodeName": "node-1"},
        "status": {"phase": "Running"},
    });
    cluster.put(pod).unwrap();
    cluster
}

/// Squall with the story's pack, which finds the cluster and saves profiles where the story can.
fn start_squall(cluster: &FakeCluster) -> Server {
    let settings = Settings::dev().packs(&examples("packs"));
    let kubeconfig = settings.folder().join("kubeconfig");
    cluster.kubeconfig(&kubeconfig).unwrap();
    let config = json!({
        "kubeconfig": kubeconfig,
        "profiles_dir": settings.folder().join("profiles"),
    });
    settings.config("labs_sre", &config).start()
}

/// Does what `wget` does, where Alertmanager listens.
fn carry_out(exec: &Exec, pod: std::net::SocketAddr) -> Executed {
    let wanted = [
        "wget",
        "-q",
        "-O",
        "-",
        "http://127.0.0.1:6060/debug/pprof/heap",
    ];
    assert_eq!(exec.command, wanted);
    let answer = Request::get("/debug/pprof/heap").send(pod).unwrap();
    assert_eq!(answer.status, 200);
    Executed::printed(answer.body)
}

fn start_alertmanager(program: &Path, squall: &Server) -> (Process, String) {
    let settings = fs_err::read_to_string(examples("alertmanager/alertmanager.yml")).unwrap();
    let settings = settings.replace("127.0.0.1:8700", &squall.address().to_string());
    let file = squall.folder().join("alertmanager.yml");
    fs_err::write(&file, settings).unwrap();
    let mut command = Command::new(program);
    command
        .arg("--config.file")
        .arg(file)
        .arg("--storage.path")
        .arg(squall.folder().join("alertmanager"))
        .args([
            "--web.listen-address=127.0.0.1:0",
            "--cluster.listen-address=",
        ]);
    let mut process = Process::start("alertmanager", &mut command, squall.folder());
    let address = process.said(0, listening);
    (process, address)
}

fn start_exporter(squall: &Server, pod: &Process) -> (Process, String) {
    let mut command = Command::new("python3");
    command
        .arg(examples("alertmanager/exporter.py"))
        .args([
            "--process",
            &pod.id().to_string(),
            "--pod",
            "alertmanager-0",
        ])
        // Far below what it occupies: it is over 70 % from the first scrape on.
        .args(["--limit-mib", "16"]);
    let mut process = Process::start("exporter", &mut command, squall.folder());
    let address = process.said(0, |line| {
        Some(line.strip_prefix("listening on ")?.to_owned())
    });
    (process, address)
}

fn start_prometheus(
    program: &Path,
    squall: &Server,
    exporter: &str,
    alertmanager: &str,
) -> Process {
    let settings = json!({
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [examples("alertmanager/pod_memory.yml")],
        "scrape_configs": [{"job_name": "pods", "static_configs": [{"targets": [exporter]}]}],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
    });
    // JSON is YAML too.
    let file = squall.folder().join("prometheus.yml");
    fs_err::write(&file, settings.to_string()).unwrap();
    let mut command = Command::new(program);
    command
        .arg("--config.file")
        .arg(file)
        .arg("--storage.tsdb.path")
        .arg(squall.folder().join("prometheus"))
        .arg("--web.listen-address=127.0.0.1:0");
    let mut process = Process::start("prometheus", &mut command, squall.folder());
    process.said(0, listening);
    process
}

/// What both programs log once their port is open: `... msg="Listening on" address=127.0.0.1:46477`.
fn listening(line: &str) -> Option<String> {
    let (_, address) = line.split_once("msg=\"Listening on\" address=")?;
    Some(address.trim().to_owned())
}

fn profile_of(execution: &Value) -> PathBuf {
    let path = &execution["result"]["result"]["profile"];
    PathBuf::from(
        path.as_str()
            .unwrap_or_else(|| panic!("no profile in {execution}")),
    )
}

/// A heap profile is gzipped, and names what it samples and the program it was taken of.
fn assert_is_heap_profile(path: &Path) {
    let script = "import gzip, sys; profile = gzip.open(sys.argv[1]).read(); \
                  sys.exit(not (b'inuse_space' in profile and b'alertmanager' in profile))";
    let checked = Command::new("python3")
        .args(["-c", script])
        .arg(path)
        .status()
        .unwrap();
    assert!(
        checked.success(),
        "{} is no heap profile of Alertmanager",
        path.display()
    );
}

/// One alert was one event, one decision and one execution, each naming the next.
fn assert_one_decision(squall: &Server, execution: &Value) {
    let decisions = squall.get("/api/v1/ruleenforcements");
    assert_eq!(decisions.as_array().unwrap().len(), 1, "{decisions}");
    assert_eq!(decisions[0]["execution_id"], execution["id"]);
    let event = decisions[0]["trigger_instance_id"].as_str().unwrap();
    let event = squall.get(&format!("/api/v1/triggerinstances/{event}"));
    assert_eq!(event["status"], "processed");
    assert_eq!(
        event["payload"]["body"]["alerts"][0]["labels"]["pod"],
        "alertmanager-0"
    );
}

fn examples(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(name)
}
