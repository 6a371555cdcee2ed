//! `telegram_sink`: messages of a bot of Telegram. Tables and files follow as documents.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{File, Finding};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{
    Error, Fault, Later, Message, Sink, Told, blocks, error, markdown, picture, plain, standard,
};

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

/// Bytes that Telegram takes of a file, and of a photo.
const MOST_OF_FILE: usize = 50_000_000;
const MOST_OF_PHOTO: usize = 10_000_000;

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

impl Sink for Telegram {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let message = self.message(told, Some("Markdown"));
        let all = std::iter::once(message).chain(self.files(told));
        all.map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let sent = error::send(http, self.message(told, Some("Markdown"))).await;
            match sent {
                // An underscore without its fellow is enough; then the text is shown as it is.
                Err(Error::Refused { message }) if message.contains("can't parse entities") => {
                    error::send(http, self.message(told, None)).await?;
                }
                sent => drop(sent?),
            }
            for file in self.files(told) {
                error::send(http, file).await?;
            }
            Ok(Json::Null)
        })
    }
}

impl Telegram {
    fn message(&self, told: Told<'_>, parse_mode: Option<&str>) -> Request {
        let mut message = json!({
            "chat_id": self.chat,
            "message_thread_id": self.thread,
            "disable_web_page_preview": true,
            "text": text(told),
        });
        if let Some(mode) = parse_mode {
            message = blocks::with(message, "parse_mode", json!(mode));
        }
        let request = self.call("sendMessage").header("Idempotency-Key", told.key);
        request.body("application/json", message.to_string())
    }

    fn files(&self, told: Told<'_>) -> Vec<Request> {
        if !self.send_files {
            return Vec::new();
        }
        let files = picture::drawn(plain::files_and_tables(told.finding), self.send_svg);
        let files = plain::files_within(files, MOST_OF_FILE);
        let request = |file| self.file(file).header("Idempotency-Key", told.key);
        files.iter().map(request).collect()
    }

    fn call(&self, method: &str) -> Request {
        Request::new(
            "POST",
            format!("https://api.telegram.org/bot{}/{method}", self.token),
        )
    }

    fn file(&self, file: &File) -> Request {
        let name = file.filename.to_lowercase();
        let is_photo = (name.ends_with(".png") || name.ends_with(".jpg"))
            && file.contents.len() <= MOST_OF_PHOTO;
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
    let description = finding.description.as_deref().map(standard::in_markdown);
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let parts = [links.join(" "), source].into_iter().chain(description);
    for part in parts.chain(blocks.map(|block| standard::shown(&block.shown()))) {
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
    let title = markdown::cut(plain::title(finding), 1000);
    format!(
        "{}{} {} - *{title}*\n\n",
        plain::status(finding),
        plain::dot(finding.severity),
        finding.severity.as_str()
    )
}
