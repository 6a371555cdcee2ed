//! Actions on a fake cluster: through Hikaru's objects, and through the package `kubernetes`.

use squall_kubernetes::fake::{Executed, FakeCluster, Settings as FakeSettings};
use tokio_util::task::TaskTracker;

use super::*;
use crate::{ClusterCalls, Effect, Effects};

/// Answers out of a cluster, and remembers what was changed.
struct OfCluster {
    calls: ClusterCalls,
    book: Arc<Book>,
}

#[derive(Default)]
struct Book(std::sync::Mutex<Vec<Effect>>);

impl Effects for Book {
    fn permit(&self, _: &Effect) -> Later<'_, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn note(&self, effect: Effect) -> Later<'_, ()> {
        self.0.lock().unwrap().push(effect);
        Box::pin(std::future::ready(()))
    }
}

impl OfCluster {
    fn new(fake: &FakeCluster) -> Arc<Self> {
        let book = Arc::new(Book::default());
        let effects = Arc::clone(&book) as Arc<dyn Effects>;
        let calls = ClusterCalls::new(fake.cluster().unwrap(), effects, TaskTracker::new());
        Arc::new(Self { calls, book })
    }

    fn verbs(&self) -> Vec<&'static str> {
        let noted = self.book.0.lock().unwrap();
        noted.iter().map(|effect| effect.verb).collect()
    }
}

impl Calls for OfCluster {
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
        Box::pin(async move {
            match call {
                Call::Playbook(PlaybookCall::KubernetesRequest(request)) => {
                    self.calls.request(request).await
                }
                Call::Playbook(PlaybookCall::KubernetesExec(exec)) => self.calls.exec(exec).await,
                Call::Playbook(PlaybookCall::ServiceOf { name, namespace }) => {
                    self.calls.service_of(&name, &namespace).await
                }
                other => Err(format!("{other:?} is not of the cluster")),
            }
        })
    }
}

async fn cluster() -> FakeCluster {
    let fake = FakeCluster::start(FakeSettings::default()).await.unwrap();
    let event = pod_update();
    fake.put(event["obj"].clone()).unwrap();
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}},
        },
    });
    fake.put(deployment).unwrap();
    fake
}

/// What an action with this body tells, on this cluster.
async fn told(stage: &Stage, calls: Arc<OfCluster>, body: &str) -> Vec<String> {
    let body: String = body
        .trim()
        .lines()
        .map(|line| format!("    {line}\n"))
        .collect();
    let source = format!(
        "@action\ndef asks(event: PodChangeEvent):\n    tell = lambda *told: event.add_enrichment([MarkdownBlock(str(one)) for one in told])\n{body}"
    );
    stage.module("actions.py", &source);
    let request = stage.request(pod_update(), vec![playbook(&[("asks", json!({}))])]);
    let mut surroundings = stage.surroundings();
    surroundings.calls = calls;
    let performed = stage.host.perform_playbooks(&request, &surroundings).await;
    assert_eq!(performed.end, End::Done, "{performed:?}");
    let ran = &performed.results.as_ref().unwrap().actions[0];
    assert!(ran.success, "{ran:?}\n{}", performed.stderr);
    texts(&performed)
}

#[tokio::test]
async fn objects_are_read_and_changed() {
    let Some(stage) = Stage::new() else { return };
    let fake = cluster().await;
    let calls = OfCluster::new(&fake);
    let body = "
from hikaru.model.rel_1_26 import ConfigMap, ConfigMapList, Deployment, ObjectMeta, Pod
pod = event.get_pod()
tell(pod.metadata.name, RobustaPod.read(pod.metadata.name, pod.metadata.namespace).spec.containers[0].image)
tell(Pod.readNamespacedPod('web-1', 'shop').obj.metadata.labels['app'])
deployment = Deployment.readNamespacedDeployment('web', 'shop').obj
deployment.spec.replicas = 5
tell(deployment.update().spec.replicas)
made = ConfigMap(metadata=ObjectMeta(name='notes', namespace='shop'), data={'a': 'b'}).create()
tell(made.metadata.uid is not None, ConfigMapList.listNamespacedConfigMap('shop').obj.items[0].data)
made.delete()
try:
    ConfigMap.readNamespacedConfigMap('notes', 'shop')
except Exception as error:
    tell(type(error).__name__, error.status, error.reason)
pod.metadata.labels['seen'] = 'yes'
pod.update()
";
    let told = told(&stage, Arc::clone(&calls), body).await;
    let expected = [
        "web-1",
        "web:1",
        "web",
        "5",
        "True",
        "{'a': 'b'}",
        "ApiException",
        "404",
        "Not Found",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        fake.object("Deployment.apps", "shop", "web").unwrap()["spec"]["replicas"],
        5
    );
    assert_eq!(fake.object("ConfigMap", "shop", "notes"), None);
    let pod = fake.object("Pod", "shop", "web-1").unwrap();
    assert_eq!(pod["metadata"]["labels"]["seen"], "yes");
    assert_eq!(calls.verbs(), ["patch", "create", "delete", "patch"]);
}

