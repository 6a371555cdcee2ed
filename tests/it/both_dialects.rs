//! Rules of packs on triggers of playbooks, and playbooks that name triggers and actions of packs.

use serde_json::{Value, json};
use squall_kubernetes::fake::{FakeCluster, Settings as Cluster};

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: &str =
    "{name: oncall, description: Helps out, version: 1.0.0, author: a, email: a@example.com}";

const CRASHES: &str = r#"
name: crashes
enabled: true
trigger:
  type: robusta.on_pod_crash_loop
  parameters: {restart_reason: CrashLoopBackOff, namespace_prefix: shop}
criteria:
  trigger.obj.spec.containers[0].image: {type: startswith, pattern: "web:"}
action:
  ref: core.local
  parameters: {cmd: "echo {{ trigger.obj.metadata.name }} crashes on {{ trigger.operation }}"}
"#;

fn pod(namespace: &str, name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"containers": [{"name": "web", "image": image}]},
        "status": {"phase": "Running", "containerStatuses": [{
            "name": "web", "restartCount": 0, "ready": false,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        }]},
    })
}

fn crash(cluster: &FakeCluster, namespace: &str, name: &str, restarts: u32) {
    let more =
        |pod: &mut Value| pod["status"]["containerStatuses"][0]["restartCount"] = restarts.into();
    cluster.update("Pod", namespace, name, more).unwrap();
}

/// Waits until a kind is watched, by its plural.
fn watching(squall: &Server, kind: &str) {
    wait::until("the watch", || {
        let log = squall.log();
        let is_it = |line: &str| line.contains("watching the cluster") && line.contains(kind);
        match log.lines().any(is_it) {
            true => Ok(()),
            false => Err(log),
        }
    });
}

/// What the rules' commands have printed, in order, once there are so many.
fn printed(squall: &Server, wanted: usize) -> Vec<String> {
    wait::until("the commands", || {
        let path = "/api/v1/executions?action=core.local&sort_asc=true";
        let all = squall.get(path);
        let printed = all.as_array().unwrap().iter();
        let printed: Vec<String> = printed
            .filter_map(|one| Some(one["result"]["stdout"].as_str()?.to_owned()))
            .collect();
        match printed.len() {
            count if count >= wanted => Ok(printed),
            _ => Err(all.to_string()),
        }
    })
}

#[test]
fn a_rule_runs_its_action_when_a_pod_crash_loops() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime
        .block_on(FakeCluster::start(Cluster::default()))
        .unwrap();
    for (namespace, name, image) in [
        ("shop", "web-1", "web:1"),
        ("shop", "web-2", "web:1"),
        ("shop", "db-1", "db:1"),
        ("test", "web-3", "web:1"),
    ] {
        cluster.put(pod(namespace, name, image)).unwrap();
    }
    let folder = packs::folder(&[
        ("oncall/pack.yaml", PACK),
        ("oncall/rules/crashes.yaml", CRASHES),
    ]);
    let settings = Settings::dev().packs(folder.path());
    cluster
        .kubeconfig(&settings.folder().join("kubeconfig"))
        .unwrap();
    let squall = settings.with(&["--kubeconfig", "kubeconfig"]).start();
    watching(&squall, "pods");
    // Of another namespace, of another image, and too early.
    crash(&cluster, "test", "web-3", 5);
    crash(&cluster, "shop", "db-1", 5);
    crash(&cluster, "shop", "web-2", 1);
    crash(&cluster, "shop", "web-1", 5);
    assert_eq!(printed(&squall, 1), ["web-1 crashes on update"]);
    // It goes on crashing within the rate limit, which a restart does not end.
    let squall = squall.kill().start();
    crash(&cluster, "shop", "web-1", 6);
    crash(&cluster, "shop", "web-2", 5);
    let expected = ["web-1 crashes on update", "web-2 crashes on update"];
    assert_eq!(printed(&squall, 2), expected);
    // Only what the rule's trigger means has become an event: `db-1` is what its criteria have left out.
    let events = squall.get("/api/v1/triggerinstances?trigger=robusta.kubernetes_change");
    let names = events.as_array().unwrap().iter();
    let mut names: Vec<&str> = names
        .map(|event| {
            event["payload"]["obj"]["metadata"]["name"]
                .as_str()
                .unwrap()
        })
        .collect();
    names.sort_unstable();
    // What was seen right before the end is seen again.
    names.dedup();
    assert_eq!(names, ["db-1", "web-1", "web-2"]);

    // A rule that comes later has another kind watched.
    let rule = json!({
        "name": "scaled", "pack": "oncall", "enabled": true,
        "trigger": {"type": "robusta.on_deployment_update", "parameters": {"change_filters": {"include": ["spec.replicas"]}}},
        "action": {"ref": "core.local", "parameters": {"cmd": "echo {{ trigger.old_obj.spec.replicas }} to {{ trigger.obj.spec.replicas }}"}},
    });
    squall.post("/api/v1/rules", &rule, 201);
    watching(&squall, "deployments");
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 1, "paused": false},
    });
    cluster.put(deployment).unwrap();
    let update = |change: fn(&mut Value)| cluster.update("Deployment", "shop", "web", change);
    update(|web| web["spec"]["paused"] = true.into()).unwrap();
    update(|web| web["spec"]["replicas"] = 3.into()).unwrap();
    assert_eq!(printed(&squall, 3)[2], "1 to 3");
}

