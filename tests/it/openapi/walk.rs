//! The walk through every operation, rightly and wrongly asked.

use serde_json::{Value as Json, json};

use super::Walk;
use crate::http::{Request, Response};
use crate::wait;

/// No id of anything.
const NOTHING: &str = "5f1d7a1e9c2b4a0012345678";

pub(super) fn everything(walk: &mut Walk) {
    who_and_what(walk);
    actions(walk);
    triggers(walk);
    rules(walk);
    packs(walk);
    let execution = executions(walk);
    history(walk, &execution);
    streams(walk, &execution);
    keys(walk);
    ours(walk);
    wrongly_asked(walk);
}

fn id(of: &Json) -> String {
    of["id"].as_str().unwrap_or_default().to_owned()
}

fn who_and_what(walk: &mut Walk) {
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/api/v1/",
        "/api/v1/user",
        "/api/v1/service_registry/groups",
        "/api/v1/service_registry/groups/squall/members",
        "/api/v1/runnertypes",
        "/api/v1/runnertypes/noop",
        "/auth/v1/sso",
    ] {
        walk.get(path);
    }
    let off = walk.put("/api/v1/runnertypes/noop", &json!({"enabled": false}));
    walk.put(
        &format!("/api/v1/runnertypes/{}", id(&off)),
        &json!({"enabled": true}),
    );
    let token = walk.post("/auth/v1/tokens", &json!({"ttl": 60}));
    walk.post(
        "/auth/v1/tokens/validate",
        &json!({"token": token["token"]}),
    );
    walk.post("/auth/v1/tokens", &json!({"ttl": 0}));

    let key = walk.post("/api/v1/apikeys", &json!({"metadata": {"for": "walk"}}));
    let path = format!("/api/v1/apikeys/{}", id(&key));
    walk.get("/api/v1/apikeys?show_secrets=true");
    walk.get(&path);
    walk.put(&path, &json!({"enabled": false, "user": "stanley"}));
    walk.delete(&path);
}

fn actions(walk: &mut Walk) {
    walk.get("/api/v1/actions");
    walk.get("/api/v1/actions?include_attributes=ref,parameters&sort=-name&limit=2");
    walk.get("/api/v1/actions/views/overview");
    for path in [
        "views/overview/",
        "views/parameters/",
        "views/entry_point/",
        "",
    ] {
        walk.get(&format!("/api/v1/actions/{path}lab.hello"));
    }
    let action = json!({"name": "walked", "pack": "default", "runner_type": "noop", "tags": [{"name": "a"}],
        "notify": {"on-complete": {"message": "m", "routes": ["r"]}}});
    walk.post("/api/v1/actions", &action);
    walk.put("/api/v1/actions/default.walked", &action);
    let copy = json!({"dest_pack": "default", "dest_action": "copied"});
    walk.post("/api/v1/actions/lab.hello/clone", &copy);
    walk.post("/api/v1/actions/lab.hello/clone", &copy);
    let request = Request::new("DELETE", "/api/v1/actions/default.copied")
        .json(&json!({"remove_files": true}));
    walk.ask(&request, "DELETE", "/api/v1/actions/default.copied");
    walk.delete("/api/v1/actions/default.walked");
}

fn triggers(walk: &mut Walk) {
    let of = json!({"name": "walked", "pack": "default", "description": "d", "parameters_schema":
        {"type": "object", "properties": {"x": {"type": "integer"}}}});
    walk.post("/api/v1/triggertypes", &of);
    walk.get("/api/v1/triggertypes");
    walk.get("/api/v1/triggertypes/default.walked");
    walk.put("/api/v1/triggertypes/default.walked", &of);
    let trigger = walk.post(
        "/api/v1/triggers",
        &json!({"type": "default.walked", "parameters": {"x": 1}}),
    );
    walk.get("/api/v1/triggers");
    let path = format!("/api/v1/triggers/{}", id(&trigger));
    walk.get(&path);
    let changed = walk.put(
        &path,
        &json!({"type": "default.walked", "parameters": {"x": 2}}),
    );
    walk.delete(&format!("/api/v1/triggers/{}", id(&changed)));
    walk.delete("/api/v1/triggertypes/default.walked");
    walk.get("/api/v1/sensortypes");
    walk.get("/api/v1/sensortypes/lab.DoorSensor");
    walk.put(
        "/api/v1/sensortypes/lab.DoorSensor",
        &json!({"enabled": false}),
    );
}

