//! What is an event, and what is said of what is none.

use super::*;

fn headlines(event: Json) -> Result<Vec<String>, String> {
    let read = read(event)?;
    let at = read.at.unwrap_or(Timestamp::from_micros(0));
    Ok(read.told.iter().map(|told| headline(told, at)).collect())
}

#[test]
fn events_are_read_in_every_form() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}});
    let change = json!({"operation": "Update", "obj": pod, "oldObj": null});
    let alert = json!({"status": "resolved", "labels": {"alertname": "Down"}});
    let epoch = "1970-01-01T00:00:00.000000Z";
    for (event, headline) in [
        (json!({"kubernetes": change}), "update of Pod shop/web"),
        (change.clone(), "update of Pod shop/web"),
        (
            json!({"specversion": "1.0", "data": change}),
            "update of Pod shop/web",
        ),
        (
            json!({"type": "kubernetes_change", "operation": "update", "kind": "Pod", "api_version": "v1", "obj": pod}),
            "update of Pod shop/web",
        ),
        (
            json!({"id": "x", "payload": {"type": "prometheus_alert", "alert": alert}}),
            "alert Down, resolved",
        ),
        (json!({"alert": alert}), "alert Down, resolved"),
        (alert.clone(), "alert Down, resolved"),
        (
            json!({"manual": {"action_name": "a", "action_params": {}}}),
            "action a by hand",
        ),
        (
            json!({"trigger": "core.st2.webhook", "parameters": {"url": "x"}, "payload": {"body": {}}}),
            "event of core.st2.webhook",
        ),
        (
            json!({"trigger": "robusta.prometheus_alert", "payload": {"type": "prometheus_alert", "alert": alert}}),
            "alert Down, resolved",
        ),
        (json!({"schedule": 2}), "schedule of playbook 2"),
        (json!({"release": {"name": "db"}}), "Helm release db"),
    ] {
        let told = headlines(event.clone());
        assert_eq!(told, Ok(vec![format!("{headline} at {epoch}")]), "{event}");
    }
    let message = json!({"version": "4", "alerts": [alert, alert]});
    assert_eq!(headlines(message).unwrap().len(), 2);
}

#[test]
fn a_moment_is_a_time_or_seconds() {
    let at = |at: Json| headlines(json!({"at": at, "schedule": 0}));
    let told = Ok(vec![
        "schedule of playbook 0 at 2026-05-01T12:00:00.500000Z".to_owned(),
    ]);
    assert_eq!(at(json!("2026-05-01T14:00:00.5+02:00")), told);
    assert_eq!(at(json!(1_777_636_800.5)), told);
    let wrong =
        Err("`at` is a time such as 2026-03-01T12:00:00Z, or seconds since 1970".to_owned());
    for at in [at(json!("noon")), at(json!(1e300)), at(json!([]))] {
        assert_eq!(at, wrong);
    }
}

#[test]
fn what_is_none_is_told() {
    for (event, says) in [
        (json!([]), "an event is an object"),
        (
            json!({"kubernetes": {"operation": "patch"}}),
            "`operation` is one of create, update, delete",
        ),
        (
            json!({"kubernetes": {"operation": "create"}}),
            "`obj` is the object as it is now, or was last",
        ),
        (
            json!({"kubernetes": {"operation": "create", "obj": {}}}),
            "`kind` is the object's, such as Pod",
        ),
        (json!({"alert": {"alerts": {}}}), "`alerts` is a list"),
        (json!({"manual": {}}), "`action_name` is the action's name"),
        (
            json!({"manual": {"action_name": "a", "sinks": "x"}}),
            "`sinks` is a list of names",
        ),
    ] {
        assert_eq!(headlines(event).unwrap_err(), says);
    }
    assert!(
        headlines(json!({"name": "x"}))
            .unwrap_err()
            .starts_with("it is none of")
    );
}
