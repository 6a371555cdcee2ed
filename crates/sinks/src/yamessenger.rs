//! `yamessenger_sink`: messages of a bot of Yandex Messenger. Tables and files follow.

use serde_json::json;
use squall_model::finding::{File, Finding};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, blocks, markdown, picture, plain, standard};

/// A bot, and where it writes.
pub(crate) struct YaMessenger {
    token: String,
    /// `login` or `chat_id`, and its value.
    receiver: (&'static str, String),
    is_silent: bool,
    is_without_preview: bool,
    is_important: bool,
    send_files: bool,
    send_svg: bool,
}

const API: &str = "https://botapi.messenger.yandex.net/bot/v1/messages";

/// What Yandex takes: characters of a text, bytes of a file.
const MOST_OF_TEXT: usize = 4096;
const MOST_OF_FILE: usize = 60_000_000;

impl Kind for YaMessenger {
    const KIND: &'static str = "yamessenger_sink";
    const ABOUT: &'static str = "messages of a bot of Yandex Messenger";
    const EXAMPLE: &'static str = r#"{"bot_token": "token", "chat_id": "0/0/chat"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let named = |key: &'static str| -> Result<_, Fault> {
            let value = given.text(key)?.filter(|value| !value.is_empty());
            Ok(value.map(|value| (key, value)))
        };
        let receiver = match named("user_name")? {
            Some((_, user)) => Some(("login", user)),
            None => named("chat_id")?,
        };
        Ok(Self {
            token: given.needed("bot_token")?,
            receiver: receiver.ok_or_else(|| {
                Fault::new(
                    "chat_id",
                    "is missing, and so is `user_name`",
                    "one of both",
                )
            })?,
            is_silent: given.flag("disable_notifications", false)?,
            is_without_preview: given.flag("disable_links_preview", true)?,
            is_important: given.flag("mark_important", false)?,
            send_files: given.flag("send_files", true)?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Requests for YaMessenger {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let (receiver, value) = &self.receiver;
        // Yandex takes each `payload_id` once, so what is sent again is not shown again.
        let message = json!({
            "disable_notification": self.is_silent,
            "disable_preview": self.is_without_preview,
            "important": self.is_important,
            "payload_id": told.key,
            "text": text(told),
        });
        let message = blocks::with(message, receiver, json!(value));
        let request = self.call("sendText", told.key);
        let mut requests = vec![request.body("application/json", message.to_string())];
        if self.send_files {
            let files = picture::drawn(plain::files_and_tables(told.finding), self.send_svg);
            let files = plain::files_within(files, MOST_OF_FILE);
            requests.extend(files.iter().map(|file| self.file(file, told.key)));
        }
        requests
    }
}

impl YaMessenger {
    fn call(&self, method: &str, key: &str) -> Request {
        Request::new("POST", format!("{API}/{method}/"))
            .header("Authorization", format!("OAuth {}", self.token))
            .header("Idempotency-Key", key)
    }

    fn file(&self, file: &File, key: &str) -> Request {
        let name = file.filename.to_lowercase();
        let is_picture = name.ends_with(".png") || name.ends_with(".jpg");
        let (method, field) = if is_picture {
            ("sendImage", "image")
        } else {
            ("sendFile", "document")
        };
        let (receiver, value) = &self.receiver;
        let form = Form {
            texts: vec![(receiver, value.clone())],
            files: vec![(field.to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call(method, key))
    }
}

fn text(told: Told<'_>) -> String {
    let finding = told.finding;
    let links = finding
        .links
        .iter()
        .map(|link| format!("[{}]({})", link.shown(), link.url));
    let source = standard::in_markdown(&format!("*Source:* `{}`\n\n", told.site.cluster_name));
    let description = finding.description.as_deref().map(standard::in_markdown);
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let links = links.collect::<String>();
    let parts = [links + "\n", source];
    let parts = parts.into_iter().chain(description);
    let parts = parts.chain(blocks.map(|block| standard::shown(&block.shown())));
    standard::with_parts(title(finding), parts, MOST_OF_TEXT)
}

fn title(finding: &Finding) -> String {
    let title = markdown::cut(plain::title(finding), 1000);
    format!(
        "{}{} {} - **{title}**\n\n",
        plain::status(finding),
        plain::dot(finding.severity),
        finding.severity.as_str()
    )
}
