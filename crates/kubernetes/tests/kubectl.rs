//! The fake cluster under `kubectl`, which knows the original.

use std::io::Write as _;
use std::process::Stdio;

use http::Method;
use serde_json::{Value, json};
use squall_kubernetes::Ask;
use squall_kubernetes::fake::{Executed, FakeCluster, Settings};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, Command};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A fake cluster, and kubectl to ask it.
struct Kubectl {
    fake: FakeCluster,
    folder: TempDir,
}

/// What kubectl printed.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    errors: String,
}

impl Kubectl {
    /// None: there is no kubectl here.
    async fn start() -> Outcome<Option<Self>> {
        let found = Command::new("kubectl")
            .args(["version", "--client"])
            .output()
            .await;
        if let Err(error) = found
            && error.kind() == std::io::ErrorKind::NotFound
        {
            writeln!(
                std::io::stderr(),
                "skipped: there is no kubectl on this machine"
            )?;
            return Ok(None);
        }
        let fake = FakeCluster::start(Settings::default()).await?;
        let folder = tempfile::tempdir()?;
        fake.kubeconfig(&folder.path().join("config"))?;
        Ok(Some(Self { fake, folder }))
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("kubectl");
        command
            .args(line.split_whitespace())
            .env("KUBECONFIG", self.folder.path().join("config"))
            .env("HOME", self.folder.path())
            .kill_on_drop(true);
        command
    }

    /// Runs a command line, with words that have no blanks in them.
    async fn run(&self, line: &str) -> Outcome<Said> {
        self.run_with(line, "").await
    }

    async fn run_with(&self, line: &str, input: &str) -> Outcome<Said> {
        let mut child = self
            .command(line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        Ok(Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout)?,
            errors: String::from_utf8(output.stderr)?,
        })
    }

    /// Runs a command line and holds what it prints against what is expected.
    async fn check(&self, line: &str, expected: &str) -> Outcome<()> {
        let said = self.run(line).await?;
        assert_eq!(said.code, Some(0), "{line}: {said:?}");
        assert_eq!(said.out.trim_end(), expected, "{line}");
        Ok(())
    }

    fn object(&self, kind: &str, name: &str) -> Outcome<Value> {
        Ok(self
            .fake
            .object(kind, "default", name)
            .ok_or("it is gone")?)
    }

    /// The first lines that a command prints that goes on.
    async fn begin(&self, line: &str) -> Outcome<(Child, Lines)> {
        let mut child = self.command(line).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        Ok((child, BufReader::new(out).lines()))
    }
}

type Lines = tokio::io::Lines<BufReader<tokio::process::ChildStdout>>;

fn pod(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": "web"}},
        "spec": {"nodeName": "n1", "containers": [{"name": "main", "image": "nginx:1"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [{"name": "main", "ready": true, "restartCount": 2, "state": {"running": {}}}],
        },
    })
}

/// A row of a table, without its blanks and without its last column, the age.
fn row(line: &str) -> Vec<&str> {
    let mut words: Vec<&str> = line.split_whitespace().collect();
    words.pop();
    words
}

