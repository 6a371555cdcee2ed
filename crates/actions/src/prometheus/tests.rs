//! Graphs of a Prometheus that gives known answers.

use serde_json::json;
use squall_model::Json;

use crate::testing::{World, alert, pod_update, run};

fn answer() -> String {
    let points: Vec<Json> = (0..60)
        .map(|at| json!([1_777_633_200 + at * 60, format!("{}", at * 1_048_576)]))
        .collect();
    json!({"status": "success", "data": {"resultType": "matrix", "result": [
        {"metric": {"pod": "web-<1>", "job": "kubelet"}, "values": points},
        {"metric": {"pod": "web-<1>", "job": "cadvisor"}, "values": points},
        {"metric": {"pod": "web-2", "job": "b"}, "values": [[1_777_633_200, "NaN"], [1_777_633_260, "5"]]},
    ]}})
    .to_string()
}

fn usage() -> Json {
    json!({"resource_type": "Memory", "item_type": "Pod", "prometheus_url": "prometheus:9090", "prometheus_auth": "Bearer t"})
}

#[tokio::test]
async fn a_graph_is_asked_for_and_drawn() {
    let world = World::answering(|_| Some((200, answer())));
    let mut case = world.case(alert());
    run(&mut case, "alert_graph_enricher", usage())
        .await
        .unwrap();
    let sent = world.answers.sent.lock().unwrap();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].url, "http://prometheus:9090/api/v1/query_range");
    assert!(
        sent[0]
            .headers
            .contains(&("Authorization".to_owned(), "Bearer t".to_owned()))
    );
    let body = String::from_utf8(sent[0].body.clone()).unwrap();
    assert!(
        body.contains("start=1777633200&end=1777636800&step=14.4&timeout=90.0"),
        "{body}"
    );
    let findings = serde_json::to_value(&case.findings).unwrap();
    let enrichment = &findings["a"][0]["enrichments"][0];
    assert_eq!(enrichment["title"], "Resources");
    let block = &enrichment["blocks"][0];
    assert_eq!(block["filename"], "Memory Usage for this pod.svg");
    assert_eq!(block["graph_data"]["y_axis_type"], "Bytes");
    let series = block["graph_data"]["data"]["series_list_result"]
        .as_array()
        .unwrap();
    assert_eq!(series.len(), 3);
}

#[tokio::test]
async fn a_picture_has_a_line_for_each_target_and_no_foreign_markup() {
    let world = World::answering(|_| Some((200, answer())));
    let mut case = world.case(alert());
    run(&mut case, "alert_graph_enricher", usage())
        .await
        .unwrap();
    let (_, found) = case.findings.into_iter().next().unwrap();
    let file = found[0].enrichments[0].blocks[0].as_file().unwrap().clone();
    let svg = String::from_utf8(file.contents).unwrap();
    assert_eq!(svg.matches("<polyline").count(), 2);
    assert_eq!(svg.matches("web-&lt;1&gt;").count(), 1);
    assert!(!svg.contains("NaN"), "{svg}");
    assert!(
        svg.contains(">May 1 11:00<") && svg.contains(">70.8 MiB<"),
        "{svg}"
    );
    assert!(svg.len() < 10_000, "{}", svg.len());
    assert_eq!(svg.matches('<').count(), svg.matches('>').count());
}

#[tokio::test]
async fn without_prometheus_a_finding_says_what_to_do() {
    let world = World::empty();
    let mut case = world.case(alert());
    run(&mut case, "default_enricher", json!({})).await.unwrap();
    let failure = run(&mut case, "alert_graph_enricher", usage())
        .await
        .unwrap_err();
    assert_eq!(failure.code.number(), 5100);
    let findings = serde_json::to_string(&case.findings).unwrap();
    assert!(
        findings.contains("prometheus_url: http://prometheus-server"),
        "{findings}"
    );
    let mut case = world.case(alert());
    assert!(
        run(&mut case, "alert_graph_enricher", usage())
            .await
            .is_err()
    );
    assert!(case.findings.is_empty());
}

#[tokio::test]
async fn a_query_that_prometheus_refuses_is_told() {
    let world = World::answering(|_| Some((400, "parse error".to_owned())));
    let mut case = world.case(pod_update());
    let params = json!({"resource_type": "CPU", "prometheus_url": "http://p"});
    let failure = run(&mut case, "pod_graph_enricher", params)
        .await
        .unwrap_err();
    assert_eq!(failure.code.number(), 4700);
    assert!(failure.message.contains("parse error"));
}
