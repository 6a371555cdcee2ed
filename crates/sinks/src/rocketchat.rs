//! `rocketchat_sink`: messages in a channel of Rocket.Chat. Files follow in the message's thread.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, LinksItem, Markdown};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::slack::{described, escaped, layout};
use crate::{
    Error, Fault, Later, Message, Sink, Told, blocks, error, markdown, picture, plain, table,
};

/// A user, and the channel it writes in.
pub(crate) struct RocketChat {
    url: String,
    token: String,
    user: String,
    channel: String,
    send_svg: bool,
}

/// What Rocket.Chat takes: characters of a text, bytes of a file.
const MOST_OF_TEXT: usize = 3000;
const MOST_OF_FILE: usize = 100_000_000;

/// Tables with so many columns go into files.
const COLUMNS_OF_FILES: usize = 3;

impl Kind for RocketChat {
    const KIND: &'static str = "rocketchat_sink";
    const ABOUT: &'static str = "messages in a channel of Rocket.Chat";
    const EXAMPLE: &'static str = r#"{"channel": "alerts", "token": "token", "user_id": "user", "server_url": "https://rocketchat.example.com"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            url: given.url("server_url")?.trim_end_matches('/').to_owned(),
            token: given.needed("token")?,
            user: given.needed("user_id")?,
            channel: given.needed("channel")?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for RocketChat {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let room = format!("{{id of {}}}", self.channel);
        let (message, files) = self.message(told, &room);
        let thread = "{id of the message}";
        let mut requests = vec![message];
        for file in &files {
            let id = format!("{{id of {}}}", file.filename);
            requests.push(self.upload(&room, file));
            requests.push(self.confirm(&room, &id, thread));
        }
        requests.into_iter().map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let name = escaped(self.channel.trim_start_matches('#'));
            let asked = self.call("GET", &format!("rooms.info?roomName={name}"));
            let room = error::text(&error::ask(http, asked).await?, "/room/_id")?;
            let (message, files) = self.message(told, &room);
            let thread = error::text(&error::ask(http, message).await?, "/message/_id")?;
            for file in &files {
                // The message is there: to try again would tell it twice.
                if let Err(fault) = self.hand_over(http, (&room, &thread), file).await {
                    tracing::warn!(file = file.filename, %fault, "Rocket.Chat does not take a file");
                }
            }
            Ok(Json::Null)
        })
    }
}

impl RocketChat {
    fn call(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/api/v1/{path}", self.url))
            .header("X-Auth-Token", &self.token)
            .header("X-User-Id", &self.user)
    }

    async fn hand_over(
        &self,
        http: &dyn Http,
        (room, thread): (&str, &str),
        file: &File,
    ) -> Result<(), Error> {
        let answer = error::ask(http, self.upload(room, file)).await?;
        let id = error::text(&answer, "/file/_id")?;
        error::send(http, self.confirm(room, &id, thread)).await?;
        Ok(())
    }

    fn upload(&self, room: &str, file: &File) -> Request {
        let form = Form {
            texts: Vec::new(),
            files: vec![("file".to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call("POST", &format!("rooms.media/{room}")))
    }

    fn confirm(&self, room: &str, file: &str, thread: &str) -> Request {
        let request = self.call("POST", &format!("rooms.mediaConfirm/{room}/{file}"));
        request.body("application/json", json!({"tmid": thread}).to_string())
    }

    fn message(&self, told: Told<'_>, room: &str) -> (Request, Vec<File>) {
        let finding = told.finding;
        let mut shown = Shown::default();
        shown.blocks.extend(layout::section(&header(finding)));
        let link = |link: &squall_model::finding::Link| LinksItem {
            text: link.shown(),
            url: link.url.clone(),
        };
        let links: Vec<LinksItem> = finding.links.iter().map(link).collect();
        shown.blocks.extend(layout::links(&links));
        let source = format!("*Source:* `{}`", told.site.cluster_name);
        shown.blocks.extend(layout::section(&source));
        let description = finding.description.as_deref();
        if let Some(text) = description.filter(|text| !text.is_empty()) {
            let text = Markdown::new(described(finding.source, text)).text;
            shown.blocks.extend(layout::section(&text));
        }
        shown.tell_enrichments(told);
        let files = picture::drawn(shown.files, self.send_svg);
        let files = plain::files_within(files, MOST_OF_FILE);
        if !files.is_empty() {
            let note = "**You can find the attached files in the thread of this message.**";
            shown.attachments.push(json!({"text": note}));
        }
        let message = json!({"message": {
            "bot": true,
            "rid": room,
            "blocks": layout::bounded(shown.blocks),
            "attachments": shown.attachments,
        }});
        let request = self.call("POST", "chat.sendMessage");
        let request = request.header("Idempotency-Key", told.key);
        (request.body("application/json", message.to_string()), files)
    }
}

/// What a message shows, and the files that follow it.
#[derive(Default)]
struct Shown {
    blocks: Vec<Json>,
    attachments: Vec<Json>,
    files: Vec<File>,
}

impl Shown {
    fn tell_enrichments(&mut self, told: Told<'_>) {
        let color = if told.finding.is_resolved() {
            "#00B302"
        } else {
            "#EF311F"
        };
        self.files = plain::files(told.finding);
        for enrichment in &told.finding.enrichments {
            let attachment = enrichment.annotations.get("attachment");
            let is_attached = attachment.is_some_and(|value| value == &json!(true));
            for block in &enrichment.blocks {
                let block = block.shown();
                let wide = block
                    .as_table()
                    .filter(|table| table.headers.len() >= COLUMNS_OF_FILES);
                self.files.extend(wide.map(table::as_file));
                if wide.is_some() {
                    continue;
                }
                if !is_attached {
                    self.blocks.extend(rendered(&block, told));
                } else if let Some(text) = text(&block) {
                    self.attachments.push(json!({"color": color, "text": text}));
                }
            }
        }
        self.blocks.push(json!({"type": "divider"}));
    }
}

/// What Rocket.Chat shows of a block: much like Slack, but without buttons that run something.
fn rendered(block: &Block, told: Told<'_>) -> Vec<Json> {
    match block {
        Block::Callback(_) => Vec::new(),
        other => match other.as_table() {
            Some(_) => text(other).map_or_else(Vec::new, |text| layout::section(&text)),
            None => layout::rendered(other, told),
        },
    }
}

fn text(block: &Block) -> Option<String> {
    let text = match block {
        Block::Markdown(text) => text.text.clone(),
        Block::Header(header) => markdown::cut(&header.text, 150),
        Block::List(list) => list.to_markdown().text,
        Block::KubernetesDiff(diff) => {
            let lines = blocks::diff_lines(diff, ":arrow_right:");
            let lines: Vec<String> = lines.iter().map(|line| format!("* {line}")).collect();
            lines.join("\n")
        }
        other => {
            let table = other.as_table()?;
            if table.headers.len() == 2 {
                format!(
                    "{} \n\n{}",
                    table.table_name,
                    layout::pairs(table, "\n\n\n")
                )
            } else {
                table::fenced(table)
            }
        }
    };
    (!text.trim().is_empty()).then(|| markdown::cut_markdown(&text, MOST_OF_TEXT))
}

fn header(finding: &Finding) -> String {
    let status = match (finding.add_silence_url, finding.is_resolved()) {
        (false, _) => "",
        (true, false) => "🔥 `firing`",
        (true, true) => "✅ `resolved`",
    };
    let severity = finding.severity;
    let word = severity.as_str().to_lowercase();
    format!(
        "{status} {} `{word}` {}",
        severity.emoji(),
        plain::title(finding)
    )
}
