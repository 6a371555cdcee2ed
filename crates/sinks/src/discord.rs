//! `discord_sink`: embeds in a channel of Discord, by a webhook. Files follow in a message of their own.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, Markdown, Severity, Table};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, blocks, markdown, picture, plain, scan, table};

/// A channel of Discord.
pub(crate) struct Discord {
    url: String,
    send_svg: bool,
}

/// What Discord takes: characters of a message, of an embed's description, of a field's name and value and of all embeds
/// of a message, fields of an embed, files of a message.
const MOST_OF_CONTENT: usize = 2000;
const MOST_OF_DESCRIPTION: usize = 2048;
const MOST_OF_NAME: usize = 256;
const MOST_OF_VALUE: usize = 1024;
const MOST_OF_ALL: usize = 6000;
const MOST_FIELDS: usize = 25;
const MOST_FILES: usize = 10;

/// Bytes of a file, and of all files of a message.
const MOST_OF_FILE: usize = 10 * 1024 * 1024;
const MOST_OF_FILES: usize = 24 * 1024 * 1024;

/// Wider tables go into files.
const MOST_COLUMNS: usize = 4;

/// Discord takes no empty texts.
const BLANK: &str = "\u{200b}";

impl Kind for Discord {
    const KIND: &'static str = "discord_sink";
    const ABOUT: &'static str = "embeds in a channel of Discord";
    const EXAMPLE: &'static str = r#"{"url": "https://discord.com/api/webhooks/1/token"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            url: given.url("url")?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Requests for Discord {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let embeds = Embeds::of(told);
        let post = || Request::new("POST", &self.url).header("Idempotency-Key", told.key);
        let message = post().body("application/json", embeds.message(told.finding).to_string());
        let files = picture::drawn(embeds.files, self.send_svg);
        let files = plain::files_within(files, MOST_OF_FILE);
        let files = by_message(&files).into_iter().map(|files| {
            let mut parts = Vec::new();
            for (number, file) in files.into_iter().enumerate() {
                let field = format!("files[{number}]");
                parts.push((field, file.filename.as_str(), file.contents.as_slice()));
            }
            let form = Form {
                texts: vec![("payload_json", json!({"username": "Squall"}).to_string())],
                files: parts,
            };
            form.put_in(post())
        });
        std::iter::once(message).chain(files).collect()
    }
}

/// The files as they go together in one message each.
fn by_message(files: &[File]) -> Vec<Vec<&File>> {
    let mut messages: Vec<Vec<&File>> = Vec::new();
    let mut left = 0;
    for file in files {
        let size = file.contents.len();
        match messages.last_mut() {
            Some(message) if message.len() < MOST_FILES && size <= left => message.push(file),
            _ => {
                messages.push(vec![file]);
                left = MOST_OF_FILES;
            }
        }
        left = left.saturating_sub(size);
    }
    messages
}

/// What a message shows, and the files that follow it.
#[derive(Default)]
struct Embeds {
    description: Option<String>,
    heading: Option<String>,
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

impl Embeds {
    fn of(told: Told<'_>) -> Self {
        let finding = told.finding;
        let mut embeds = Self::default();
        let links = finding
            .links
            .iter()
            .map(|link| format!("[{}]({})", link.shown(), link.url));
        let links: Vec<String> = links.collect();
        if !links.is_empty() {
            embeds.description = Some(markdown::cut(&links.join(" "), MOST_OF_DESCRIPTION));
        }
        embeds.field("Source", &format!("`{}`", told.site.cluster_name));
        if let Some(description) = finding
            .description
            .as_deref()
            .filter(|text| !text.is_empty())
        {
            embeds.field("Description", description);
        }
        for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
            embeds.add(&block.shown());
        }
        embeds
    }

