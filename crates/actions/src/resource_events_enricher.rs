//! `resource_events_enricher`: what happened to a workload lately, and to its pods.

use serde::Deserialize;
use serde_json::json;
use squall_model::Json;

use crate::blocks::{attached, table};
use crate::cluster::events::{self, EventParams, Regarding, events_of, newest_first, text};
use crate::cluster::jobs::{pods_of, selected, selector};
use crate::cluster::word;
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Adds a table of events.
pub(crate) struct ResourceEventsEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    dependent_pod_mode: bool,
    max_pods: i64,
    #[serde(flatten)]
    events: EventParams,
}

const KINDS: [&str; 9] = [
    "Pod",
    "Deployment",
    "DaemonSet",
    "ReplicaSet",
    "StatefulSet",
    "Job",
    "Node",
    "DeploymentConfig",
    "Rollout",
];

impl Action for ResourceEventsEnricher {
    const NAME: &'static str = "resource_events_enricher";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events of the workload, pod or node that the event is about, and if wanted those of its pods.",
        "class": "ExtendedEventEnricherParams",
        "also": ["events"],
        "parameters": {
            "dependent_pod_mode": {"type": "boolean", "default": false, "description": "Whether the events of its pods are added too."},
            "max_pods": {"type": "integer", "default": 1, "description": "Of how many pods at most."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(object) = case.resource().await else {
            return Err(Failure::new(
                Code::NotFound,
                "resource_events_enricher: there is no object",
            ));
        };
        let kind = word(&object, "/kind");
        if !KINDS.contains(&kind) {
            let text = format!("Resource events enricher is not supported for resource {kind}");
            return Err(Failure::new(Code::NotSupported, text));
        }
        let types = params.events.included_types.as_deref();
        let mut found = events_of(case, Regarding::object(&object), types).await?;
        if params.dependent_pod_mode && !matches!(kind, "Pod" | "Node") {
            for pod in its_pods(case, &object, params.max_pods).await? {
                if i64::try_from(found.len()).is_ok_and(|count| count >= params.events.max_events) {
                    break;
                }
                found.extend(events_of(case, Regarding::object(&pod), types).await?);
            }
        }
        found.truncate(params.events.bound(found.len()));
        if found.is_empty() {
            return Ok(());
        }
        newest_first(&mut found);
        let block = block(kind, &found);
        case.add_enrichment(attached(vec![block], "k8s_events", "Resource Events"))
            .await;
        Ok(())
    }
}

async fn its_pods(case: &Case<'_>, object: &Json, most: i64) -> Result<Vec<Json>, Failure> {
    let found = match word(object, "/kind") {
        "Job" => pods_of(case, object).await,
        _ => {
            let labels = selector(object.pointer("/spec/selector"));
            selected(case, word(object, "/metadata/namespace"), &labels, None).await
        }
    };
    let found = found.unwrap_or_else(|| Ok(Vec::new()));
    let mut found =
        found.map_err(|error| Failure::unexpected("cannot list the object's pods", &error))?;
    found.truncate(usize::try_from(most).unwrap_or(0));
    Ok(found)
}

fn block(kind: &str, found: &[Json]) -> squall_model::finding::Block {
    let rows = found.iter().map(|event| {
        vec![
            text(event, "/reason"),
            text(event, "/type"),
            json!(events::at(event)),
            text(event, "/regarding/kind"),
            text(event, "/regarding/name"),
            text(event, "/note"),
        ]
    });
    let headers = ["reason", "type", "time", "kind", "name", "message"];
    let made = table(&format!("{kind} Events"), &headers, rows.collect());
    let listed = found.iter().map(|event| {
        let (name, namespace) = (
            word(event, "/regarding/name"),
            word(event, "/regarding/namespace"),
        );
        events::row(event, (kind, name, namespace))
    });
    events::block(made, vec![1, 1, 1, 1, 1, 2], listed.collect())
}
