//! The message that a finding becomes.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, FindingType, LinksItem, Source};

use super::layout;
use crate::blocks::with;
use crate::{Told, markdown, picture, scan, table};

/// Tables with so many columns go into files.
const COLUMNS_OF_FILES: usize = 3;

/// Characters of a message's plain text.
const MOST_OF_TEXT: usize = 3000;

/// A message, and the files that are uploaded before.
pub(super) struct Post {
    pub(super) files: Vec<File>,
    channel: String,
    title: String,
    blocks: Vec<Json>,
    attachment: Vec<Json>,
    color: &'static str,
    unfurl: bool,
    thread: Option<String>,
}

/// A file that was uploaded, or not.
pub(super) struct Upload {
    pub(super) filename: String,
    pub(super) permalink: Option<String>,
}

impl Post {
    pub(super) fn of(told: Told<'_>, channel: String, send_svg: bool) -> Self {
        let finding = told.finding;
        let thread = told
            .thread
            .and_then(|thread| thread.get("ts"))
            .and_then(Json::as_str);
        let mut post = Self {
            files: Vec::new(),
            channel,
            title: finding.title.clone(),
            blocks: Vec::new(),
            attachment: Vec::new(),
            color: if finding.is_resolved() {
                "#00B302"
            } else {
                "#EF311F"
            },
            unfurl: true,
            thread: thread.map(str::to_owned),
        };
        if finding.finding_type == FindingType::AiAnalysis {
            post.tell_analysis(finding);
            return post;
        }
        post.tell_head(told);
        post.tell_enrichments(told);
        post.files.retain(|file| !file.contents.is_empty());
        post.files = picture::drawn(post.files, send_svg);
        post
    }

    /// What `chat.postMessage` takes.
    pub(super) fn body(&self, uploads: &[Upload]) -> Json {
        let link = |upload: &Upload| {
            let permalink = upload.permalink.as_ref()?;
            Some(format!("* <{permalink} | {}>", upload.filename))
        };
        let links: Vec<String> = uploads.iter().filter_map(link).collect();
        let mut text = self.title.clone();
        if !uploads.is_empty() {
            text = format!("{text}\n{}", links.join("\n"));
        }
        if text.trim().is_empty() {
            "empty-message".clone_into(&mut text);
        }
        let failed = uploads.iter().filter(|upload| upload.permalink.is_none());
        let failed: Vec<&str> = failed.map(|upload| upload.filename.as_str()).collect();
        let mut blocks = self.blocks.clone();
        if !failed.is_empty() {
            let note = format!("_Failed to send file(s) {} to slack._", failed.join(", "));
            blocks.extend(layout::section(&note));
        }
        let mut body = json!({
            "channel": self.channel,
            "text": markdown::cut(&text, MOST_OF_TEXT),
            "blocks": layout::bounded(blocks),
            "unfurl_links": self.unfurl,
            "unfurl_media": self.unfurl,
        });
        if !self.attachment.is_empty() {
            let blocks = layout::bounded(self.attachment.clone());
            let attachment = json!([{"color": self.color, "blocks": blocks}]);
            body = with(body, "attachments", attachment);
        }
        if let Some(thread) = &self.thread {
            body = with(body, "thread_ts", json!(thread));
        }
        body
    }

    fn tell_head(&mut self, told: Told<'_>) {
        let finding = told.finding;
        if !finding.title.is_empty() {
            self.blocks.extend(layout::section(&header(finding)));
        }
        let link = |link: &squall_model::finding::Link| LinksItem {
            text: link.shown(),
            url: link.url.clone(),
        };
        let links: Vec<LinksItem> = finding.links.iter().map(link).collect();
        self.blocks.extend(layout::links(&links));
        let source = format!("*Source:* `{}`", told.site.cluster_name);
        self.blocks.extend(layout::section(&source));
        if let Some(text) = finding
            .description
            .as_deref()
            .filter(|text| !text.is_empty())
        {
            let block = Block::markdown(described(finding.source, text));
            self.blocks.extend(layout::rendered(&block, told));
        }
    }

    fn tell_enrichments(&mut self, told: Told<'_>) {
        for enrichment in &told.finding.enrichments {
            let annotation = |name: &str, otherwise| {
                enrichment
                    .annotations
                    .get(name)
                    .map_or(otherwise, is_truthy)
            };
            self.unfurl = self.unfurl && annotation("unfurl", true);
            let mut shown = Vec::new();
            for block in &enrichment.blocks {
                shown.extend(self.show(&block.shown(), told));
            }
            if annotation("attachment", false) {
                self.attachment.extend(shown);
            } else {
                self.blocks.extend(shown);
            }
        }
        self.blocks
            .extend(layout::rendered(&Block::divider(), told));
        if !self.attachment.is_empty() {
            self.attachment
                .extend(layout::rendered(&Block::divider(), told));
        }
    }

    /// The block in Slack's form. Files, and tables that are too wide, are put aside.
    fn show(&mut self, block: &Block, told: Told<'_>) -> Vec<Json> {
        if let Some(file) = scan::as_file(block) {
            self.files.push(file);
            return Vec::new();
        }
        if let Some(file) = block.as_file() {
            self.files.push(file.clone());
            return Vec::new();
        }
        if let Some(wide) = block
            .as_table()
            .filter(|table| table.headers.len() >= COLUMNS_OF_FILES)
        {
            self.files.push(table::as_file(wide));
            return Vec::new();
        }
        layout::rendered(block, told)
    }

    fn tell_analysis(&mut self, finding: &Finding) {
        self.color = "#c852ff";
        self.unfurl = false;
        let enrichments = finding.enrichments.iter();
        let mut blocks = enrichments.flat_map(|enrichment| &enrichment.blocks);
        let analysis = blocks.find_map(|block| match &*block.shown() {
            Block::Holmes(holmes) => {
                Some(holmes.holmes_result.get("analysis")?.as_str()?.to_owned())
            }
            _ => None,
        });
        let text = analysis.unwrap_or_default();
        self.attachment = layout::section(&format!(":robot_face: {text}"));
    }
}

/// Python's truth.
fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => false,
        Json::String(text) => !text.is_empty(),
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
        Json::Bool(true) => true,
    }
}

fn header(finding: &Finding) -> String {
    let title = finding
        .title
        .strip_prefix("[RESOLVED] ")
        .unwrap_or(&finding.title);
    let (title, mentions) = markdown::without_mentions(title);
    let status = match finding.source {
        Some(Source::Prometheus) if finding.is_resolved() => "✅ *Prometheus resolved*",
        Some(Source::Prometheus) => "🔥 `Prometheus Alert Firing` 🔥",
        Some(Source::KubernetesApiServer) => "👀 *K8s event detected*",
        _ => "👀 *Notification*",
    };
    let severity = finding.severity;
    format!(
        "{status} {} *{}*\n{title}{mentions}",
        severity.emoji(),
        severity.capitalized()
    )
}

/// A description, with what it describes.
pub(crate) fn described(source: Option<Source>, description: &str) -> String {
    let what = match source {
        Some(Source::Prometheus) => "🚨 *Alert:*",
        Some(Source::KubernetesApiServer) => "👀 *K8s event detected:*",
        _ => "👀 *Notification:*",
    };
    format!("{what} {description}")
}