    fn add(&mut self, block: &Block) {
        if let Some(file) = scan::as_file(block).or_else(|| block.as_file().cloned()) {
            self.files
                .extend(Some(file).filter(|file| !file.contents.is_empty()));
            return;
        }
        match block {
            Block::Markdown(text) => self.text(text),
            Block::Header(header) if self.heading.is_none() => {
                self.heading = Some(header.text.clone());
            }
            Block::Header(header) => self.field(BLANK, &format!("**{}**", header.text)),
            Block::List(list) => self.text(&list.to_markdown()),
            Block::KubernetesDiff(diff) => {
                for line in blocks::diff_lines(diff, ":arrow_right:") {
                    self.text(&Markdown::new(format!("* {line}")));
                }
            }
            other => {
                if let Some(table) = other.as_table() {
                    self.table(table);
                }
            }
        }
    }

    /// A text; what is bold at its beginning is its name.
    fn text(&mut self, block: &Markdown) {
        let text = block.text.as_str();
        if text.is_empty() {
            return;
        }
        let first = text.split('\n').next().unwrap_or_default();
        let end = first
            .rfind('*')
            .filter(|end| text.starts_with('*') && *end > 1);
        let (name, rest) = end.map_or((BLANK, text), |end| text.split_at(end + 1));
        let rest = markdown::with_links(rest, |url, name| format!("[{name}]({url})"));
        self.field(name, &markdown::between_asterisks(&rest, "**", "**"));
    }

    fn table(&mut self, wide: &Table) {
        let is_wide = wide.headers.len() > MOST_COLUMNS;
        if is_wide || table::plain_for_message(wide).chars().count() > MOST_OF_VALUE - 8 {
            self.files.push(table::as_file(wide));
            return;
        }
        let unnamed = Table {
            table_name: String::new(),
            ..wide.clone()
        };
        self.field(&wide.table_name, &table::fenced(&unnamed));
    }

    fn field(&mut self, name: &str, value: &str) {
        let or_blank = |text: &str| {
            if text.trim().is_empty() {
                BLANK.to_owned()
            } else {
                text.to_owned()
            }
        };
        let name = or_blank(&markdown::cut(name, MOST_OF_NAME));
        self.fields.push((
            name,
            or_blank(&markdown::cut_markdown(value, MOST_OF_VALUE)),
        ));
    }

    fn message(&self, finding: &Finding) -> Json {
        let color = if finding.is_resolved() {
            45_826
        } else {
            15_675_679
        };
        let mut embeds = Vec::new();
        let length = |text: &str| text.chars().count();
        let mut left = MOST_OF_ALL - 100;
        if let Some(description) = &self.description {
            left -= length(description);
            embeds.push(json!({"description": description, "color": color}));
        }
        let mut fields = Vec::new();
        for (name, value) in self.fields.iter().take(MOST_FIELDS - 1) {
            let weight = length(name) + length(value);
            if weight > left {
                break;
            }
            left -= weight;
            fields.push(json!({"name": name, "value": value, "inline": false}));
        }
        let omitted = self.fields.len() - fields.len();
        if omitted > 0 {
            let note = format!("{omitted} more are not shown");
            fields.push(json!({"name": BLANK, "value": note, "inline": false}));
        }
        embeds.push(json!({"fields": fields, "color": color}));
        let content = [Some(title(finding)), self.heading.clone()];
        let content: Vec<String> = content.into_iter().flatten().collect();
        json!({
            "username": "Squall",
            "content": markdown::cut(&content.join("\n"), MOST_OF_CONTENT),
            "embeds": embeds,
        })
    }
}

fn title(finding: &Finding) -> String {
    let status = if finding.is_resolved() {
        "✅ resolved"
    } else {
        "🔥 firing"
    };
    let dot = match finding.severity {
        Severity::High => ":red_circle:",
        Severity::Low => ":yellow_circle:",
        Severity::Info => ":green_circle:",
        Severity::Debug => ":blue_circle:",
    };
    let title = markdown::cut(plain::title(finding), 150);
    format!(
        "{status} - {dot} {} - **{title}**",
        finding.severity.as_str()
    )
}
