//! `node_cpu_enricher`: what takes the processors of a node.

use std::collections::BTreeMap;

use serde::Deserialize;
use squall_model::Json;
use squall_model::finding::Block;

use crate::cluster::{items, said, word};
use crate::failure::{Code, Failure};
use crate::prometheus::ask::{PrometheusParams, instant, number};
use crate::prometheus::bars::{Bars, Row};
use crate::{Action, Case};

/// Adds shares and pictures of them.
pub(crate) struct NodeCpuEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

/// Pods that take less are not told.
const LEAST: f64 = 0.005;

/// So many pods are shown in pictures.
const MOST_SHOWN: usize = 40;

const EXPLANATION: &str = "_*Quick explanation:* High CPU typically occurs if you define pod CPU requests incorrectly and Kubernetes schedules too many pods on one node. If this is the case, update your pod CPU requests to more accurate numbersusing guidance from the attached graphs_";

impl Action for NodeCpuEnricher {
    const NAME: &'static str = "node_cpu_enricher";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Adds what takes the processors of the node that the event is about, pod by pod, beside what the pods ask for, from Prometheus.",
        "class": "PrometheusParams",
        "also": ["prometheus"]
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            case.note("node_cpu_enricher: there is no node");
            return Ok(());
        };
        let found = Found::of(case, &params.prometheus, &node).await?;
        let blocks = found.blocks(word(&node, "/metadata/name"));
        case.add_blocks(blocks).await;
        Ok(())
    }
}

/// What Prometheus knows of a node: shares of all its processors, and processors.
struct Found {
    total: f64,
    containers: f64,
    shares: Vec<(String, f64)>,
    used: Vec<(String, f64)>,
    requested: BTreeMap<String, f64>,
}

impl Found {
    async fn of(case: &Case<'_>, params: &PrometheusParams, node: &Json) -> Result<Self, Failure> {
        let name = word(node, "/metadata/name");
        let mut addresses = items(node, "/status/addresses");
        let address = addresses.find(|one| said(one, "/type") == Some("InternalIP"));
        let address = address.map_or("", |one| word(one, "/address"));
        let idle = |mode: &str| {
            format!(
                "- avg by(instance)(rate(   node_cpu_seconds_total{{mode=~\"{mode}\", instance=~\"{name}|{address}:.*\"}}[5m]))"
            )
        };
        let total = format!("1{}{}", idle("idle"), idle("iowait"));
        let containers = |grouping: &str, is_share: bool| {
            let cores = format!("/ scalar(sum (machine_cpu_cores{{node=\"{name}\"}}))");
            let cores = if is_share { cores } else { String::new() };
            format!(
                "sum(rate(           container_cpu_usage_seconds_total{{node=\"{name}\",pod!=\"\",image!=\"\"}}[5m])) {grouping} {cores}"
            )
        };
        let requested = format!(
            "sum by (pod)(kube_pod_container_resource_requests_cpu_cores{{node=\"{name}\"}})"
        );
        let missing = || {
            Failure::new(
                Code::Unexpected,
                "Prometheus does not know what the node's processors do",
            )
        };
        let total = number(case, params, &total).await?.ok_or_else(missing)?;
        let all = number(case, params, &containers("", true)).await?;
        let shares = by_pod(case, params, &containers("by (pod)", true)).await?;
        let mut used = by_pod(case, params, &containers("by (pod)", false)).await?;
        used.retain(|(_, amount)| *amount >= LEAST);
        let requested = by_pod(case, params, &requested).await?;
        Ok(Self {
            total,
            containers: all.ok_or_else(missing)?,
            shares,
            used,
            requested: requested.into_iter().collect(),
        })
    }

    fn blocks(&self, node: &str) -> Vec<Block> {
        let percent = |share: f64| format!("{:.0}%", (share * 100.0).trunc());
        let told = self.shares.iter().filter(|(_, share)| *share >= LEAST);
        let told = told.map(|(pod, share)| format!("{pod}: *{:.1}%*", share * 100.0));
        vec![
            Block::header("Node CPU Analysis"),
            Block::markdown(EXPLANATION),
            Block::divider(),
            Block::markdown(format!(
                "*Total CPU usage on node:* {}\n*Container CPU usage on node:* {}\n*Non-container CPU usage on node:* {}\n",
                percent(self.total),
                percent(self.containers),
                percent(self.total - self.containers)
            )),
            Block::divider(),
            Block::markdown(
                "*Pods with CPU > 0.5* (all numbers between 0-100% regardless of CPU count)",
            ),
            Block::list(told.collect()),
            picture("treemap.svg", &self.whole(node)),
            picture("usage_vs_requested.svg", &self.compared(node)),
        ]
    }

    /// Who takes which share.
    fn whole(&self, node: &str) -> Bars {
        let row = |name: &str, share: f64| Row {
            name: name.to_owned(),
            values: vec![share],
        };
        let pods = self.shares.iter().take(MOST_SHOWN);
        let mut rows = vec![
            row("Non-container usage", self.total - self.containers),
            row("Free CPU", 1.0 - self.total),
        ];
        rows.extend(pods.map(|(pod, share)| row(pod, *share)));
        Bars {
            title: format!("CPU Usage on Node {node}"),
            legend: Vec::new(),
            rows,
            shown: |share| format!("{:.0}%", (share * 100.0).trunc()),
        }
    }

    /// What pods take, beside what they ask for.
    fn compared(&self, node: &str) -> Bars {
        let mut rows: Vec<Row> = Vec::new();
        for (pod, used) in &self.used {
            let requested = self.requested.get(pod).copied().unwrap_or(0.0);
            rows.push(Row {
                name: pod.clone(),
                values: vec![*used, requested],
            });
        }
        let is_idle = |pod: &String| !self.used.iter().any(|(known, _)| known == pod);
        let idle = self.requested.iter().filter(|(pod, _)| is_idle(pod));
        rows.extend(idle.map(|(pod, requested)| Row {
            name: pod.clone(),
            values: vec![0.0, *requested],
        }));
        rows.truncate(MOST_SHOWN);
        Bars {
            title: format!("Actual Vs Requested vCPUs on Node {node}"),
            legend: vec!["Actual CPU Usage", "CPU Request"],
            rows,
            shown: |cores| format!("{cores:.2} vCPU"),
        }
    }
}

fn picture(name: &str, bars: &Bars) -> Block {
    Block::file(name, bars.svg().into_bytes())
}

/// What each pod takes, the greatest first.
async fn by_pod(
    case: &Case<'_>,
    params: &PrometheusParams,
    query: &str,
) -> Result<Vec<(String, f64)>, Failure> {
    let found = instant(case, params, query).await?;
    let pod =
        |one: &crate::prometheus::ask::Series| Some((one.label("pod")?.to_owned(), one.last()?));
    let mut pods: Vec<(String, f64)> = found.iter().filter_map(pod).collect();
    pods.sort_by(|one, other| other.1.total_cmp(&one.1));
    Ok(pods)
}
