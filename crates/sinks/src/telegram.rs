//! `telegram_sink`: messages of a bot of Telegram. Tables and files follow as documents.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, Severity};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, blocks, markdown, plain, scan, table};

/// A bot, and where it writes.
pub(crate) struct Telegram {
    token: String,
    chat: Json,
    thread: Option<usize>,
    send_files: bool,
    send_svg: bool,
}

/// What Telegram takes of a message.
const MOST_OF_TEXT: usize = 4096;

impl Kind for Telegram {
    const KIND: &'static str = "telegram_sink";
    const ABOUT: &'static str = "messages of a bot of Telegram";
    const EXAMPLE: &'static str = r#"{"bot_token": "1:token", "chat_id": -100}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let chat = given.needed("chat_id")?;
        let thread = given.text("thread_id")?;
        Ok(Self {
            token: given.needed("bot_token")?,
            chat: chat.parse::<i64>().map_or(json!(chat), |id| json!(id)),
            thread: thread.map(|_| given.whole("thread_id", 0)).transpose()?,
            send_files: given.flag("send_files", true)?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Requests for Telegram {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let message = json!({
            "chat_id": self.chat,
            "message_thread_id": self.thread,
            "disable_web_page_preview": true,
            "parse_mode": "Markdown",
            "text": text(told),
        });
        let request = self.call("sendMessage").header("Idempotency-Key", told.key);
        let mut requests = vec![request.body("application/json", message.to_string())];
        if self.send_files {
            let mut files = files(told.finding);
            if !self.send_svg {
                blocks::leave_out_drawn_twice(&mut files);
            }
            requests.extend(
                files
                    .iter()
                    .map(|file| self.file(file).header("Idempotency-Key", told.key)),
            );
        }
        requests
    }
}

impl Telegram {
    fn call(&self, method: &str) -> Request {
        Request::new(
            "POST",
            format!("https://api.telegram.org/bot{}/{method}", self.token),
        )
    }

    fn file(&self, file: &File) -> Request {
        let name = file.filename.to_lowercase();
        let is_photo = name.ends_with(".png") || name.ends_with(".jpg");
        let (method, field) = if is_photo {
            ("sendPhoto", "photo")
        } else {
            ("sendDocument", "document")
        };
        let chat = self
            .chat
            .as_str()
            .map_or_else(|| self.chat.to_string(), str::to_owned);
        let mut texts = vec![("chat_id", chat)];
        texts.extend(
            self.thread
                .map(|thread| ("message_thread_id", thread.to_string())),
        );
        let form = Form {
            texts,
            files: vec![(field.to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call(method))
    }
}

fn text(told: Told<'_>) -> String {
    let finding = told.finding;
    let mut text = title(finding);
    let links = finding
        .links
        .iter()
        .map(|link| format!("[{}]({})", link.shown(), link.url));
    let links: Vec<String> = links.collect();
    let source = format!("**Source:** `{}`\n", told.site.cluster_name);
    let description = finding.description.as_deref().map(in_markdown);
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let parts = [links.join(" "), source].into_iter().chain(description);
    for part in parts.chain(blocks.map(|block| shown(&block.shown()))) {
        if part.is_empty() {
            continue;
        }
        // Only whole parts: Telegram refuses Markdown that is not closed.
        if text.chars().count() + part.chars().count() + 1 >= MOST_OF_TEXT {
            break;
        }
        text.extend([&part, "\n"]);
    }
    text
}

fn title(finding: &Finding) -> String {
    let status = match (finding.add_silence_url, finding.is_resolved()) {
        (false, _) => "",
        (true, false) => "🔥 firing - ",
        (true, true) => "✅ resolved - ",
    };
    let dot = match finding.severity {
        Severity::High => "🔴",
        Severity::Low => "🟡",
        Severity::Info => "🟢",
        Severity::Debug => "🔵",
    };
    let title = markdown::cut(plain::title(finding), 1000);
    format!(
        "{status}{dot} {} - *{title}*\n\n",
        finding.severity.as_str()
    )
}

fn in_markdown(text: &str) -> String {
    let text = markdown::with_links(text, |url, name| format!("[{name}]({url})"));
    markdown::between_asterisks(&text, "**", "**")
}

fn shown(block: &Block) -> String {
    match block {
        Block::Markdown(text) => in_markdown(&text.text),
        Block::Divider(_) => "-------------------".to_owned(),
        Block::Json(json) => json.json_str.clone(),
        Block::KubernetesDiff(diff) => blocks::diff_lines_by_path(diff, "**").join("\n"),
        Block::Header(header) => format!("**{}**", header.text),
        Block::List(list) => in_markdown(&list.to_markdown().text),
        _ => String::new(),
    }
}

fn files(finding: &Finding) -> Vec<File> {
    let mut files = Vec::new();
    for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
        let block = block.shown();
        let table = || block.as_table().map(table::as_file);
        let file = scan::as_file(&block)
            .or_else(|| block.as_file().cloned())
            .or_else(table);
        files.extend(file.filter(|file| !file.contents.is_empty()));
    }
    files
}