#[test]
fn a_rule_may_name_any_trigger_of_playbooks_and_is_told_what_it_takes() {
    let squall = Settings::dev().start();
    let types = squall.get("/api/v1/triggertypes?pack=robusta&limit=-1");
    let types = types.as_array().unwrap();
    let named = types
        .iter()
        .filter(|of| of["name"].as_str().unwrap().starts_with("on_"));
    assert_eq!(named.count(), 100);
    let crash = types.iter().find(|of| of["name"] == "on_pod_crash_loop");
    let taken = &crash.unwrap()["parameters_schema"]["properties"];
    assert_eq!(
        taken["restart_count"],
        json!({"type": "number", "default": 2})
    );

    let rule = |name: &str, trigger: Value, cmd: &str| {
        json!({
            "name": name, "pack": "default", "enabled": true, "trigger": trigger,
            "action": {"ref": "core.local", "parameters": {"cmd": cmd}},
        })
    };
    let wrong = json!({"type": "robusta.on_prometheus_alert", "parameters": {"scope": {"include": [{"labels": "x"}]}}});
    let refused = squall.send(&Request::post(
        "/api/v1/rules",
        &rule("wrong", wrong, "date"),
    ));
    assert_eq!(refused.status, 400);
    let text = refused.text();
    assert!(
        text.contains("trigger.parameters.scope.include[0].labels"),
        "{text}"
    );
    let wrong = json!({"type": "robusta.on_schedule", "parameters": {"cron_schedule_repeat": {"cron_expression": "61 * * * *"}}});
    let refused = squall.send(&Request::post(
        "/api/v1/rules",
        &rule("wrong", wrong, "date"),
    ));
    assert_eq!(refused.status, 400);
    let text = refused.text();
    assert!(
        text.contains("trigger.parameters.cron_schedule_repeat"),
        "{text}"
    );

    let alerts =
        json!({"type": "robusta.on_prometheus_alert", "parameters": {"alert_name": "HighMemory"}});
    let cmd = "echo {{ trigger.alert.labels.severity }}";
    squall.post("/api/v1/rules", &rule("alerts", alerts, cmd), 201);
    let sent = |name: &str, severity: &str| {
        json!({
            "version": "4", "groupKey": "{}", "receiver": "squall", "status": "firing",
            "alerts": [{
                "status": "firing", "labels": {"alertname": name, "severity": severity}, "annotations": {},
                "startsAt": "2026-11-22T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "",
                "fingerprint": name,
            }],
        })
    };
    squall.post("/api/alerts", &sent("Other", "low"), 200);
    squall.post("/api/alerts", &sent("HighMemory", "critical"), 200);
    assert_eq!(printed(&squall, 1), ["critical"]);

    let once = json!({"type": "robusta.on_schedule", "parameters": {"fixed_delay_repeat": {"seconds_delay": 1, "repeat": 1}}});
    let cmd = "echo number {{ trigger.recurrence }}";
    squall.post("/api/v1/rules", &rule("clock", once, cmd), 201);
    assert_eq!(printed(&squall, 2)[1], "number 0");
}

/// A webhook, a pack's action and findings in one playbook; another whose action fails.
const MIXED: &str = r#"
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- name: Deployed
  triggers:
  - core.st2.webhook: {url: hooks/deployed}
  actions:
  - core.local: {cmd: "echo {{ trigger.body.app }} is {{ trigger.body.version }}"}
  - create_finding: {title: "$trigger.body.app is deployed", description: "by ${trigger.body.by.0}", aggregation_key: Deployed}
- name: Broken
  triggers:
  - core.st2.webhook: {url: hooks/broken}
  - robusta.on_prometheus_alert: {alert_name: Broken}
  actions:
  - core.local: {cmd: "echo sorry; exit 3"}
  - create_finding: {title: "It goes on", aggregation_key: Goes}
"#;

