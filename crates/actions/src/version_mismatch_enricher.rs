//! `version_mismatch_enricher`: which versions of Kubernetes run.

use serde::Deserialize;
use squall_model::Json;
use squall_model::finding::{Block, Enrichment};

use crate::blocks::table;
use crate::failure::Failure;
use crate::prometheus::ask::{PrometheusParams, Series, instant};
use crate::{Action, Case};

/// Adds a table of nodes.
pub(crate) struct VersionMismatchEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    version_mismatch_query: String,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for VersionMismatchEnricher {
    const NAME: &'static str = "version_mismatch_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds the versions of the API server and of each node, from Prometheus, where there are several.",
        "class": "VersionMismatchParams",
        "also": ["prometheus"],
        "parameters": {
            "version_mismatch_query": {"type": "string", "default": "count by (git_version, node) (label_replace(kubernetes_build_info{job!~\"kube-dns|coredns\"}, \"git_version\", \"$1\", \"git_version\", \"(v[0-9]*.[0-9]*).*\"))", "description": "What gives a series for each version, those of nodes with the label `node`."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let found = instant(case, &params.prometheus, &params.version_mismatch_query).await?;
        let (nodes, servers): (Vec<&Series>, Vec<&Series>) =
            found.iter().partition(|one| one.label("node").is_some());
        if found.len() < 2 || nodes.is_empty() {
            case.note("version_mismatch_enricher: Prometheus knows no versions of nodes");
            return Ok(());
        }
        let member = |one: &Series, name: &str| one.metric.get(name).cloned().unwrap_or_default();
        let rows: Vec<Vec<Json>> = nodes
            .iter()
            .map(|one| vec![member(one, "node"), member(one, "git_version")])
            .collect();
        let mut enrichment = Enrichment::of(vec![
            Block::markdown(format!("The kubernetes api server {}.", version(&servers))),
            Block::Table(table("*Node Versions*", &["name", "version"], rows)),
            Block::markdown(
                "To solve this alert, make sure to update all of your nodes and/or cluster to the latest version above.",
            ),
        ]);
        let annotations = &mut enrichment.annotations;
        annotations.insert("attachment".to_owned(), true.into());
        case.add_enrichment(enrichment).await;
        Ok(())
    }
}

fn version(servers: &[&Series]) -> String {
    let mut known: Vec<&str> = Vec::new();
    for server in servers {
        let version = server.label("git_version").unwrap_or("None");
        if !known.contains(&version) {
            known.push(version);
        }
    }
    match known.as_slice() {
        [] => "version is unknown".to_owned(),
        [one] => format!("is version {one}"),
        many => format!("has reported versions {}", many.join(", ")),
    }
}