#[tokio::test]
async fn objects_are_shown() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    kubectl.fake.put(pod("web-1"))?;
    let said = kubectl.run("get pods").await?;
    let lines: Vec<Vec<&str>> = said.out.lines().map(row).collect();
    assert_eq!(
        lines,
        [
            vec!["NAME", "READY", "STATUS", "RESTARTS"],
            vec!["web-1", "1/1", "Running", "2"]
        ]
    );
    kubectl
        .check("get po -l app=web -o name", "pod/web-1")
        .await?;
    kubectl
        .check("get po --field-selector=spec.nodeName=n2 -o name", "")
        .await?;
    kubectl
        .check(
            "get pod web-1 -o jsonpath={.spec.containers[0].image}",
            "nginx:1",
        )
        .await?;
    kubectl.check("get all -o name", "pod/web-1").await?;
    let said = kubectl.run("get pod none").await?;
    assert_eq!(
        said.errors.trim_end(),
        "Error from server (NotFound): pods \"none\" not found"
    );
    let said = kubectl.run("describe pod web-1").await?;
    assert!(said.out.contains("Node:         n1/"), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn kinds_are_listed() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    let said = kubectl.run("api-resources --no-headers").await?;
    for expected in [
        "pods po v1 true Pod",
        "nodes no v1 false Node",
        "deployments deploy apps/v1 true Deployment",
        "horizontalpodautoscalers hpa autoscaling/v2 true HorizontalPodAutoscaler",
        "events ev events.k8s.io/v1 true Event",
    ] {
        let words = |line: &str| {
            line.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert!(
            said.out.lines().any(|line| words(line) == expected),
            "{expected}: {said:?}"
        );
    }
    let versions = kubectl.run("api-versions").await?;
    assert!(
        versions.out.lines().any(|line| line == "apps/v1"),
        "{versions:?}"
    );
    Ok(())
}

#[tokio::test]
async fn objects_are_made_and_changed() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    let colours = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "colours"}, "data": {"sky": "blue"}});
    let colours = colours.to_string();
    let said = kubectl.run_with("create -f -", &colours).await?;
    assert_eq!(said.out, "configmap/colours created\n", "{said:?}");
    let said = kubectl.run_with("create -f -", &colours).await?;
    let refused = "Error from server (AlreadyExists): error when creating \"STDIN\": configmaps \"colours\" already exists\n";
    assert_eq!(said.errors, refused);
    let patched = "configmap/colours patched";
    for (line, expected) in [
        (
            "label configmap colours tone=dark",
            "configmap/colours labeled",
        ),
        (
            "annotate configmap colours seen=yes",
            "configmap/colours annotated",
        ),
        (
            "patch configmap colours -p {\"data\":{\"sea\":\"green\"}}",
            patched,
        ),
        (
            "patch configmap colours --type=json -p [{\"op\":\"remove\",\"path\":\"/data/sky\"}]",
            patched,
        ),
    ] {
        kubectl.check(line, expected).await?;
    }
    let found = kubectl.object("ConfigMap", "colours")?;
    assert_eq!(found["data"], json!({"sea": "green"}));
    assert_eq!(found["metadata"]["labels"], json!({"tone": "dark"}));
    Ok(())
}

#[tokio::test]
async fn a_deployment_is_scaled_updated_and_restarted() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    let containers = json!([{"name": "nginx", "image": "nginx:1"}]);
    kubectl.fake.put(json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"replicas": 2, "template": {"spec": {"containers": containers}}},
    }))?;
    for (line, expected) in [
        (
            "scale deployment web --replicas=5",
            "deployment.apps/web scaled",
        ),
        (
            "set image deployment/web nginx=nginx:2",
            "deployment.apps/web image updated",
        ),
        (
            "rollout restart deployment/web",
            "deployment.apps/web restarted",
        ),
    ] {
        kubectl.check(line, expected).await?;
    }
    let found = kubectl.object("Deployment", "web")?;
    assert_eq!(found["spec"]["replicas"], 5);
    let template = &found["spec"]["template"];
    assert_eq!(template["spec"]["containers"][0]["image"], "nginx:2");
    assert!(template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].is_string());
    assert_eq!(found["metadata"]["generation"], 4);
    Ok(())
}

#[tokio::test]
async fn objects_are_deleted() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    kubectl.fake.put(pod("web-1"))?;
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}});
    kubectl.fake.put(map)?;
    for (line, expected) in [
        ("delete pod web-1", "pod \"web-1\" deleted"),
        ("delete namespace shop", "namespace \"shop\" deleted"),
        ("get configmaps -A -o name", ""),
        (
            "get namespaces -o name",
            "namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system",
        ),
    ] {
        kubectl.check(line, expected).await?;
    }
    Ok(())
}

