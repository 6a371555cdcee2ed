//! `datadog_sink`: events of Datadog.

use serde_json::json;
use squall_model::finding::{Block, Enrichment, Finding, Severity, SubjectKind, Table};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, blocks, markdown, plain, table};

/// An account.
pub(crate) struct Datadog {
    api_key: String,
}

/// What Datadog takes of a title, of a text and of a key.
const MOST_OF_TITLE: usize = 100;
const MOST_OF_TEXT: usize = 4000;
const MOST_OF_KEY: usize = 100;

const RULE: &str = "------------------";

impl Kind for Datadog {
    const KIND: &'static str = "datadog_sink";
    const ABOUT: &'static str = "events of Datadog";
    const EXAMPLE: &'static str = r#"{"api_key": "key"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            api_key: given.needed("api_key")?,
        })
    }
}

impl Requests for Datadog {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let finding = told.finding;
        let texts: Vec<String> = finding.enrichments.iter().map(text).collect();
        let event = json!({
            "aggregation_key": markdown::cut(&finding.aggregation_key, MOST_OF_KEY),
            "alert_type": if finding.severity == Severity::High { "error" } else { "info" },
            "date_happened": told.now.micros().div_euclid(1_000_000),
            "source_type_name": "Squall",
            "host": host(finding),
            "tags": [format!("cluster:{}", told.site.cluster_name)],
            "text": markdown::cut(&texts.join("---\n"), MOST_OF_TEXT),
            "title": plain::headline(finding, MOST_OF_TITLE),
        });
        let request = Request::new("POST", "https://api.datadoghq.com/api/v1/events")
            .header("DD-API-KEY", &self.api_key)
            .header("Idempotency-Key", told.key);
        vec![request.body("application/json", event.to_string())]
    }
}

fn host(finding: &Finding) -> String {
    let subject = &finding.subject;
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "None".to_owned());
    let kind = subject.kind.map_or("None", SubjectKind::as_str);
    format!(
        "{}/{kind}/{}",
        or_none(&subject.namespace),
        or_none(&subject.name)
    )
}

fn text(enrichment: &Enrichment) -> String {
    let parts = enrichment.blocks.iter().map(|block| part(&block.shown()));
    parts
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

fn part(block: &Block) -> String {
    let as_markdown = |text: &str| format!("%%%\n{text}\n%%%");
    match block {
        Block::Markdown(text) if text.text.is_empty() => String::new(),
        Block::Markdown(text) => as_markdown(&text.text),
        Block::Divider(_) => "-------------------".to_owned(),
        Block::Json(json) => json.json_str.clone(),
        Block::KubernetesDiff(diff) => blocks::diff_lines_by_path(diff, "*").join("\n"),
        Block::Header(header) => format!("{}\n{RULE}", header.text),
        Block::List(list) => list.items.join("\n"),
        Block::File(file) if file.filename.ends_with(".txt") => {
            let contents = String::from_utf8_lossy(&file.contents);
            format!("{}\n{RULE}\n{contents}\n{RULE}", file.filename)
        }
        other => other
            .as_table()
            .map(|table| named(table, as_markdown))
            .unwrap_or_default(),
    }
}

fn named(table: &Table, as_markdown: impl Fn(&str) -> String) -> String {
    let text = table::plain_for_message(table);
    if table.table_name.is_empty() {
        text
    } else {
        format!("{}\n{text}", as_markdown(&table.table_name))
    }
}