/// A rule of each kind, and the one that the webhook of the walk meets.
fn rules(walk: &mut Walk) {
    let rule = json!({"name": "walked", "pack": "default", "description": "d", "enabled": true,
        "trigger": {"type": "core.st2.webhook", "parameters": {"url": "walk"}},
        "criteria": {"trigger.body.x": {"type": "equals", "pattern": 1}},
        "action": {"ref": "core.local", "parameters": {"cmd": "echo walked"}}});
    walk.post("/api/v1/rules", &rule);
    let mut other = rule.clone();
    other["name"] = json!("other");
    walk.post("/api/v1/rules", &other);
    walk.put("/api/v1/rules/default.other", &other);
    walk.get("/api/v1/rules?enabled=true");
    walk.get("/api/v1/rules/default.other");
    walk.get("/api/v1/rules/views");
    walk.get("/api/v1/rules/views/default.other");
    walk.delete("/api/v1/rules/default.other");
    let kinds = walk.get("/api/v1/ruletypes");
    walk.get(&format!("/api/v1/ruletypes/{}", id(&kinds[0])));
}

fn packs(walk: &mut Walk) {
    for path in [
        "",
        "/lab",
        "/views/files/lab",
        "/views/file/lab/actions/hello.sh",
        "/index",
        "/index/health",
    ] {
        walk.get(&format!("/api/v1/packs{path}"));
    }
    walk.post("/api/v1/packs/index/search", &json!({"query": "aws"}));
    walk.post("/api/v1/packs/register", &json!({"packs": ["lab"]}));
    walk.put(
        "/api/v1/configs/lab",
        &json!({"host": "a", "key": "secret"}),
    );
    walk.get("/api/v1/configs");
    walk.get("/api/v1/configs/lab?show_secrets=yes");
    walk.get("/api/v1/config_schemas");
    walk.get("/api/v1/config_schemas/lab");
    let file = "/api/v1/packs/views/file/lab/pack.yaml";
    let tag = walk.squall.send(&Request::get(file));
    let tag = tag.header("ETag").unwrap().to_owned();
    walk.ask(
        &Request::get(file).header("If-None-Match", &tag),
        "GET",
        file,
    );
}

/// One that ended and one that was cancelled; the id of the former.
fn executions(walk: &mut Walk) -> String {
    let run = |cmd: &str| json!({"action": "core.local", "parameters": {"cmd": cmd}});
    let done = id(&walk.post("/api/v1/executions", &run("echo hello")));
    let path = format!("/api/v1/executions/{done}");
    wait::until("an execution's end", || {
        let execution = walk.squall.get(&path);
        let has_ended = execution["status"] == "succeeded";
        has_ended.then_some(()).ok_or_else(|| execution.to_string())
    });
    for part in ["", "/output", "/result", "/children", "/attribute/result"] {
        walk.get(&format!("{path}{part}"));
    }
    walk.get("/api/v1/executions?status=succeeded&sort_asc=true");
    walk.get("/api/v1/executions?include_attributes=id,action.ref,status");
    walk.get("/api/v1/executions/views/filters");
    walk.post(&format!("{path}/re_run"), &json!({}));
    for stop in ["DELETE", "PUT"] {
        let slow = id(&walk.post("/api/v1/executions", &run("sleep 60")));
        let path = format!("/api/v1/executions/{slow}");
        if stop == "PUT" {
            walk.put(&path, &json!({"status": "canceled"}));
        } else {
            walk.delete(&path);
        }
    }
    done
}

fn history(walk: &mut Walk, execution: &str) {
    walk.get("/api/v1/webhooks");
    walk.get("/api/v1/webhooks/walk");
    walk.post("/api/v1/webhooks/walk", &json!({"x": 1}));
    let enforced = wait::until("a decision", || {
        let all = walk.squall.get("/api/v1/ruleenforcements");
        let first = all.get(0).filter(|first| first["execution_id"].is_string());
        first.cloned().ok_or_else(|| all.to_string())
    });
    for view in ["", "/views"] {
        walk.get(&format!("/api/v1/ruleenforcements{view}"));
        walk.get(&format!("/api/v1/ruleenforcements{view}/{}", id(&enforced)));
    }
    walk.get("/api/v1/triggerinstances?limit=1");
    let event = enforced["trigger_instance_id"].as_str().unwrap();
    walk.get(&format!("/api/v1/triggerinstances/{event}"));
    walk.post(
        &format!("/api/v1/triggerinstances/{event}/re_emit"),
        &json!({}),
    );
    // One that a rule started has copies of the rule, its trigger and its event.
    let of_rule = enforced["execution_id"].as_str().unwrap();
    walk.get(&format!("/api/v1/executions/{of_rule}"));
    let answers = walk.get("/api/v1/executions?trigger_type=st2.webhook&limit=1");
    assert_eq!(answers[0]["trigger_type"]["name"], "st2.webhook");
    let undone = walk.get("/api/v1/triggerinstances?status=processing_failed");
    assert_eq!(undone, json!([]));
    walk.get(&format!("/api/v1/traces?execution={execution}"));
    let traces = walk.get(&format!("/api/v1/traces?trigger_instance={event}"));
    walk.get(&format!("/api/v1/traces/{}", id(&traces[0])));
}

