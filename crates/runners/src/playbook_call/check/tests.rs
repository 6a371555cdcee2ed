//! What `check` promises, by data.

use serde_json::json;

use super::*;

fn read(asked: Json) -> Result<PlaybookCall, String> {
    PlaybookCall::read(asked)
}

fn refusal(asked: Json) -> String {
    let said = asked.to_string().chars().take(200).collect::<String>();
    read(asked).expect_err(&said)
}

#[test]
fn every_name_is_a_question() {
    for name in PlaybookCall::NAMES {
        let asked = Json::from_iter([((*name).to_owned(), json!({}))]);
        let is_known =
            read(asked).map_or_else(|error| !error.contains("unknown variant"), |_| true);
        assert!(is_known, "{name}");
    }
    assert!(refusal(json!({"anything": {}})).contains("unknown variant"));
}

#[test]
fn paths_are_encoded_once() {
    let path = |told: &str| {
        let asked = json!({"kubernetes_request": {"method": "GET", "path": told}});
        read(asked).map(|call| match call {
            PlaybookCall::KubernetesRequest(request) => request.path,
            other => panic!("{other:?}"),
        })
    };
    for (told, sent) in [
        ("/version/", "/version"),
        ("/api/v1/nodes/a b", "/api/v1/nodes/a%20b"),
        ("/api/v1/nodes/a%20b", "/api/v1/nodes/a%20b"),
        (
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node",
        ),
        (
            "/api/v1/namespaces/a/pods/exec",
            "/api/v1/namespaces/a/pods/exec",
        ),
        ("/api/v1/nodes/a?b#c", "/api/v1/nodes/a%3Fb%23c"),
    ] {
        assert_eq!(path(told).unwrap(), sent);
    }
    for told in [
        "",
        "/",
        "api/v1",
        "/etc/passwd",
        "/api/../metrics",
        "/api/%2e%2e/metrics",
        "/api//v1",
        "/api/v1/%00",
        "/api/%ff",
        "http://elsewhere/api",
        "//elsewhere/api",
        &format!("/api/{}", "a".repeat(5000)),
    ] {
        assert!(path(told).is_err(), "{told}");
    }
    let attach = path("/api/v1/namespaces/a/pods/b/attach").unwrap_err();
    assert!(
        attach.contains("`attach` is more than a request"),
        "{attach}"
    );
}

#[test]
fn requests_are_of_the_usual_kind() {
    let asked = |change: Json| {
        let mut asked = json!({"method": "PATCH", "path": "/api/v1/nodes/a", "query": {}, "body": null, "content_type": null});
        for (name, value) in change.as_object().unwrap() {
            asked[name] = value.clone();
        }
        json!({"kubernetes_request": asked})
    };
    for fine in [
        json!({}),
        json!({"method": "GET", "query": {"limit": 5, "watch": false, "fieldSelector": ["a=b", "c=d"]}}),
        json!({"body": [{"op": "remove"}], "content_type": "application/json-patch+json"}),
    ] {
        assert!(read(asked(fine.clone())).is_ok(), "{fine}");
    }
    for (odd, said) in [
        (
            json!({"method": "CONNECT"}),
            "GET, POST, PUT, PATCH, DELETE",
        ),
        (json!({"query": {"watch": "true"}}), "watch=true"),
        (json!({"query": {"follow": [true]}}), "follow=true"),
        (json!({"body": "text"}), "object or a list"),
        (
            json!({"body": {"a": "x".repeat(LONGEST_BODY)}}),
            "at most 3145728 are possible",
        ),
        (json!({"content_type": "text/html"}), "takes no `text/html`"),
        (json!({"more": 1}), "unknown field `more`"),
    ] {
        let refusal = refusal(asked(odd));
        assert!(refusal.contains(said), "{refusal}");
    }
}

#[test]
fn commands_name_a_pod_and_a_program() {
    let asked = |change: Json| {
        let mut asked = json!({"namespace": "shop", "pod": "web-1", "container": null, "command": ["ls"], "input": null});
        for (name, value) in change.as_object().unwrap() {
            asked[name] = value.clone();
        }
        json!({"kubernetes_exec": asked})
    };
    assert!(read(asked(json!({"container": "web", "input": "aW4="}))).is_ok());
    for (odd, said) in [
        (json!({"pod": "a/b"}), "`a/b` is no name of a pod"),
        (json!({"namespace": ""}), "no name of a namespace"),
        (json!({"namespace": null}), "invalid type: null"),
        (json!({"container": "a?"}), "no name of a container"),
        (json!({"command": []}), "between 1 and 1000"),
        (
            json!({"command": ["x".repeat(LONGEST_COMMAND + 1)]}),
            "at most 131072",
        ),
        (json!({"input": "?"}), "no base64"),
        (
            json!({"input": "A".repeat(LONGEST_INPUT * 2)}),
            "at most 8388608",
        ),
    ] {
        let refusal = refusal(asked(odd));
        assert!(refusal.contains(said), "{refusal}");
    }
}

#[test]
fn what_is_kept_is_small() {
    let long = "x".repeat(LONGEST_VALUE);
    for (asked, said) in [
        (
            json!({"rate_limit": {"operation": "", "id": "a", "period_seconds": 1}}),
            "is empty",
        ),
        (
            json!({"rate_limit": {"operation": "a", "id": "a", "period_seconds": -1}}),
            "no period",
        ),
        (
            json!({"rate_limit": {"operation": "a", "id": long, "period_seconds": 1}}),
            "at most 4096",
        ),
        (json!({"persistent_get": {"name": long}}), "at most 4096"),
        (
            json!({"persistent_set": {"name": "a", "value": long}}),
            "at most 1048576",
        ),
        (
            json!({"emit_event": {"name": "a", "arguments": {"a": long}}}),
            "at most 1048576",
        ),
        (
            json!({"service_of": {"name": "a", "namespace": ""}}),
            "is empty",
        ),
    ] {
        let refusal = refusal(asked);
        assert!(refusal.contains(said), "{refusal}");
    }
}

#[test]
fn plans_have_times() {
    let asked = |schedule: Json| {
        json!({"schedule_action": {
            "action": "a", "task_id": "b", "schedule": schedule, "named_sinks": ["out"], "action_params": {"c": 1},
            "replace_existing": true, "standalone_task": false,
        }})
    };
    let fixed = json!({"kind": "FixedDelayRepeat", "repeat": -1, "seconds_delay": 60});
    let Ok(PlaybookCall::ScheduleAction(plan)) = read(asked(fixed)) else {
        panic!("refused");
    };
    let expected = Recurrence::FixedDelayRepeat {
        repeat: -1,
        seconds_delay: 60,
    };
    assert_eq!((plan.schedule, plan.replace_existing), (expected, true));
    for (schedule, said) in [
        (json!({"kind": "Sometimes"}), "unknown variant `Sometimes`"),
        (
            json!({"kind": "FixedDelayRepeat", "repeat": 1, "seconds_delay": -1}),
            "invalid value",
        ),
        (
            json!({"kind": "FixedDelayRepeat", "repeat": 1, "seconds_delay": 4_000_000_000_u64}),
            "no delay",
        ),
        (
            json!({"kind": "DynamicDelayRepeat", "delay_periods": vec![1; 1001]}),
            "more than 1000 delays",
        ),
        (
            json!({"kind": "CronScheduleRepeat", "cron_expression": ""}),
            "is empty",
        ),
    ] {
        let refusal = refusal(asked(schedule));
        assert!(refusal.contains(said), "{refusal}");
    }
}
