//! What was done is done again: with what it was given then, secrets included, and what is given now.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::Request;
use crate::packs;
use crate::server::Server;
use crate::wait;

fn pack() -> TempDir {
    packs::folder(&[
        (
            "door/pack.yaml",
            "{name: door, description: Opens, version: 1.0.0, author: a, email: a@example.com}",
        ),
        (
            "door/actions/open.yaml",
            r#"
name: open
runner_type: local-shell-cmd
enabled: true
parameters:
  who: {type: string, required: true}
  password: {type: string, secret: true}
  cmd: {immutable: true, default: "echo '{{ who }} {{ password }}'"}
"#,
        ),
    ])
}

#[test]
fn what_was_given_is_given_again() {
    let packs = pack();
    let server = Server::dev(packs.path());
    let given = json!({"who": "{{ '{{' }} 6 + 7 }}", "password": "s3cret"});
    let first = run(&server, &given);
    assert_eq!(stdout(&first), "{{ 6 + 7 }} s3cret");

    // Plain data by now: rendered again it would be 13.
    let again = re_run(&server, &first, "", &json!({}));
    assert_eq!(stdout(&again), "{{ 6 + 7 }} s3cret");
    assert_eq!(again["parameters"]["password"], "********");
    assert_eq!(again["context"]["re-run"], json!({"ref": first["id"]}));
    assert_eq!(
        again["context"]["trace_context"],
        first["context"]["trace_context"]
    );

    let anew =
        json!({"parameters": {"who": "{{ 'an' + 'n' }} {{ password }}", "password": "0ther"}});
    let again = re_run(&server, &first, "", &anew);
    assert_eq!(stdout(&again), "ann 0ther 0ther");

    // Who has only seen the mask can still say: that secret.
    let masked = json!({"parameters": {"who": "bob", "password": "********"}});
    for query in ["", "?no_merge=true"] {
        let again = re_run(&server, &first, query, &masked);
        assert_eq!(stdout(&again), "bob s3cret");
        assert_eq!(again["parameters"]["password"], "********");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let packs = pack();
    let server = Server::dev(packs.path());
    let first = run(&server, &json!({"who": "ann"}));
    let path = path(&first);
    let refused = |query: &str, body: &Value, expected: (u16, &str)| {
        let response = server.send(&Request::post(&format!("{path}{query}"), body));
        let fault = response.json()["faultstring"].clone();
        assert_eq!((response.status, fault.as_str().unwrap()), expected);
    };
    let masked = json!({"parameters": {"password": "********"}});
    let lost = "The secret parameter \"password\" is masked; give its value anew.";
    refused("", &masked, (400, lost));
    let missing = "'who' is a required property";
    refused("?no_merge=true", &json!({}), (400, missing));
    let no_tasks = "Task option is only supported for Orquesta workflows.";
    refused("", &json!({"tasks": ["one"]}), (400, no_tasks));
    let both = "Parameters override is not supported when re-running task(s) for a workflow.";
    let tasks = json!({"tasks": ["one"], "parameters": {"who": "bob"}});
    refused("", &tasks, (400, both));
    let reset = "List of tasks to reset does not match the tasks to rerun.";
    refused("", &json!({"reset": ["one"]}), (400, reset));
    let user = "\"user\" cannot be chosen: an execution runs for who has signed in, \"stanley\".";
    refused("", &json!({"user": "root"}), (403, user));
    let unknown = Request::post(
        "/api/v1/executions/5f1d7a1e9c2b4a0012345678/re_run",
        &json!({}),
    );
    assert_eq!(server.send(&unknown).status, 404);
}

/// Nobody becomes somebody else by saying so (CVE-2026-85513): not in the body, not in the context, not as a parent.
#[test]
fn an_execution_runs_for_who_has_signed_in() {
    let packs = pack();
    let server = Server::dev(packs.path());
    let request = |more: Value| {
        let mut request = json!({"action": "core.noop"});
        request
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        Request::post("/api/v1/executions", &request)
    };
    let refused = server.send(&request(json!({"user": "root"})));
    assert_eq!(refused.status, 403, "{}", refused.text());
    for own in [
        json!({"user": "stanley"}),
        json!({"user": null}),
        json!({"user": ""}),
    ] {
        assert_eq!(server.send(&request(own)).status, 201);
    }
    let first = server.send(&request(json!({}))).json();
    let parent = json!({"execution_id": first["id"], "user": "root"});
    let tries = [
        request(json!({"context": {"user": "root", "api_user": "root"}})),
        request(json!({})).header("St2-Context", "{\"user\": \"root\"}"),
        request(json!({"context": {"parent": parent}})),
    ];
    for request in tries {
        let response = server.send(&request);
        assert_eq!(response.status, 201, "{}", response.text());
        assert_eq!(response.json()["context"]["user"], "stanley");
    }
}

fn run(server: &Server, parameters: &Value) -> Value {
    let request = json!({"action": "door.open", "parameters": parameters});
    let asked = server.post("/api/v1/executions", &request, 201);
    ended(server, &asked)
}

fn re_run(server: &Server, first: &Value, query: &str, body: &Value) -> Value {
    let asked = server.post(&format!("{}{query}", path(first)), body, 201);
    ended(server, &asked)
}

fn path(execution: &Value) -> String {
    format!(
        "/api/v1/executions/{}/re_run",
        execution["id"].as_str().unwrap()
    )
}

fn ended(server: &Server, execution: &Value) -> Value {
    let path = format!("/api/v1/executions/{}", execution["id"].as_str().unwrap());
    wait::until("the execution to end", || {
        let now = server.get(&path);
        match now.get("end_timestamp") {
            Some(_) => Ok(now),
            None => Err(now["status"].to_string()),
        }
    })
}

fn stdout(execution: &Value) -> &str {
    execution["result"]["stdout"]
        .as_str()
        .unwrap_or_else(|| panic!("{execution}"))
}