/// What neither StackStorm nor anybody else has.
fn ours(walk: &mut Walk) {
    walk.get("/squall/v1/packs");
    walk.get("/squall/v1/packs/lab");
    walk.get("/squall/v1/packs/nothing");
    let path = "/squall/v1/cloudevents";
    let event = json!({"specversion": "1.0", "id": "1", "source": "/walk", "type": "walked"});
    let structured = Request::new("POST", path)
        .header("Content-Type", "application/cloudevents+json")
        .body(event.to_string().into_bytes());
    walk.ask(&structured, "POST", path);
    walk.post(path, &json!({}));
    walk.ask(&Request::new("OPTIONS", path), "OPTIONS", path);
    playbooks(walk);
}

/// As Alertmanager, kubewatch and Robusta's own discovery ask, and people.
fn playbooks(walk: &mut Walk) {
    let alerts =
        json!({"version": "4", "groupKey": "", "receiver": "r", "status": "firing", "alerts": []});
    walk.post("/api/alerts", &alerts);
    walk.post("/api/alerts", &json!({}));
    let change =
        json!({"data": {"operation": "create", "kind": "Pod", "apiVersion": "v1", "obj": {}}});
    walk.post("/api/handle", &change);
    walk.post("/api/handle", &json!({"data": {"operation": "unknown"}}));
    walk.post("/api/helm-releases", &json!({"data": []}));
    walk.post("/api/trigger", &json!({"action_name": "no_such_action"}));
    walk.post("/api/playbooks/reload", &json!({}));
}

/// Only how they begin: the stream of changes does not end.
fn streams(walk: &mut Walk, execution: &str) {
    for path in [
        "/stream/v1/stream".to_owned(),
        format!("/stream/v1/executions/{execution}/output"),
    ] {
        let begun = Request::get(&path).begin(walk.squall.address()).unwrap();
        let response = Response {
            status: begun.status,
            headers: begun.headers,
            body: Vec::new(),
        };
        walk.keep("GET", &path, response);
    }
}

fn keys(walk: &mut Walk) {
    walk.put(
        "/api/v1/keys/plain",
        &json!({"name": "plain", "value": "v", "ttl": 600}),
    );
    walk.put(
        "/api/v1/keys/hidden",
        &json!({"name": "hidden", "value": "v", "secret": true}),
    );
    walk.put(
        "/api/v1/keys/own",
        &json!({"name": "own", "value": "v", "scope": "user"}),
    );
    walk.get("/api/v1/keys?scope=all&decrypt=true");
    walk.get("/api/v1/keys/hidden?decrypt=true");
    walk.delete("/api/v1/keys/plain");
}

/// Whatever is not there, in every list that can be asked for one thing; and what cannot be read.
fn wrongly_asked(walk: &mut Walk) {
    for of in [
        "actions",
        "actions/views/overview",
        "actions/views/parameters",
        "actions/views/entry_point",
        "apikeys",
        "configs",
        "config_schemas",
        "executions",
        "keys",
        "packs",
        "packs/views/files",
        "rules",
        "rules/views",
        "ruleenforcements",
        "ruleenforcements/views",
        "ruletypes",
        "runnertypes",
        "sensortypes",
        "traces",
        "triggerinstances",
        "triggers",
        "triggertypes",
        "webhooks",
    ] {
        walk.get(&format!("/api/v1/{of}/{NOTHING}"));
        walk.get(&format!("/api/v1/{of}?limit=0"));
    }
    for of in ["actions", "executions", "rules", "triggers", "triggertypes"] {
        walk.post(&format!("/api/v1/{of}"), &json!({}));
        walk.post(&format!("/api/v1/{of}"), &json!([1]));
    }
    walk.post(&format!("/api/v1/webhooks/{NOTHING}"), &json!({}));
}
