//! `drain`: keeps new pods from a node and moves away those that are there.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use squall_kubernetes::Ask;
use squall_model::Json;
use squall_model::finding::Block;

use crate::cluster::change::Change;
use crate::cluster::nodes::pods_on;
use crate::cluster::{items, said, scheduling, word};
use crate::failure::{Code, Failure, chain};
use crate::{Action, Case};

/// Drains a node.
pub(crate) struct Drain;

#[derive(Deserialize)]
pub(crate) struct Params {
    dry_run: bool,
}

/// What became of the pods.
#[derive(Debug, Default)]
struct Report {
    evicting: usize,
    deleting: usize,
    skipping: usize,
    errors: usize,
    lines: String,
}

impl Action for Drain {
    const NAME: &'static str = "drain";
    const EVENT: &'static str = "NodeEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Keeps new pods from the node that the event is about, and evicts those that are there, but for those of DaemonSets. Disruption budgets are heeded: what may not be evicted now stays and is told.",
        "class": "DrainParams",
        "changes_cluster": true
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(node) = case.object("Node").await else {
            return Err(Failure::new(
                Code::NotFound,
                "Failed to get node for cordon",
            ));
        };
        scheduling::cordon(case, Self::NAME, &node, params.dry_run).await?;
        let name = word(&node, "/metadata/name");
        let pods = match pods_on(case, name).await {
            Some(Ok(pods)) => pods,
            Some(Err(error)) => {
                scheduling::uncordon(case, Self::NAME, &node, params.dry_run).await?;
                let text = format!(
                    "Failed to list pods for drain action Uncordoning.\n{}",
                    chain(&error)
                );
                return Err(Failure::new(Code::Unexpected, text));
            }
            None => Vec::new(),
        };
        let mut report = Report::default();
        for pod in &pods {
            report.take(case, pod, params.dry_run).await;
        }
        case.add_blocks(report.blocks(name)).await;
        Ok(())
    }
}

impl Report {
    async fn take(&mut self, case: &mut Case<'_>, pod: &Json, dry_run: bool) {
        let (namespace, name) = (
            word(pod, "/metadata/namespace"),
            word(pod, "/metadata/name"),
        );
        let mut owners = items(pod, "/metadata/ownerReferences").peekable();
        let is_owned = owners.peek().is_some();
        if owners.any(|owner| said(owner, "/kind") == Some("DaemonSet")) {
            self.skipping += 1;
            self.tell(&format!("Skipping {namespace}/DaemonSet/{name}"));
            return;
        }
        match evict(case, pod, dry_run).await {
            Ok(()) if is_owned => {
                self.evicting += 1;
                self.tell(&format!("Evicting {namespace}/Pod/{name}"));
            }
            Ok(()) => {
                self.deleting += 1;
                self.tell(&format!("Deleting {namespace}/Pod/{name}"));
            }
            Err(why) => {
                self.errors += 1;
                self.tell(&format!("Error evicting {namespace}/Pod/{name} {why}"));
            }
        }
    }

    fn tell(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push('\n');
    }

    fn blocks(&self, node: &str) -> Vec<Block> {
        let Self {
            evicting,
            deleting,
            skipping,
            errors,
            lines,
        } = self;
        let text = format!(
            "Drain node {node} \nEvicting {evicting} pod(s), deleting {deleting} pod(s), skipping {skipping} pod(s) and {errors} Error(s)."
        );
        let log = format!("drain node {node} \n\n{lines}");
        vec![
            Block::markdown(text),
            Block::file(format!("Drain {node} report.log"), log.into_bytes()),
        ]
    }
}

async fn evict(case: &mut Case<'_>, pod: &Json, dry_run: bool) -> Result<(), String> {
    let path = case.path_of(pod).map_err(|failure| failure.message)?;
    let named = |pointer: &str| pod.pointer(pointer).cloned().unwrap_or_default();
    let mut body = json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": named("/metadata/name"), "namespace": named("/metadata/namespace")},
    });
    if let (true, Some(members)) = (dry_run, body.as_object_mut()) {
        members.insert("deleteOptions".to_owned(), json!({"dryRun": ["All"]}));
    }
    let change = Change {
        action: Drain::NAME,
        verb: "evict",
        object: pod,
        watched: &["/spec/nodeName"],
        dry_run,
    };
    let ask = Ask::new(Method::POST, format!("{path}/eviction")).body(body);
    let asked = match case.means.cluster {
        Some(cluster) => cluster.json(ask).await,
        None => return Err("there is no cluster".to_owned()),
    };
    asked.map_err(|error| chain(&error))?;
    change.record(case, Json::Null);
    Ok(())
}