#[tokio::test]
async fn the_package_kubernetes_needs_no_credentials() {
    let Some(stage) = Stage::new() else { return };
    let fake = cluster().await;
    let calls = OfCluster::new(&fake);
    let body = "
from kubernetes import client, config
config.load_incluster_config()
core, apps = client.CoreV1Api(), client.AppsV1Api()
tell([pod.metadata.name for pod in core.list_namespaced_pod('shop', label_selector='app=web').items])
tell(core.read_namespaced_pod('web-1', 'shop').spec.containers[0].image)
tell(apps.patch_namespaced_deployment('web', 'shop', {'spec': {'replicas': 3}}).spec.replicas)
core.patch_namespaced_pod('web-1', 'shop', {'metadata': {'labels': {'seen': 'yes'}}})
body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name='notes'), data={'a': 'b'})
tell(core.create_namespaced_config_map('shop', body).data)
core.delete_namespaced_config_map('notes', 'shop')
try:
    core.read_namespaced_config_map('notes', 'shop')
except client.exceptions.ApiException as error:
    tell(error.status, error.reason)
custom = client.CustomObjectsApi().list_namespaced_custom_object('apps', 'v1', 'shop', 'deployments')
tell(len(custom['items']))
tell(client.VersionApi().get_code().major)
";
    let told = told(&stage, Arc::clone(&calls), body).await;
    let expected = [
        "['web-1']",
        "web:1",
        "3",
        "{'a': 'b'}",
        "404",
        "Not Found",
        "1",
        "1",
    ];
    assert_eq!(told, expected);
    assert_eq!(
        fake.object("Deployment.apps", "shop", "web").unwrap()["spec"]["replicas"],
        3
    );
    let pod = fake.object("Pod", "shop", "web-1").unwrap();
    assert_eq!(pod["metadata"]["labels"]["seen"], "yes");
    assert_eq!(calls.verbs(), ["patch", "patch", "create", "delete"]);
}

#[tokio::test]
async fn the_actions_of_the_page_look_into_the_pod() {
    let Some(stage) = Stage::new() else { return };
    let fake = cluster().await;
    fake.set_log("shop", "web-1", "web", "it broke\n");
    fake.on_exec(|exec| match exec.command.last().map(String::as_str) {
        Some("ps aux") => Executed::printed("PID TTY\n"),
        Some("ls -al /") => Executed {
            stderr: b"ls: /root: no\n".to_vec(),
            exit_code: 2,
            ..Executed::printed("bin\netc\n")
        },
        other => Executed::failed(127, format!("{other:?} is not known\n")),
    });
    let calls = OfCluster::new(&fake);
    let playbooks = vec![
        playbook(&[("my_action", json!({}))]),
        playbook(&[("pod_bash_enricher", json!({"bash_command": "ls -al /"}))]),
    ];
    let request = seed::with_examples(&stage, pod_update(), playbooks);
    let mut surroundings = stage.surroundings();
    surroundings.calls = Arc::clone(&calls) as Arc<dyn Calls>;
    let performed = stage.host.perform_playbooks(&request, &surroundings).await;
    assert_eq!(performed.end, End::Done, "{performed:?}");
    let told = texts(&performed);
    let expected = [
        "*Oh no!* An alert occurred on web-1",
        "",
        "Command results for *ls -al /:*",
        "bin\netc\nls: /root: no\n",
    ];
    assert_eq!(told, expected, "{}", performed.stderr);
    let results = performed.results.unwrap();
    let log = &results.findings["out"][0]["enrichments"][0]["blocks"][1];
    assert_eq!(log["contents"], "aXQgYnJva2UK");
    let ran: Vec<_> = calls
        .book
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|effect| effect.outcome.clone())
        .collect();
    assert_eq!(ran, [Some(Ok(0)), Some(Ok(2))]);
}

#[tokio::test]
async fn what_a_command_does_not_answer_is_told() {
    let Some(stage) = Stage::new() else { return };
    let fake = cluster().await;
    let body = "
from kubernetes import client
from kubernetes.stream import stream
core = client.CoreV1Api()
tell(stream(core.connect_get_namespaced_pod_exec, 'web-1', 'shop', command=['date'], stdout=True, stderr=True))
try:
    stream(core.connect_get_namespaced_pod_exec, 'nobody', 'shop', command=['date'], stdout=True, stderr=True)
except client.exceptions.ApiException as error:
    tell(error.reason)
try:
    core.list_namespaced_pod('shop', watch=True)
except client.exceptions.ApiException as error:
    tell(error.reason)
";
    fake.on_exec(|_| Executed::printed("Sunday\n"));
    let told = told(&stage, OfCluster::new(&fake), body).await;
    assert_eq!(told[0], "Sunday\n");
    assert!(told[1].contains("404"), "{told:?}");
    assert_eq!(
        told[2],
        "a playbook's action cannot watch the cluster; a trigger can"
    );
}
