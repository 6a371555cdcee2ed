//! `zulip_sink`: messages in a stream of Zulip. Files are uploaded before, the end of a log stands in the message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, Source, Table};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::channel::{self, Filling};
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::slack::escaped;
use crate::{
    Error, Fault, Later, Message, Sink, Told, blocks, error, markdown, picture, plain, python, scan,
};

/// A stream of an organisation.
pub(crate) struct Zulip {
    url: String,
    login: String,
    stream: String,
    topic: String,
    topic_override: Option<String>,
    most_of_log: usize,
    send_svg: bool,
}

/// What Zulip takes unless a server was told otherwise: characters of a message and of a topic, bytes of a file.
const MOST_OF_TEXT: usize = 10_000;
const MOST_OF_TOPIC: usize = 60;
const MOST_OF_FILE: usize = 25_000_000;

impl Kind for Zulip {
    const KIND: &'static str = "zulip_sink";
    const ABOUT: &'static str = "messages in a stream of Zulip";
    const EXAMPLE: &'static str = r#"{"api_url": "https://example.zulipchat.com", "bot_email": "bot@example.com", "bot_api_key": "key"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let or = |key: &str, otherwise: &str| -> Result<String, Fault> {
            Ok(given.text(key)?.unwrap_or_else(|| otherwise.to_owned()))
        };
        let login = format!(
            "{}:{}",
            given.needed("bot_email")?,
            given.needed("bot_api_key")?
        );
        Ok(Self {
            url: given.url("api_url")?.trim_end_matches('/').to_owned(),
            login: format!("Basic {}", STANDARD.encode(login)),
            stream: or("stream_name", "Monitoring")?,
            topic: or("topic_name", "Robusta")?,
            topic_override: channel::read(given, "topic_override")?,
            most_of_log: given.whole("log_preview_char_limit", 500)?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for Zulip {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let files = self.uploads(told.finding);
        let mut requests: Vec<Request> = files.iter().map(|file| self.upload(file)).collect();
        let link = |file: &File| format!("{{url of {}}}", file.filename);
        let links: Vec<String> = files.iter().map(link).collect();
        requests.push(self.message(told, &files, &links));
        requests.into_iter().map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let files = self.uploads(told.finding);
            let mut links = Vec::new();
            for file in &files {
                let answer = error::ask(http, self.upload(file)).await?;
                let path = error::text(&answer, "/uri").or_else(|_| error::text(&answer, "/url"));
                links.push(format!("{}{}", self.url, path?));
            }
            error::send(http, self.message(told, &files, &links)).await?;
            Ok(Json::Null)
        })
    }
}

impl Zulip {
    fn call(&self, path: &str) -> Request {
        Request::new("POST", format!("{}/api/v1/{path}", self.url))
            .header("Authorization", &self.login)
    }

    /// Files that are not shown in the message itself.
    fn uploads(&self, finding: &Finding) -> Vec<File> {
        let mut files = picture::drawn(plain::files(finding), self.send_svg);
        files.retain(|file| !self.is_preview(file));
        plain::files_within(files, MOST_OF_FILE)
    }

    fn is_preview(&self, file: &File) -> bool {
        file.is_text() && self.most_of_log > 0
    }

