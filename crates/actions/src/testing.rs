//! What the tests of actions stand on.

pub(crate) mod api_server;

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Mutex;

use serde_json::json;
use squall_kubernetes::Cluster;
use squall_model::http::{Answer, Http, NoAnswer, Request};
use squall_model::time::Timestamp;
use squall_model::{Json, Object};
use tokio_util::sync::CancellationToken;

use crate::case::{Case, Event, Means, RateLimits};

/// Everything that a case is given, and what was sent.
pub(crate) struct World {
    pub(crate) cluster: Option<Cluster>,
    pub(crate) global_config: Object,
    pub(crate) answers: Answers,
    cancel: CancellationToken,
}

type Answering = Box<dyn Fn(&Request) -> Option<(u16, String)> + Send + Sync>;

/// Answers requests, and remembers them.
pub(crate) struct Answers {
    answer: Answering,
    pub(crate) sent: Mutex<Vec<Request>>,
}

/// Lets everything happen.
struct Unlimited;

impl World {
    /// One in which nobody answers.
    pub(crate) fn empty() -> Self {
        Self::answering(|_| None)
    }

    /// One in which requests are answered with a status and a body.
    pub(crate) fn answering(
        answer: impl Fn(&Request) -> Option<(u16, String)> + Send + Sync + 'static,
    ) -> Self {
        Self {
            cluster: None,
            global_config: Object::new(),
            answers: Answers {
                answer: Box::new(answer),
                sent: Mutex::default(),
            },
            cancel: CancellationToken::new(),
        }
    }

    /// The case of an event, whose findings go to the sinks `a` and `b`. It is noon on the first of May 2026.
    pub(crate) fn case(&self, event: Json) -> Case<'_> {
        let event: Event = serde_json::from_value(event).unwrap();
        let mut case = Case::new(
            event,
            Means {
                cluster: self.cluster.as_ref(),
                http: &self.answers,
                limits: &Unlimited,
                cluster_name: "test",
                global_config: &self.global_config,
                now: Timestamp::from_micros(1_777_636_800_000_000),
                seed: "event-1",
                cancel: &self.cancel,
            },
        );
        case.begin(vec!["a".to_owned(), "b".to_owned()], None);
        case
    }
}

impl Http for Answers {
    fn send(
        &self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send + '_>> {
        let answer = (self.answer)(&request);
        let url = request.url.clone();
        self.sent.lock().unwrap().push(request);
        let answer = answer.map(|(status, body)| Answer {
            status,
            headers: Vec::new(),
            body: body.into_bytes(),
        });
        Box::pin(ready(answer.ok_or_else(|| NoAnswer {
            host: url,
            source: "nobody is there".into(),
        })))
    }
}

impl RateLimits for Unlimited {
    fn mark(&self, _: &str, _: &str, _: i64) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(ready(true))
    }
}

/// Runs an action.
pub(crate) async fn run(
    case: &mut Case<'_>,
    action: &str,
    params: Json,
) -> Result<(), crate::Failure> {
    let entry = crate::find(action).unwrap();
    entry.run(params.as_object().unwrap(), case).await
}

/// An update of a pod.
pub(crate) fn pod_update() -> Json {
    json!({
        "type": "kubernetes_change", "operation": "update", "kind": "Pod", "api_version": "v1",
        "obj": {
            "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "web", "image": "web:2"}]},
            "status": {"phase": "Running"},
        },
    })
}

/// An alert that names no object.
pub(crate) fn alert() -> Json {
    json!({
        "type": "prometheus_alert",
        "alert": {
            "status": "firing", "startsAt": "2026-05-01T11:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus/graph?g0.expr=up", "fingerprint": "f1",
            "labels": {"alertname": "Down", "severity": "critical", "namespace": "shop"},
            "annotations": {"description": "It is down. LABELS = map[a:b]"},
        },
    })
}
