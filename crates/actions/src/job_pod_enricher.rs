//! `job_pod_enricher`: what happened to the latest pod of a job, and what it said.

use std::cmp::Reverse;

use serde::Deserialize;
use squall_model::Json;
use squall_model::finding::{Block, Enrichment};

use crate::cluster::events::{EventParams, Regarding, events_table};
use crate::cluster::jobs::pods_of;
use crate::cluster::logs::{LogParams, log};
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case};

/// Adds events and logs.
pub(crate) struct JobPodEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    events: bool,
    logs: bool,
    #[serde(flatten)]
    of_events: EventParams,
    #[serde(flatten)]
    of_logs: LogParams,
}

impl Action for JobPodEnricher {
    const NAME: &'static str = "job_pod_enricher";
    const EVENT: &'static str = "JobEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the events and logs of the latest pod of the job that the event is about.",
        "class": "JobPodEnricherParams",
        "also": ["events", "logs"],
        "parameters": {
            "events": {"type": "boolean", "default": true, "description": "Whether its events are added."},
            "logs": {"type": "boolean", "default": true, "description": "Whether its logs are."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(job) = case.object("Job").await else {
            case.note("job_pod_enricher: there is no job");
            return Ok(());
        };
        let pods = match pods_of(case, &job).await {
            Some(pods) => {
                pods.map_err(|error| Failure::unexpected("cannot list the job's pods", &error))?
            }
            None => Vec::new(),
        };
        let Some(pod) = latest(pods) else {
            let (namespace, name) = (
                word(&job, "/metadata/namespace"),
                word(&job, "/metadata/name"),
            );
            case.note(format!("No pods for job {namespace}/{name}"));
            return Ok(());
        };
        if params.events {
            let regarding = Regarding::object(&pod);
            if let Some(block) =
                events_table(case, "*Job pod events:*", regarding, &params.of_events).await?
            {
                let mut enrichment = Enrichment::of(vec![block]);
                enrichment
                    .annotations
                    .insert("attachment".to_owned(), true.into());
                case.add_enrichment(enrichment).await;
            }
        }
        if params.logs {
            let log = log(case, &pod, "", &params.of_logs).await?;
            if let Some(log) = log.filter(|log| !log.is_empty()) {
                let name = format!("{}.log", word(&pod, "/metadata/name"));
                case.add_blocks(vec![Block::file(name, log.into_bytes())])
                    .await;
            }
        }
        Ok(())
    }
}

/// The pod that began last; of those that began together the first.
fn latest(mut pods: Vec<Json>) -> Option<Json> {
    let began = |pod: &Json| word(pod, "/status/startTime").to_owned();
    pods.sort_by_key(|pod| Reverse(began(pod)));
    pods.into_iter().next()
}
