//! What names a playbook in what is remembered of it.

use squall_model::playbook::Playbook;
use squall_model::{Id, Json, Object};

/// Names a playbook for its rate limits and its schedule: the same as long as its triggers, actions, sinks and `stop` are,
/// whatever the code of its actions.
pub fn playbook_id(playbook: &Playbook) -> String {
    let named = |name: &str, parameters: &Object| {
        serde_json::json!([name, sorted(&Json::Object(parameters.clone()))])
    };
    let triggers = playbook.triggers.iter();
    let actions = playbook.actions.iter();
    let told = serde_json::json!([
        triggers
            .map(|one| named(&one.name, &one.parameters))
            .collect::<Vec<_>>(),
        actions
            .map(|one| named(&one.name, &one.parameters))
            .collect::<Vec<_>>(),
        playbook.sinks,
        playbook.stop,
    ]);
    Id::of(&format!("playbook:{told}")).to_string()
}

/// The same with the members of every object in order.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter();
            Json::Object(
                members
                    .map(|(name, value)| (name.clone(), sorted(value)))
                    .collect(),
            )
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        single => single.clone(),
    }
}
