//! `oom_killer_enricher`: what was killed on a node because memory ran out, and why.

use serde::Deserialize;
use serde_json::json;
use squall_expression::value::text::float_repr;
use squall_model::Json;
use squall_model::finding::Block;

use crate::blocks::table;
use crate::cluster::events::no_cluster;
use crate::cluster::{items, nodes, quantity, said, word};
use crate::failure::Failure;
use crate::prometheus::ask::{PrometheusParams, Series, Span, range_by};
use crate::text::time;
use crate::{Action, Case};

/// Adds a table of containers.
pub(crate) struct OomKillerEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    new_oom_kills_duration_in_sec: f64,
    metrics_duration_in_secs: f64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

/// From these shares of its memory on, a container or its node is the reason.
const MUCH_OF_CONTAINER: f64 = 0.92;
const MUCH_OF_NODE: f64 = 0.95;

impl Action for OomKillerEnricher {
    const NAME: &'static str = "oom_killer_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the containers on the node of the alert that were killed because memory ran out, each with what it might use and the likely reason, from Prometheus.",
        "class": "OomKillerEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "new_oom_kills_duration_in_sec": {"type": "integer", "default": 1200, "description": "Only what was killed within so many seconds is told."},
            "metrics_duration_in_secs": {"type": "integer", "default": 1200, "description": "The seconds within which the use of memory is looked at."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            case.note("oom_killer_enricher: there is no node");
            return Ok(());
        };
        let node = word(&node, "/metadata/name").to_owned();
        let found = nodes::pods_on(case, &node).await.ok_or_else(no_cluster)?;
        let found = found
            .map_err(|error| Failure::unexpected("cannot list the pods on the node", &error))?;
        let oldest = seconds(case) - params.new_oom_kills_duration_in_sec;
        let killed = found.iter().flat_map(|pod| killed(pod, oldest * 1000.0));
        let killed: Vec<Killed<'_>> = killed.collect();
        let mut reasons = Reasons {
            params: &params,
            node: &node,
            of_node: None,
        };
        let mut rows = Vec::new();
        for one in &killed {
            let reason = reasons.of(case, one).await?;
            rows.push(one.row(&reason));
        }
        let blocks = if rows.is_empty() {
            Vec::new()
        } else {
            vec![as_table(rows)]
        };
        case.add_blocks(blocks).await;
        Ok(())
    }
}

fn seconds(case: &Case<'_>) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of our time are exact"
    )]
    let micros = case.means.now.micros() as f64;
    micros / 1e6
}

/// A container that was killed.
struct Killed<'p> {
    at: f64,
    pod: &'p str,
    status: &'p Json,
    resources: Option<&'p Json>,
}

/// What was killed in a pod, but not before `oldest`, in milliseconds.
fn killed(pod: &Json, oldest: f64) -> impl Iterator<Item = Killed<'_>> {
    items(pod, "/status/containerStatuses").filter_map(move |status| {
        let ended = ["/state/terminated", "/lastState/terminated"].into_iter();
        let mut ended = ended.filter_map(|pointer| status.pointer(pointer));
        let ended = ended.find(|state| said(state, "/reason") == Some("OOMKilled"))?;
        let at = said(ended, "/finishedAt").and_then(time::milliseconds)?;
        let name = said(status, "/name");
        let mut containers = items(pod, "/spec/containers");
        let container = containers.find(|one| said(one, "/name") == name);
        (at >= oldest).then(|| Killed {
            at,
            pod: word(pod, "/metadata/name"),
            status,
            resources: container.and_then(|one| one.get("resources")),
        })
    })
}

impl Killed<'_> {
    fn memory(&self, which: &str) -> Option<&str> {
        said(self.resources?, &format!("/{which}/memory"))
    }

    fn row(&self, reason: &str) -> Vec<Json> {
        let quoted = |which: &str| {
            let memory = self.memory(which);
            memory.map_or_else(|| "None".to_owned(), |memory| format!("'{memory}'"))
        };
        vec![
            json!(self.at),
            json!(self.pod),
            json!(word(self.status, "/name")),
            json!(word(self.status, "/image")),
            json!(format!(
                "MemorySpecs(requests={}, limits={})",
                quoted("requests"),
                quoted("limits")
            )),
            json!(reason),
        ]
    }
}

fn as_table(rows: Vec<Vec<Json>>) -> Block {
    let headers = [
        "time",
        "pod",
        "container",
        "image",
        "memory_specs",
        "estimated_reason",
    ];
    let mut made = table("", &headers, rows);
    made.column_renderers = json!({"time": "DATETIME"});
    let values = made.values.as_array().cloned().unwrap_or_default();
    for (row, values) in made.rows.iter_mut().zip(&values) {
        if let (Some(cell), Some(at)) = (row.first_mut(), values.get(0).and_then(Json::as_f64)) {
            *cell = time::shown(at);
        }
    }
    Block::Table(made)
}

/// Finds out why something was killed. Of the node it is asked once.
struct Reasons<'p> {
    params: &'p Params,
    node: &'p str,
    of_node: Option<Option<String>>,
}

impl Reasons<'_> {
    async fn of(&mut self, case: &Case<'_>, killed: &Killed<'_>) -> Result<String, Failure> {
        if let Some(reason) = self.of_container(case, killed).await? {
            return Ok(reason);
        }
        if self.of_node.is_none() {
            self.of_node = Some(self.of_node(case).await?);
        }
        let known = self.of_node.clone().flatten();
        Ok(known.unwrap_or_else(|| "reason not found".to_owned()))
    }

    async fn of_container(
        &self,
        case: &Case<'_>,
        killed: &Killed<'_>,
    ) -> Result<Option<String>, Failure> {
        let limit = killed.memory("limits").map_or(0.0, quantity::bytes);
        if limit <= 0.0 {
            return Ok(None);
        }
        let query = format!(
            "container_memory_usage_bytes{{node=\"{}\", pod=\"{}\", image!=\"\", container!=\"POD\", container=\"{}\", id=~\"/kubepods/.*\"}}",
            self.node,
            killed.pod,
            word(killed.status, "/name")
        );
        let share = self.greatest(case, &query).await?.map(|used| used / limit);
        let share = share.filter(|share| *share >= MUCH_OF_CONTAINER);
        Ok(share.map(|share| {
            let share = float_repr(share);
            format!(
                "container used too much memory: reached {share} percentage of its specified limit"
            )
        }))
    }

    async fn of_node(&self, case: &Case<'_>) -> Result<Option<String>, Failure> {
        let node = self.node;
        let query = format!(
            "instance:node_memory_utilisation:ratio{{job=\"node-exporter\", instance=\"{node}\"}}"
        );
        let share = self.greatest(case, &query).await?;
        let share = share.filter(|share| *share >= MUCH_OF_NODE);
        Ok(share.map(|share| {
            let share = float_repr(share);
            format!("node {node} used too much memory: reached {share} percentage of its available memory")
        }))
    }

    async fn greatest(&self, case: &Case<'_>, query: &str) -> Result<Option<f64>, Failure> {
        let to = seconds(case);
        let span = Span {
            from: to - self.params.metrics_duration_in_secs,
            to,
        };
        let found = range_by(case, &self.params.prometheus, query, (span, "1")).await?;
        Ok(found.first().and_then(Series::greatest))
    }
}