    fn upload(&self, file: &File) -> Request {
        let form = Form {
            texts: Vec::new(),
            files: vec![("filename".to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call("user_uploads"))
    }

    fn message(&self, told: Told<'_>, files: &[File], links: &[String]) -> Request {
        let uploaded = files.iter().zip(links);
        let uploaded = uploaded.map(|(file, link)| format!("[{}]({link})", file.filename));
        let parts = self.parts(told).into_iter().chain(uploaded);
        let mut text = String::new();
        let mut left = MOST_OF_TEXT;
        for part in parts.filter(|part| !part.is_empty()) {
            let length = part.chars().count() + 2;
            if length <= left {
                left -= length;
                text.extend([&part, "\n\n"]);
            }
        }
        let form = [
            ("type", "stream"),
            ("to", &self.stream),
            ("topic", &self.topic(told)),
            ("content", &text),
        ];
        let form = form.map(|(name, value)| format!("{name}={}", escaped(value)));
        let request = self.call("messages").header("Idempotency-Key", told.key);
        request.body("application/x-www-form-urlencoded", form.join("&"))
    }

    fn topic(&self, told: Told<'_>) -> String {
        let subject = &told.finding.subject;
        let filling = Filling {
            cluster_name: &told.site.cluster_name,
            labels: &subject.labels,
            annotations: &subject.annotations,
        };
        let topic = channel::fill(self.topic_override.as_deref(), &self.topic, filling);
        markdown::cut(&topic, MOST_OF_TOPIC)
    }

    fn parts(&self, told: Told<'_>) -> Vec<String> {
        let finding = told.finding;
        let mut parts = vec![header(finding)];
        let link = |link: &squall_model::finding::Link| format!("🎬 [{}]({})", link.name, link.url);
        parts.extend(finding.links.iter().map(link));
        parts.push(format!("**Source:** `{}`", told.site.cluster_name));
        let description = finding.description.as_deref();
        parts.extend(description.map(|text| markdown::cut_markdown(text, MOST_OF_TEXT / 2)));
        for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
            parts.extend(self.shown(&block.shown()));
        }
        parts
    }

    fn shown(&self, block: &Block) -> Vec<String> {
        if let Some(file) = scan::as_file(block).or_else(|| block.as_file().cloned()) {
            let is_shown = self.is_preview(&file) && !file.contents.is_empty();
            return is_shown.then(|| self.preview(&file)).into_iter().collect();
        }
        match block {
            Block::Markdown(text) if text.text.is_empty() => Vec::new(),
            Block::Markdown(text) => vec![fenced("md", &text.text)],
            Block::Json(json) => vec![fenced("json", &json.json_str)],
            Block::List(list) => vec![list.to_markdown().text],
            Block::Header(header) => vec![format!("**{}**", header.text)],
            Block::KubernetesDiff(diff) => {
                let line = |one: &squall_model::finding::Difference| {
                    let path: Vec<String> = one.path.iter().map(python::text).collect();
                    let (was, is) = (python::text(&one.other_value), python::text(&one.value));
                    format!("**{}**: {was} ➡️ {is}", path.join("."))
                };
                diff.diffs.iter().map(line).collect()
            }
            Block::Links(block) => {
                let links = block.links.iter();
                links
                    .map(|link| format!("[{}]({})", link.text, link.url))
                    .collect()
            }
            other => other.as_table().map(table).into_iter().collect(),
        }
    }

    fn preview(&self, file: &File) -> String {
        let end = blocks::truncated(file, self.most_of_log.min(MOST_OF_TEXT / 2));
        format!(
            "📜 Logs:\n{}",
            fenced("text", &String::from_utf8_lossy(&end))
        )
    }
}

fn fenced(kind: &str, text: &str) -> String {
    format!("```{kind}\n{text}\n```")
}

fn header(finding: &Finding) -> String {
    let status = match finding.source {
        Some(Source::Prometheus) if finding.is_resolved() => "✅ *Prometheus resolved*",
        Some(Source::Prometheus) => "🔥 `Prometheus Alert Firing` 🔥",
        Some(Source::KubernetesApiServer) => "👀 *K8s event detected*",
        _ => "👀 *Notification*",
    };
    let severity = finding.severity;
    let title = markdown::cut(plain::title(finding), 1000);
    format!(
        "{status} {} **{}**\n{title}",
        severity.emoji(),
        severity.capitalized()
    )
}

/// A table as Zulip shows it.
fn table(table: &Table) -> String {
    let line = |cells: &[String]| {
        let cells = cells
            .iter()
            .map(|cell| cell.replace('|', "\\|").replace('\n', " "));
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    let columns = table.headers.len().max(1);
    let rule = format!("|{}", ":---|".repeat(columns));
    let rows = table.rows.iter().map(|row| line(row));
    let name = Some(table.table_name.clone()).filter(|name| !name.is_empty());
    let name = name.map(|name| format!("{name}\n")).into_iter();
    let head = [line(&table.headers), rule].into_iter();
    name.chain(head).chain(rows).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stay_tables() {
        let shown = table(&Table::new(
            &["a", "b"],
            vec![vec!["1|2".to_owned(), "x\ny".to_owned()]],
        ));
        assert_eq!(shown, "| a | b |\n|:---|:---|\n| 1\\|2 | x y |");
    }
}
