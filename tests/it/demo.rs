//! `squall demo` plays its stories to their end, on a fake cluster of its own or on a cluster that it is given.

use std::path::Path;
use std::process::Command;

use squall_kubernetes::fake::{Exec, Executed, FakeCluster, Settings};
use tokio::runtime::Runtime;

use crate::command;
use crate::process::Process;
use crate::server::binary;
use crate::wait;

const STAGES: [&str; 9] = [
    "cluster",
    "server",
    "pod",
    "alert",
    "decision",
    "execution",
    "pod",
    "trigger",
    "finding",
];

const LAST_WORDS: &str = "fatal: there is no such database";

#[test]
fn the_demo_plays_to_its_end() {
    let place = tempfile::tempdir().unwrap();
    let demo = command::squall(&["demo", "--folder", "story"], place.path());
    assert_eq!(demo.code, Some(0), "{}{}", demo.stdout, demo.stderr);
    let mut stages = STAGES.to_vec();
    stages.push("table");
    assert_told(&demo.stdout, &stages);
    for shown in [
        "Crashing pod checkout-5f4",
        "Reason     CrashLoopBackOff",
        "fatal: password authentication failed",
        "Back-off restarting failed container",
    ] {
        assert!(demo.stdout.contains(shown), "{shown}: {}", demo.stdout);
    }
    assert_kept(&place.path().join("story"));
}

/// The same, on a cluster that was there before, that asks who one is, and that has all it had afterwards.
#[test]
fn the_demo_plays_on_a_cluster_that_it_is_given() {
    let cluster = Given::start(false);
    let demo = cluster.demo();
    assert_eq!(demo.code, Some(0), "{}{}", demo.stdout, demo.stderr);
    let mut stages = STAGES.to_vec();
    stages.push("cluster");
    assert_told(&demo.stdout, &stages);
    assert!(demo.stdout.contains(LAST_WORDS), "{}", demo.stdout);
    assert_kept(&cluster.place.path().join("story"));
    cluster.assert_as_before();
}

#[test]
fn an_interrupted_demo_leaves_nothing_behind() {
    let cluster = Given::start(true);
    let mut command = Command::new(binary());
    command.args(cluster.arguments());
    let mut demo = Process::start("demo", &mut command, cluster.place.path());
    demo.said(0, |line| line.contains(" ms  decision ").then_some(()));
    wait::until("the command in the pod", || {
        let requests = cluster.fake.requests();
        let is_there = requests
            .iter()
            .any(|request| request.path.ends_with("/exec"));
        is_there
            .then_some(())
            .ok_or_else(|| format!("{requests:?}"))
    });
    demo.interrupt();
    let log = cluster.place.path().join("demo.log");
    assert!(!demo.ended_well());
    let said = fs_err::read_to_string(log).unwrap();
    assert!(said.contains("the demo was interrupted"), "{said}");
    cluster.assert_as_before();
}

#[test]
fn the_demo_does_not_touch_a_namespace_of_others() {
    let cluster = Given::start(false);
    let theirs = serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "theirs", "namespace": "dm-demo-app"},
    });
    cluster.fake.put(theirs).unwrap();
    let demo = cluster.demo();
    assert_eq!(demo.code, Some(1), "{}{}", demo.stdout, demo.stderr);
    let told = "the cluster has a namespace `dm-demo-app` already";
    assert!(demo.stderr.contains(told), "{}", demo.stderr);
    assert!(
        cluster
            .fake
            .object("ConfigMap", "dm-demo-app", "theirs")
            .is_some()
    );
}

/// A cluster that was there before the demo, as far as the demo can tell a real one.
struct Given {
    fake: FakeCluster,
    place: tempfile::TempDir,
    _runtime: Runtime,
}

impl Given {
    fn start(commands_hang: bool) -> Self {
        let runtime = Runtime::new().unwrap();
        let settings = Settings {
            token: Some("only for those who have it".to_owned()),
            controllers: true,
            ..Settings::default()
        };
        let fake = runtime.block_on(FakeCluster::start(settings)).unwrap();
        fake.on_exec(move |exec| carry_out(&exec, commands_hang));
        let place = tempfile::tempdir().unwrap();
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: lab\n\
             clusters:\n- name: lab\n  cluster:\n    server: {}\n\
             contexts:\n- name: lab\n  context: {{cluster: lab, user: me}}\n\
             users:\n- name: me\n  user:\n    tokenFile: token\n",
            fake.address()
        );
        fs_err::write(place.path().join("config"), kubeconfig).unwrap();
        fs_err::write(place.path().join("token"), "only for those who have it").unwrap();
        Self {
            fake,
            place,
            _runtime: runtime,
        }
    }

    fn arguments(&self) -> Vec<String> {
        let of = |name: &str| self.place.path().join(name).display().to_string();
        let words = [
            "demo",
            "--offline",
            "--folder",
            &of("story"),
            "--kubeconfig",
            &of("config"),
        ];
        words.map(str::to_owned).to_vec()
    }

    fn demo(&self) -> command::Ended {
        let arguments = self.arguments();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        command::squall(&words, self.place.path())
    }

    fn assert_as_before(&self) {
        let names = self.fake.objects("Namespace");
        let names: Vec<_> = names
            .iter()
            .map(|one| one["metadata"]["name"].clone())
            .collect();
        assert_eq!(
            names,
            ["default", "kube-node-lease", "kube-public", "kube-system"]
        );
        for kind in ["Pod", "Event", "ConfigMap", "Secret"] {
            assert_eq!(self.fake.objects(kind), Vec::<serde_json::Value>::new());
        }
        let copy = self.place.path().join("story/kubeconfig");
        assert!(!copy.exists(), "the credentials are left behind");
    }
}

/// What the demo's pods do.
fn carry_out(exec: &Exec, commands_hang: bool) -> Executed {
    let hanging = Executed {
        hangs: true,
        ..Executed::default()
    };
    match exec.command.first().map(String::as_str) {
        Some("wget") if !commands_hang => Executed::printed(*b"\x1f\x8b heap"),
        Some("sh") => Executed::failed(1, format!("{LAST_WORDS}\n")),
        _ => hanging,
    }
}

/// The stages are told in this order.
fn assert_told(said: &str, stages: &[&str]) {
    let mut rest = said;
    for stage in stages {
        let (_, after) = rest
            .split_once(&format!(" ms  {stage} "))
            .unwrap_or_else(|| panic!("no stage `{stage}`: {said}"));
        rest = after;
    }
}

/// What the demo leaves on disk to look at.
fn assert_kept(story: &Path) {
    let profiles = fs_err::read_dir(story.join("profiles")).unwrap();
    let names: Vec<String> = profiles
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let [name] = names.as_slice() else {
        panic!("one profile is saved: {names:?}")
    };
    assert!(
        name.starts_with("shop-7c9-") && name.ends_with(".pb.gz"),
        "{name}"
    );
    let findings = fs_err::read_to_string(story.join("findings.json")).unwrap();
    let finding: serde_json::Value = serde_json::from_str(&findings).unwrap();
    assert_eq!(
        finding["title"],
        "Crashing pod checkout-5f4 in namespace dm-demo-app"
    );
}
