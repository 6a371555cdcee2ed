//! `ms_teams_sink`: Adaptive Cards in a channel of Microsoft Teams, by an incoming webhook or a workflow.

mod card;
mod files;
mod overrides;

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Error, Fault, Later, Message, Sink, Site, Told, blocks, error, scan};
use card::{Card, text_block};

/// A channel of Teams.
pub(crate) struct MsTeams {
    webhook_url: String,
    webhook_override: Option<String>,
    send_files: Option<bool>,
}

impl Kind for MsTeams {
    const KIND: &'static str = "ms_teams_sink";
    const ABOUT: &'static str = "cards in a channel of Microsoft Teams";
    const EXAMPLE: &'static str =
        r#"{"webhook_url": "https://example.webhook.office.com/webhook"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            webhook_url: given.url("webhook_url")?,
            webhook_override: overrides::read(given)?,
            send_files: given.optional_flag("send_files")?,
        })
    }
}

impl Sink for MsTeams {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        vec![Message::Http(self.request(told))]
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let answer = error::send(http, self.request(told)).await?;
            let said = String::from_utf8_lossy(&answer.body);
            // Connectors answer 200 to what they did not take, and say so in words.
            if said.to_lowercase().contains("error") {
                let message: String = said.chars().take(300).collect();
                if said.contains("429") {
                    return Err(Error::Busy {
                        message,
                        retry_after: None,
                    });
                }
                return Err(Error::refused(message));
            }
            Ok(Json::Null)
        })
    }
}

impl MsTeams {
    fn request(&self, told: Told<'_>) -> Request {
        let annotations = &told.finding.subject.annotations;
        let url = overrides::fill(
            self.webhook_override.as_deref(),
            &self.webhook_url,
            annotations,
        );
        // Workflows take 28 KB, files included.
        let is_workflow = url.contains(".api.powerplatform.com") || url.contains("/powerautomate/");
        let send_files = self.send_files.unwrap_or(!is_workflow);
        let card = card(told.finding, told.site, send_files).into_json();
        Request::new("POST", url)
            .header("Idempotency-Key", told.key)
            .body("application/json", card.to_string())
    }
}

/// The address that a finding with these annotations goes to.
#[cfg(test)]
pub(crate) fn overridden(
    given: Parameters<'_>,
    otherwise: &str,
    annotations: &squall_model::Object,
) -> Result<String, Fault> {
    let template = overrides::read(given)?;
    Ok(overrides::fill(template.as_deref(), otherwise, annotations))
}

fn card(finding: &Finding, site: &Site, send_files: bool) -> Card {
    let mut card = Card::default();
    card.head(finding, &site.cluster_name);
    for enrichment in &finding.enrichments {
        let mut section = Vec::new();
        let mut attached = Vec::new();
        for block in &enrichment.blocks {
            let block = block.shown();
            match scan::as_file(&block).or_else(|| block.as_file().cloned()) {
                Some(file) => attached.push(file),
                None => show(&block, &mut section),
            }
        }
        if send_files {
            attach(&mut card, &mut section, &attached);
        }
        card.section(section);
    }
    card
}

fn attach(card: &mut Card, section: &mut Vec<Json>, attached: &[File]) {
    let mut texts = Vec::new();
    let elements = files::elements(attached, card.files(), &mut texts);
    if !elements.is_empty() {
        separate(section);
    }
    card.wait_for(texts);
    section.extend(elements);
}

/// What Teams shows of a block; nothing of those it has no form for.
fn show(block: &Block, section: &mut Vec<Json>) {
    match block {
        Block::Markdown(text) if text.text.is_empty() => {}
        Block::Markdown(text) => section.push(text_block(&text.text, "medium")),
        Block::Divider(_) => section.push(text_block("\n\n", "medium")),
        Block::Header(header) => section.push(text_block(&format!("{}\n\n", header.text), "large")),
        Block::List(list) => items(&list.items, section),
        Block::KubernetesDiff(diff) => items(&blocks::diff_lines(diff, "->"), section),
        other => {
            let Some(table) = other.as_table() else {
                return;
            };
            if !table.table_name.is_empty() {
                section.push(text_block(&table.table_name, "medium"));
            }
            section.push(card::table(table));
        }
    }
}

fn items(items: &[String], section: &mut Vec<Json>) {
    separate(section);
    section.extend(
        items
            .iter()
            .map(|item| text_block(&format!("\n- {item}\n"), "medium")),
    );
}

/// A line between what a section has so far and what follows.
fn separate(section: &mut Vec<Json>) {
    if section.is_empty() {
        return;
    }
    let space = text_block(" ", "small");
    let line = text_block(&"_".repeat(30), "small");
    let line = blocks::with(line, "horizontalAlignment", json!("center"));
    section.extend([space.clone(), line, space.clone(), space]);
}