#[tokio::test]
async fn objects_are_applied() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    let manifest = |image: &str, variable: &str| {
        format!(
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: main
        image: {image}
        env:
        - name: {variable}
          value: x
"
        )
    };
    for (image, variable, expected) in [
        ("nginx:1", "ONE", "created"),
        ("nginx:1", "ONE", "unchanged"),
        ("nginx:2", "TWO", "configured"),
    ] {
        let said = kubectl
            .run_with("apply -f -", &manifest(image, variable))
            .await?;
        assert_eq!(
            said.out.trim_end(),
            format!("deployment.apps/web {expected}"),
            "{said:?}"
        );
    }
    let found = kubectl.object("Deployment", "web")?;
    let container = &found["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["image"], "nginx:2");
    assert_eq!(container["env"], json!([{"name": "TWO", "value": "x"}]));
    let said = kubectl
        .run_with("apply --server-side -f -", &manifest("nginx:3", "TWO"))
        .await?;
    assert_eq!(
        said.out.trim_end(),
        "deployment.apps/web serverside-applied",
        "{said:?}"
    );
    let said = kubectl
        .run_with("diff -f -", &manifest("nginx:4", "TWO"))
        .await?;
    assert_eq!(said.code, Some(1), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn pods_are_watched() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    kubectl.fake.put(pod("web-1"))?;
    let (mut child, mut lines) = kubectl.begin("get pods -w --no-headers").await?;
    let mut next = async || -> Outcome<String> {
        let line = lines.next_line().await?.ok_or("ended")?;
        Ok(row(&line).join(" "))
    };
    assert_eq!(next().await?, "web-1 1/1 Running 2");
    kubectl.fake.put(pod("web-2"))?;
    assert_eq!(next().await?, "web-2 1/1 Running 2");
    kubectl.fake.update("Pod", "default", "web-1", |pod| {
        pod["status"]["containerStatuses"][0] = json!({"name": "main", "ready": false, "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}}});
    })?;
    assert_eq!(next().await?, "web-1 0/1 CrashLoopBackOff 3");
    child.kill().await?;
    Ok(())
}

#[tokio::test]
async fn pods_are_looked_into() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    kubectl.fake.put(pod("web-1"))?;
    kubectl
        .fake
        .set_log("default", "web-1", "main", "one\ntwo\n");
    kubectl
        .fake
        .set_previous_log("default", "web-1", "main", "before\n");
    kubectl.check("logs web-1", "one\ntwo").await?;
    kubectl.check("logs web-1 --tail=1 -c main", "two").await?;
    kubectl.check("logs web-1 --previous", "before").await?;
    let (mut child, mut lines) = kubectl.begin("logs -f web-1").await?;
    assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
    assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
    kubectl.fake.append_log("default", "web-1", "main", "three");
    assert_eq!(lines.next_line().await?.as_deref(), Some("three"));
    child.kill().await?;
    kubectl
        .fake
        .on_exec(|exec| match exec.command.first().map(String::as_str) {
            Some("ls") => Executed::printed("bin\netc\n"),
            Some("cat") => Executed::printed(exec.stdin),
            _ => Executed::failed(7, "no such thing\n"),
        });
    kubectl.check("exec web-1 -- ls -al /", "bin\netc").await?;
    let said = kubectl
        .run_with("exec -i web-1 -c main -- cat", "hello")
        .await?;
    assert_eq!(
        (said.code, said.out.as_str()),
        (Some(0), "hello"),
        "{said:?}"
    );
    let said = kubectl.run("exec web-1 -- rabbit").await?;
    assert_eq!(said.code, Some(7), "{said:?}");
    assert!(said.errors.starts_with("no such thing\n"), "{said:?}");
    Ok(())
}

#[tokio::test]
async fn a_node_is_drained() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    kubectl
        .fake
        .put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}))?;
    kubectl.fake.put(pod("web-1"))?;
    let said = kubectl.run("drain n1 --force").await?;
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(
        said.out
            .ends_with("evicting pod default/web-1\npod/web-1 evicted\nnode/n1 drained\n"),
        "{said:?}"
    );
    assert_eq!(kubectl.fake.object("Pod", "default", "web-1"), None);
    let node = kubectl.fake.object("Node", "", "n1").ok_or("gone")?;
    assert_eq!(node["spec"]["unschedulable"], true);
    Ok(())
}

