//! `pod_bash_enricher`: what a command says inside a pod.

use std::time::Duration;

use serde::Deserialize;
use squall_kubernetes::{Error, Exec};
use squall_model::Json;
use squall_model::finding::Block;

use crate::cluster::events::no_cluster;
use crate::cluster::{is_name, pods, word};
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Runs a command.
pub(crate) struct PodBashEnricher;

/// How long a pod is waited for to run, and how long the command may take.
const RUNNING_WITHIN: Duration = Duration::from_secs(90);
const WITHIN: Duration = Duration::from_secs(10 * 60);

#[derive(Deserialize)]
pub(crate) struct Params {
    bash_command: String,
}

impl Action for PodBashEnricher {
    const NAME: &'static str = "pod_bash_enricher";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Runs a command by `/bin/sh` in the first container of the pod that the event is about, and adds what it prints.",
        "class": "BashParams",
        "also": ["pods_made"],
        "parameters": {
            "bash_command": {"type": "string", "required": true, "description": "The command, such as `ls -l /etc`."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("pod_bash_enricher: there is no pod");
            return Ok(());
        };
        let printed = run(case, &pod, &params.bash_command).await?;
        case.add_blocks(vec![
            Block::markdown(format!("Command results for *{}:*", params.bash_command)),
            Block::markdown(printed),
        ])
        .await;
        Ok(())
    }
}

/// What a command prints, both of its streams as they came.
async fn run(case: &Case<'_>, pod: &Json, command: &str) -> Result<String, Failure> {
    let (namespace, name) = (
        word(pod, "/metadata/namespace"),
        word(pod, "/metadata/name"),
    );
    if !is_name(namespace) || !is_name(name) {
        return Err(Failure::new(Code::NotFound, "the pod has no name"));
    }
    let exec = Exec {
        container: pods::first_container(pod).map(str::to_owned),
        running_within: Some(RUNNING_WITHIN),
        within: WITHIN,
        ..Exec::of(namespace, name, &["/bin/sh", "-c", command])
    };
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    match cluster.exec(&exec, case.means.cancel).await {
        Ok(executed) => Ok(String::from_utf8_lossy(&executed.output).into_owned()),
        Err(Error::TooSlow { .. }) => Ok(format!(
            "Not running exec commands. Pod {name} {namespace} is not in running state"
        )),
        Err(error) => Err(Failure::unexpected("cannot run the command", &error)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use squall_kubernetes::fake::{Executed, FakeCluster, Settings};

    use super::*;
    use crate::testing::{World, pod_update, run};

    async fn printed(phase: &str) -> Vec<Json> {
        let fake = FakeCluster::start(Settings::default()).await.unwrap();
        fake.on_exec(|exec| match exec.command.as_slice() {
            [shell, option, command] if shell == "/bin/sh" && option == "-c" => Executed {
                stderr: b"warning\n".to_vec(),
                ..Executed::printed(format!("{} in {}\n", command, exec.container))
            },
            other => panic!("{other:?}"),
        });
        let mut event = pod_update();
        event["obj"]["apiVersion"] = json!("v1");
        event["obj"]["kind"] = json!("Pod");
        let mut pod = event["obj"].clone();
        pod["status"]["phase"] = json!(phase);
        fake.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}))
            .unwrap();
        fake.put(pod).unwrap();
        let mut world = World::empty();
        world.cluster = Some(fake.cluster().unwrap());
        let mut case = world.case(event);
        run(
            &mut case,
            "pod_bash_enricher",
            json!({"bash_command": "ls -al /"}),
        )
        .await
        .unwrap();
        let findings = serde_json::to_value(&case.findings).unwrap();
        let blocks = findings["b"][0]["enrichments"][0]["blocks"]
            .as_array()
            .unwrap()
            .clone();
        blocks
            .into_iter()
            .map(|block| block["text"].clone())
            .collect()
    }

    #[tokio::test]
    async fn both_streams_of_a_command_are_told() {
        assert_eq!(
            printed("Running").await,
            [
                "Command results for *ls -al /:*",
                "ls -al / in web\nwarning\n"
            ]
        );
    }
}
