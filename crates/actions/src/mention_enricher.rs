//! `mention_enricher`: whom Slack tells.

use serde::Deserialize;
use squall_model::finding::Block;
use squall_model::{Json, Object};

use crate::failure::{Code, Failure};
use crate::text::shown;
use crate::{Action, Case};

/// Adds mentions.
pub(crate) struct MentionEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    static_mentions: Option<Vec<String>>,
    mentions_label: Option<String>,
    message_template: String,
}

impl Action for MentionEnricher {
    const NAME: &'static str = "mention_enricher";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Mentions users and groups of Slack by their ids, which begin with `U` and `S`.",
        "class": "MentionParams",
        "parameters": {
            "static_mentions": {"type": ["array", "null"], "items": {"type": "string"}, "description": "Whom always."},
            "mentions_label": {"type": ["string", "null"], "description": "A label or annotation of the object or alert whose value says whom, with dots or commas between."},
            "message_template": {"type": "string", "default": "Hey: $mentions", "description": "The text around them."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let label = params.mentions_label.filter(|label| !label.is_empty());
        let fixed = params.static_mentions.unwrap_or_default();
        if label.is_none() && fixed.is_empty() {
            case.note("mention_enricher: neither static_mentions nor mentions_label is set");
            return Ok(());
        }
        let mut ids: Vec<String> = Vec::new();
        if let Some(label) = label {
            let value = said(case, &label).await.unwrap_or_default();
            ids.extend(
                value
                    .split(',')
                    .filter(|id| !id.is_empty())
                    .map(str::to_owned),
            );
        }
        ids.extend(fixed);
        let mut mentions: Vec<String> = Vec::new();
        for id in ids.iter().flat_map(|ids| ids.split('.')) {
            let mention = mention(id)?;
            if !mentions.contains(&mention) {
                mentions.push(mention);
            }
        }
        let text = params
            .message_template
            .replace("$mentions", &mentions.join(" "));
        case.add_blocks(vec![Block::markdown(text)]).await;
        Ok(())
    }
}

/// A label of the object or alert, or else an annotation; what an alert says itself counts first.
async fn said(case: &mut Case<'_>, name: &str) -> Option<String> {
    let subject = case.subject().await;
    let own = |members: &Object| {
        members
            .get(name)
            .filter(|value| !value.is_null())
            .map(shown)
    };
    if let Some(alert) = case.event.alert() {
        return own(&alert.labels)
            .or_else(|| own(&alert.annotations))
            .or_else(|| own(&subject.labels))
            .or_else(|| own(&subject.annotations));
    }
    let object = case.resource().await?;
    let members = |pointer: &str| {
        object
            .pointer(pointer)
            .and_then(Json::as_object)
            .and_then(own)
    };
    members("/metadata/labels").or_else(|| members("/metadata/annotations"))
}

fn mention(id: &str) -> Result<String, Failure> {
    match id.chars().next() {
        Some('U') => Ok(format!("<@{id}>")),
        Some('S') => Ok(format!("<!subteam^{id}>")),
        _ => {
            let text = format!("{}: unknown mention format: {id}", Code::Unexpected);
            Err(Failure::new(Code::Unexpected, text))
        }
    }
}