/// Patches of a pod and of a deployment. What they come to is kubectl's to say: it merges as the original does.
const PATCHES: &[(&str, &str)] = &[
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "side", "image": "side:2"}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "new", "image": "new:1"}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "side", "$patch": "delete"}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"$patch": "replace"}, {"name": "only", "image": "only:1"}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "main", "env": [{"name": "B", "value": "9"}, {"name": "C", "value": "3"}]}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "main", "env": null, "command": ["b"], "args": ["x"]}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "main", "ports": [{"containerPort": 81, "name": "more"}]}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "main", "ports": [{"containerPort": 80, "name": "other"}]}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"containers": [{"name": "main", "volumeMounts": [{"mountPath": "/b", "name": "v"}]}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"volumes": [{"name": "v", "emptyDir": {"medium": "Memory"}}, {"name": "w", "emptyDir": {}}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"volumes": [{"name": "v", "$retainKeys": ["name", "hostPath"], "hostPath": {"path": "/x"}}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"tolerations": [{"key": "b", "operator": "Exists"}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"imagePullSecrets": [{"name": "two"}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["z"]}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"nodeSelector": {"b": "2", "a": null}}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"nodeSelector": {"$patch": "replace", "c": "3"}}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"$setElementOrder/containers": [{"name": "side"}, {"name": "main"}], "containers": [{"name": "main", "image": "m:3"}]}}"#,
    ),
    (
        "Pod",
        r#"{"metadata": {"finalizers": ["x/b"], "labels": {"app": null, "new": "1"}}}"#,
    ),
    (
        "Pod",
        r#"{"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/a"]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 2}]}}"#,
    ),
    (
        "Pod",
        r#"{"spec": {"initContainers": [{"name": "first", "image": "f:1"}]}}"#,
    ),
    (
        "Deployment",
        r#"{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "m:2"}]}}}}"#,
    ),
    (
        "Deployment",
        r#"{"spec": {"template": {"metadata": {"annotations": {"restartedAt": "now"}}}}}"#,
    ),
    (
        "Deployment",
        r#"{"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}"#,
    ),
    (
        "Deployment",
        r#"{"spec": {"strategy": {"rollingUpdate": {"maxSurge": 2}}}}"#,
    ),
    (
        "Service",
        r#"{"spec": {"ports": [{"port": 81, "name": "more"}]}}"#,
    ),
    (
        "Service",
        r#"{"spec": {"ports": [{"port": 80, "targetPort": 9}]}}"#,
    ),
    (
        "Node",
        r#"{"spec": {"taints": [{"key": "b", "effect": "NoExecute"}]}}"#,
    ),
    (
        "Node",
        r#"{"spec": {"taints": [{"key": "a", "effect": "NoExecute"}]}}"#,
    ),
    (
        "ServiceAccount",
        r#"{"imagePullSecrets": [{"name": "b"}], "secrets": [{"name": "d"}]}"#,
    ),
    (
        "NetworkPolicy",
        r#"{"spec": {"ingress": [{"ports": [{"port": 81}]}], "policyTypes": ["Egress"]}}"#,
    ),
    (
        "Ingress",
        r#"{"spec": {"rules": [{"host": "b"}], "tls": [{"hosts": ["b"]}]}}"#,
    ),
    (
        "ClusterRole",
        r#"{"rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}]}"#,
    ),
    (
        "PodDisruptionBudget",
        r#"{"spec": {"selector": {"matchLabels": {"b": "2"}}}}"#,
    ),
    (
        "StatefulSet",
        r#"{"spec": {"volumeClaimTemplates": [{"metadata": {"name": "b"}}]}}"#,
    ),
    (
        "Job",
        r#"{"spec": {"template": {"spec": {"containers": [{"name": "main", "image": "m:2"}]}}}}"#,
    ),
];

