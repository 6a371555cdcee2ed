//! What happens of itself where it is to.

use super::*;
use crate::fake::Executed;

async fn alive() -> Fake {
    with(Settings {
        controllers: true,
        ..Settings::default()
    })
    .await
}

#[tokio::test]
async fn pods_run_where_a_node_is() {
    let fake = alive().await;
    fake.fake
        .put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}}))
        .unwrap();
    let mut watch = fake.watch(&format!("{PODS}?watch=1")).await;
    let shown = fake.post(PODS, pod("web")).await;
    assert_eq!(shown["status"]["phase"], "Pending");
    assert_eq!(
        watch.next().await.unwrap()["object"]["status"]["phase"],
        "Pending"
    );
    let running = watch.next().await.unwrap();
    assert_eq!(running["type"], "MODIFIED");
    let pod = &running["object"];
    assert_eq!(
        (&pod["spec"]["nodeName"], &pod["status"]["phase"]),
        (&json!("n1"), &json!("Running"))
    );
    assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true);
}

#[tokio::test]
async fn a_job_ends_as_its_command_does() {
    let fake = alive().await;
    fake.fake
        .on_exec(|exec| match exec.command.join(" ").as_str() {
            "sh -c date" => Executed::printed("Thursday\n"),
            "sleep" => Executed {
                hangs: true,
                ..Executed::default()
            },
            _ => Executed::failed(1, "no\n"),
        });
    let job = |name: &str, command: Value, args: Value| {
        json!({
            "metadata": {"name": name},
            "spec": {"template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "x", "command": command, "args": args}],
            }}},
        })
    };
    let jobs = "/apis/batch/v1/namespaces/default/jobs";
    for (name, command, args, status, phase, log) in [
        (
            "good",
            json!(["sh"]),
            json!(["-c", "date"]),
            "succeeded",
            "Succeeded",
            "Thursday\n",
        ),
        (
            "bad",
            json!(["rabbit"]),
            json!([]),
            "failed",
            "Failed",
            "no\n",
        ),
        ("long", json!(["sleep"]), json!([]), "active", "Running", ""),
    ] {
        fake.post(jobs, job(name, command, args)).await;
        let found = fake
            .cluster
            .get(format!("{jobs}/{name}"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found["status"][status], 1, "{found}");
        let list = Ask::get(PODS).query("labelSelector", format!("job-name={name}"));
        let list = fake.json(list).await;
        assert_eq!(list["items"][0]["status"]["phase"], phase, "{name}");
        let printed = Ask::get(format!("{PODS}/{}/log", names(&list)[0]));
        assert_eq!(fake.ask(printed).await.body, log.as_bytes(), "{name}");
    }
    fake.json(Ask::new(Method::DELETE, format!("{jobs}/good")))
        .await;
    assert_eq!(names(&fake.json(Ask::get(PODS)).await).len(), 2);
}

#[tokio::test]
async fn what_ends_and_is_to_go_on_is_in_a_crash_loop() {
    let fake = alive().await;
    fake.fake
        .on_exec(|exec| match exec.command.join(" ").as_str() {
            "serve" => Executed {
                hangs: true,
                ..Executed::default()
            },
            _ => Executed::failed(2, "no database\n"),
        });
    let pod = json!({
        "metadata": {"name": "shop"},
        "spec": {"containers": [
            {"name": "web", "image": "x", "command": ["serve"]},
            {"name": "side", "image": "x", "command": ["crash"]},
        ]},
    });
    let mut watch = fake.watch(&format!("{PODS}?watch=1")).await;
    fake.post(PODS, pod).await;
    let mut seen = Vec::new();
    for _ in 0..5 {
        let pod = watch.next().await.unwrap()["object"].take();
        seen.push(pod["status"]["containerStatuses"][1]["restartCount"].as_i64());
        if seen.len() == 5 {
            let statuses = &pod["status"]["containerStatuses"];
            assert_eq!(statuses[0]["ready"], true);
            assert_eq!(
                statuses[1]["state"]["waiting"]["reason"],
                "CrashLoopBackOff"
            );
            assert_eq!(statuses[1]["lastState"]["terminated"]["exitCode"], 2);
            assert_eq!(pod["status"]["phase"], "Running");
        }
    }
    assert_eq!(seen, [None, Some(0), Some(1), Some(2), Some(3)]);
    let log = Ask::get(format!("{PODS}/shop/log"))
        .query("container", "side")
        .query("previous", "true");
    assert_eq!(fake.ask(log).await.body, b"no database\n".as_slice());
    let events = fake.fake.objects("Event");
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["reason"], "BackOff");
    assert_eq!(events[0]["involvedObject"]["name"], "shop");
}

#[tokio::test]
async fn workloads_have_what_they_are_to_have() {
    let fake = alive().await;
    let path = "/apis/apps/v1/namespaces/default/deployments";
    fake.post(
        path,
        json!({"metadata": {"name": "web"}, "spec": {"replicas": 2}}),
    )
    .await;
    let ready = || {
        fake.fake.object("Deployment", "default", "web").unwrap()["status"]["readyReplicas"].clone()
    };
    assert_eq!(ready(), 2);
    fake.patch(
        &format!("{path}/web/scale"),
        "merge-patch+json",
        json!({"spec": {"replicas": 4}}),
    )
    .await;
    assert_eq!(ready(), 4);
    let deployment = fake.fake.object("Deployment", "default", "web").unwrap();
    let status = &deployment["status"];
    assert_eq!(
        status["observedGeneration"],
        deployment["metadata"]["generation"]
    );
    assert_eq!(status["conditions"][0]["type"], "Available");
}

#[tokio::test]
async fn nothing_happens_of_itself_otherwise() {
    let fake = started().await;
    fake.post(PODS, pod("web")).await;
    assert_eq!(
        fake.fake.object("Pod", "default", "web").unwrap()["status"]["phase"],
        "Pending"
    );
}
