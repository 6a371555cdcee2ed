//! The actions of Robusta's page, as their author wrote them.

use super::*;

pub(super) fn with_examples(stage: &Stage, event: Value, playbooks: Vec<Share>) -> Playbooks {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/playbooks");
    let mut request = stage.request(event, playbooks);
    request.repositories = vec![Repository {
        name: "examples".to_owned(),
        folder: fs::canonicalize(examples).unwrap(),
        install: true,
    }];
    request
}

#[tokio::test]
async fn the_repository_tells_what_it_has() {
    let Some(stage) = Stage::new() else { return };
    let request = with_examples(&stage, json!({}), Vec::new());
    let found = stage
        .host
        .inspect_playbooks(&request.repositories)
        .await
        .unwrap();
    assert_eq!(found.problems, []);
    let mut names: Vec<&str> = found
        .actions
        .iter()
        .map(|action| action.name.as_str())
        .collect();
    names.sort_unstable();
    let expected = [
        "argo_app_sync",
        "my_action",
        "my_first_action",
        "pod_bash_enricher",
        "pod_change_monitor",
    ];
    assert_eq!(names, expected);
    let enricher = found
        .actions
        .iter()
        .find(|one| one.name == "pod_bash_enricher")
        .unwrap();
    assert_eq!(enricher.event, "PodEvent");
    assert!(
        enricher
            .events
            .iter()
            .any(|class| class == "PrometheusKubernetesAlert")
    );
    let params = enricher.params.as_ref().unwrap();
    assert_eq!(params["required"], json!(["bash_command"]));
    let file = enricher.file.as_ref().unwrap();
    assert!(
        file.ends_with("seed_playbooks/pod_bash_enricher.py"),
        "{file}"
    );
    assert_eq!(enricher.line, Some(6));
}

#[tokio::test]
async fn an_action_reads_the_pod_and_tells() {
    let Some(stage) = Stage::new() else { return };
    let pod = "/api/v1/namespaces/shop/pods/web-1";
    let known = [
        (pod.to_owned(), pod_update()["obj"].clone()),
        (format!("{pod}/log"), json!("it broke\n")),
    ];
    stage.answers.known.lock().unwrap().extend(known);
    let playbooks = vec![
        playbook(&[("my_action", json!({}))]),
        playbook(&[("pod_change_monitor", json!({}))]),
        playbook(&[("pod_bash_enricher", json!({"bash_command": "ls -al /"}))]),
    ];
    let request = with_examples(&stage, pod_update(), playbooks);
    let performed = stage
        .host
        .perform_playbooks(&request, &stage.surroundings())
        .await;
    assert_eq!(performed.end, End::Done, "{performed:?}");
    assert_eq!(performed.during, None);
    let told = texts(&performed);
    let expected = [
        "*Oh no!* An alert occurred on web-1",
        "",
        "Command results for *ls -al /:*",
        "ran /bin/sh -c ls -al / in web-1",
    ];
    assert_eq!(told, expected);
    let results = performed.results.unwrap();
    let finding = &results.findings["out"][0];
    assert_eq!(finding["title"], "Update to pod web-1");
    assert_eq!(
        finding["enrichments"][0]["blocks"][1]["contents"],
        "aXQgYnJva2UK"
    );
    assert_eq!(results.response, json!({"success": true}));
    let ran: Vec<_> = results
        .actions
        .iter()
        .map(|ran| (ran.playbook, ran.name.as_str(), ran.success))
        .collect();
    let expected = [
        (0, "my_action", true),
        (1, "pod_change_monitor", true),
        (2, "pod_bash_enricher", true),
    ];
    assert_eq!(ran, expected);
    assert!(
        performed.stderr.contains("old object: RobustaPod("),
        "{}",
        performed.stderr
    );
}

#[tokio::test]
async fn what_is_wrong_with_parameters_is_told() {
    let Some(stage) = Stage::new() else { return };
    let request = with_examples(
        &stage,
        pod_update(),
        vec![playbook(&[("pod_bash_enricher", json!({}))])],
    );
    let performed = stage
        .host
        .perform_playbooks(&request, &stage.surroundings())
        .await;
    let ran = performed.results.unwrap().actions.remove(0);
    assert_eq!((ran.success, ran.error_code), (false, Some(4602)));
    let message = ran.message.unwrap();
    assert!(
        message.contains("bash_command\n  field required"),
        "{message}"
    );
}

#[tokio::test]
async fn a_rate_limit_is_the_servers() {
    let Some(stage) = Stage::new() else { return };
    let argo = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = argo.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut client, _) = argo.accept().unwrap();
        let mut asked = Vec::new();
        let mut piece = [0; 4096];
        while !asked.windows(4).any(|window| window == b"\r\n\r\n") {
            let read = client.read(&mut piece).unwrap();
            asked.extend(&piece[..read]);
        }
        client
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
            .unwrap();
        String::from_utf8(asked).unwrap()
    });
    let params = json!({"argo_url": format!("http://{address}"), "argo_token": "secret", "argo_app_name": "shop"});
    let event = json!({"type": "schedule", "recurrence": 0});
    let request = with_examples(&stage, event, vec![playbook(&[("argo_app_sync", params)])]);
    let performed = stage
        .host
        .perform_playbooks(&request, &stage.surroundings())
        .await;
    assert_eq!(
        texts(&performed),
        ["Argo CD app sync of *shop*: success"],
        "{performed:?}"
    );
    let asked = serving.join().unwrap();
    assert!(
        asked.starts_with("POST /api/v1/applications/shop/sync HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("Bearer secret"), "{asked}");
    // Nobody serves any more.
    let again = stage
        .host
        .perform_playbooks(&request, &stage.surroundings())
        .await;
    assert_eq!(again.results.unwrap().findings, Object::new());
    let limited = PlaybookCall::RateLimit {
        operation: "argo_app_sync".to_owned(),
        id: format!("http://{address}shop"),
        period_seconds: 1800.0,
    };
    assert_eq!(stage.answers.asked(), [limited.clone(), limited]);
}

#[tokio::test]
async fn an_action_stops_what_follows() {
    let Some(stage) = Stage::new() else { return };
    for (reason, ran) in [("Scheduled", 1), ("BackOff", 3)] {
        let event = json!({
            "type": "kubernetes_change", "operation": "create", "kind": "Event", "api_version": "events.k8s.io/v1",
            "obj": {"metadata": {"name": "e"}, "eventTime": null, "reason": reason, "regarding": {"name": "web-1"}},
            "old_obj": null,
        });
        let first = ("my_first_action", json!({}));
        let playbooks = vec![
            playbook(&[first.clone(), first.clone()]),
            playbook(&[first]),
        ];
        let request = with_examples(&stage, event, playbooks);
        let performed = stage
            .host
            .perform_playbooks(&request, &stage.surroundings())
            .await;
        let results = performed.results.unwrap();
        assert_eq!(
            (results.actions.len(), results.stopped),
            (ran, reason == "Scheduled")
        );
    }
}