fn patched(kind: &str) -> Value {
    let template = json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "m:1", "env": [{"name": "A", "value": "1"}]}]},
    });
    let mut object = match kind {
        "Pod" => json!({"apiVersion": "v1", "spec": {
            "containers": [
                {
                    "name": "main",
                    "image": "m:1",
                    "command": ["a"],
                    "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                    "ports": [{"containerPort": 80, "name": "http", "protocol": "TCP"}],
                    "volumeMounts": [{"mountPath": "/a", "name": "v"}],
                },
                {"name": "side", "image": "side:1"},
            ],
            "volumes": [{"name": "v", "emptyDir": {}}],
            "tolerations": [{"key": "a", "operator": "Exists"}],
            "imagePullSecrets": [{"name": "one"}],
            "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["y"]}],
            "nodeSelector": {"a": "1"},
            "topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 1}],
        }}),
        "Deployment" => json!({"apiVersion": "apps/v1", "spec": {
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": template,
        }}),
        "StatefulSet" => json!({"apiVersion": "apps/v1", "spec": {
            "template": template,
            "volumeClaimTemplates": [{"metadata": {"name": "a"}}],
        }}),
        "Job" => json!({"apiVersion": "batch/v1", "spec": {"template": template}}),
        "Service" => {
            json!({"apiVersion": "v1", "spec": {"ports": [{"port": 80, "name": "http", "protocol": "TCP", "targetPort": 8080}]}})
        }
        "Node" => {
            json!({"apiVersion": "v1", "spec": {"taints": [{"key": "a", "effect": "NoSchedule"}]}})
        }
        "ServiceAccount" => {
            json!({"apiVersion": "v1", "imagePullSecrets": [{"name": "a"}], "secrets": [{"name": "c"}]})
        }
        "NetworkPolicy" => {
            json!({"apiVersion": "networking.k8s.io/v1", "spec": {"ingress": [{"ports": [{"port": 80}]}], "policyTypes": ["Ingress"]}})
        }
        "Ingress" => {
            json!({"apiVersion": "networking.k8s.io/v1", "spec": {"rules": [{"host": "a"}], "tls": [{"hosts": ["a"]}]}})
        }
        "ClusterRole" => {
            json!({"apiVersion": "rbac.authorization.k8s.io/v1", "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
        }
        _ => json!({"apiVersion": "policy/v1", "spec": {"selector": {"matchLabels": {"a": "1"}}}}),
    };
    let metadata = json!({"name": "it", "labels": {"app": "web"}, "finalizers": ["x/a"]});
    if let Some(object) = object.as_object_mut() {
        object.insert("kind".into(), kind.into());
        object.insert("metadata".into(), metadata);
    }
    object
}

/// What a patch can change of an object, without what only kubectl or only the server writes.
fn shown(object: &Value) -> Value {
    let at = |path: &str| object.pointer(path).cloned().unwrap_or_default();
    let labels = at("/metadata/labels");
    let finalizers = Some(at("/metadata/finalizers")).filter(|list| *list != json!([]));
    let mut shown = json!({
        "labels": labels,
        "finalizers": finalizers,
        "spec": at("/spec"),
        "rules": at("/rules"),
        "secrets": at("/secrets"),
        "imagePullSecrets": at("/imagePullSecrets"),
    });
    for at in [
        "template",
        "volumeClaimTemplates/0",
        "volumeClaimTemplates/1",
    ] {
        let metadata = shown.pointer_mut(&format!("/spec/{at}/metadata"));
        if let Some(metadata) = metadata.and_then(Value::as_object_mut) {
            metadata.remove("creationTimestamp");
        }
    }
    shown
}

#[tokio::test]
async fn patches_are_merged_as_kubectl_merges_them() -> Outcome<()> {
    let Some(kubectl) = Kubectl::start().await? else {
        return Ok(());
    };
    let cluster = kubectl.fake.cluster()?;
    let mut differences = Vec::new();
    for (kind, patch) in PATCHES {
        let object = patched(kind);
        let input = object.to_string();
        let patch_file = kubectl.folder.path().join("patch");
        fs_err::write(&patch_file, patch)?;
        let line = format!(
            "patch --local -f - --type=strategic -o json --patch-file {}",
            patch_file.display()
        );
        let said = kubectl.run_with(&line, &input).await?;
        let expected: Value = serde_json::from_str(&said.out)
            .map_err(|error| format!("{patch}: {error}: {said:?}"))?;
        kubectl.fake.put(object)?;
        let plural = match *kind {
            "NetworkPolicy" => "networkpolicies".to_owned(),
            "Ingress" => "ingresses".to_owned(),
            kind => format!("{}s", kind.to_lowercase()),
        };
        let version = expected["apiVersion"].as_str().unwrap_or_default();
        let root = if version.contains('/') { "apis" } else { "api" };
        let namespace = if matches!(*kind, "Node" | "ClusterRole") {
            ""
        } else {
            "namespaces/default/"
        };
        let path = format!("/{root}/{version}/{namespace}{plural}/it");
        let ask = Ask::new(Method::PATCH, path).body(serde_json::from_str(patch)?);
        let found = cluster.json(ask).await?;
        let (found, expected) = (shown(&found), shown(&expected));
        if found != expected {
            differences.push(format!(
                "{kind} {patch}\n  ours:  {found}\n  kubectl: {expected}"
            ));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    Ok(())
}