fn playbook_runs(squall: &Server, wanted: usize) -> Vec<Value> {
    wait::until("runs to end", || {
        let path = "/api/v1/executions?action=robusta.run_playbooks&sort_asc=true";
        let all = squall.get(path).as_array().unwrap().clone();
        let is_over = |one: &&Value| one["end_timestamp"].is_string();
        match all.iter().filter(is_over).count() {
            over if over >= wanted => Ok(all),
            _ => Err(format!("{all:?}")),
        }
    })
}

#[test]
fn a_playbook_answers_a_webhook_with_an_action_of_a_pack_and_a_finding() {
    let settings = Settings::dev();
    fs_err::write(settings.folder().join("values.yaml"), MIXED).unwrap();
    // Of one execution at a time, whoever waits for another gives it its room.
    let settings = settings.config_file("[actions]\nat_a_time = 1\n");
    let squall = settings.with(&["--playbooks", "values.yaml"]).start();
    let hooks = squall.get("/api/v1/webhooks");
    let urls = hooks.as_array().unwrap().iter();
    let urls: Vec<&Value> = urls.map(|hook| &hook["parameters"]["url"]).collect();
    assert!(urls.contains(&&json!("hooks/deployed")), "{hooks}");

    let deployed = json!({"app": "shop", "version": 7, "by": ["ann"]});
    squall.post("/api/v1/webhooks/hooks/deployed", &deployed, 202);
    let run = playbook_runs(&squall, 1)[0].clone();
    assert_eq!(run["status"], "succeeded", "{run}");
    assert_eq!(
        run["result"]["findings"][0]["title"], "shop is deployed",
        "{run}"
    );
    assert_eq!(printed(&squall, 1), ["shop is 7"]);
    let children = squall.get(&format!(
        "/api/v1/executions/{}/children",
        run["id"].as_str().unwrap()
    ));
    assert_eq!(children[0]["action"]["ref"], "core.local", "{children}");
    let found = wait::until("the finding", || {
        let text = fs_err::read_to_string(squall.folder().join("found.json")).unwrap_or_default();
        serde_json::from_str::<Value>(&text).map_err(|error| format!("{error}: {text}"))
    });
    assert_eq!(found["description"], "by ann", "{found}");

    squall.post("/api/v1/webhooks/hooks/broken", &json!({}), 202);
    let run = playbook_runs(&squall, 2)[1].clone();
    assert_eq!(run["status"], "failed", "{run}");
    let actions = run["result"]["actions"].as_array().unwrap();
    let went: Vec<&Value> = actions.iter().map(|action| &action["success"]).collect();
    assert_eq!(went, [false, true], "{run}");
    let why = actions[0]["message"].as_str().unwrap();
    assert!(
        why.contains("core.local` ended failed") && why.contains("sorry"),
        "{why}"
    );

    // What names nothing that is there stays out of force, and says so; what is gone has no webhook any more.
    let wrong = MIXED.replace(
        "core.local: {cmd: \"echo sorry",
        "core.locl: {cmd: \"echo sorry",
    );
    let file = squall.folder().join("values.yaml");
    fs_err::write(&file, wrong).unwrap();
    let refused = squall.send(&Request::post("/api/playbooks/reload", &json!({})));
    assert_eq!(refused.status, 422);
    let text = refused.text();
    assert!(
        text.contains("core.locl") && text.contains("core.local"),
        "{text}"
    );
    squall.post("/api/v1/webhooks/hooks/broken", &json!({}), 202);
    fs_err::write(&file, "customPlaybooks: []\n").unwrap();
    squall.post("/api/playbooks/reload", &json!({}), 200);
    squall.post("/api/v1/webhooks/hooks/broken", &json!({}), 404);
}

/// Whoever cancels playbooks cancels the action of a pack that they wait for.
#[test]
fn an_action_that_nobody_waits_for_any_more_is_cancelled() {
    let playbooks = r#"
customPlaybooks:
- triggers: [core.st2.webhook: {url: slow}]
  actions:
  - core.local: {cmd: "sleep 1000", timeout: 1000}
"#;
    let settings = Settings::dev();
    fs_err::write(settings.folder().join("values.yaml"), playbooks).unwrap();
    let squall = settings.with(&["--playbooks", "values.yaml"]).start();
    squall.post("/api/v1/webhooks/slow", &json!({}), 202);
    let status = |action: &str, wanted: &str| {
        wait::until(wanted, || {
            let all = squall.get(&format!("/api/v1/executions?action={action}"));
            match all[0]["status"] == wanted {
                true => Ok(all[0]["id"].as_str().unwrap().to_owned()),
                false => Err(all.to_string()),
            }
        })
    };
    status("core.local", "running");
    let run = status("robusta.run_playbooks", "running");
    let cancelled = squall.send(&Request::new(
        "DELETE",
        &format!("/api/v1/executions/{run}"),
    ));
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    status("core.local", "canceled");
    status("robusta.run_playbooks", "canceled");
}
