//! The second story: a pod crashes again and again, and a playbook finds out why.

use std::str::FromStr as _;

use squall_model::Id;
use squall_model::finding::Finding;
use squall_model::outgoing::OutgoingStatus;
use tokio::time::Instant;

use super::objects::{CRASHING, crashing};
use super::stages::text;
use super::{ASK_EVERY, COMES_WITHIN, Error, Playing, finding};
use crate::client::Place;
use crate::failure::Failure;
use crate::follow;

const ACTION: &str = "robusta.run_playbooks";

/// Plays it: nobody tells Squall of the pod, it sees it.
pub(super) fn play(playing: &mut Playing<'_, '_>) -> Result<(), Failure> {
    playing.playground.make_pod(&crashing())?;
    let told = format!("{CRASHING} is deployed, and crashes");
    playing.stages.done("pod", &told)?;
    let place = Place::api(&["executions"]).with("action", ACTION);
    let execution = playing.first("trigger", &place)?;
    let told = "on_pod_crash_loop fires: Squall watches the pods itself";
    playing.stages.done("trigger", told)?;
    let id = text(&execution, "id");
    follow::until_ended(playing.client, &id, &mut |_| Ok(()))?;
    let found = delivered(playing, &id)?;
    let told = "is in findings.json; playbooks.yaml could name Slack too";
    playing.stages.done("finding", told)?;
    Ok(finding::show(playing.stages, &found)?)
}

/// What the playbook found, whole, once the sink has it.
fn delivered(playing: &Playing<'_, '_>, id: &str) -> Result<Finding, Error> {
    let otherwise = |told: String| Error::Otherwise {
        stage: "finding",
        told,
    };
    let execution = Id::from_str(id).map_err(|error| otherwise(error.to_string()))?;
    let store = playing.running.handle().store();
    let begun = Instant::now();
    loop {
        let outgoing = playing.running.wait(store.outgoing_of(execution));
        let outgoing = outgoing.map_err(|error| otherwise(error.to_string()))?;
        let first = outgoing.into_iter().next();
        let first = first.ok_or_else(|| otherwise("the playbook found nothing".to_owned()))?;
        if first.status == OutgoingStatus::Delivered {
            let finding = serde_json::from_value(first.finding);
            return finding.map_err(|error| otherwise(error.to_string()));
        }
        if begun.elapsed() > COMES_WITHIN || playing.playground.interruption().is_there() {
            let told = format!("it is {} at the sink", first.status.as_str());
            return Err(otherwise(told));
        }
        std::thread::sleep(ASK_EVERY);
    }
}
