//! `mattermost_sink`: posts of a bot in a channel of Mattermost, with files.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, Severity};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::slack::escaped;
use crate::{
    Error, Fault, Later, Message, Sink, Told, blocks, error, markdown, picture, plain, table,
};

/// A bot, and the channel it writes in.
pub(crate) struct Mattermost {
    url: String,
    token: String,
    channel: String,
    team: Option<String>,
    team_id: Option<String>,
    send_svg: bool,
}

/// What Mattermost takes: characters of a message and of a text beside it, files of a post, bytes of a file.
const MOST_OF_TITLE: usize = 150;
const MOST_OF_TEXT: usize = 16_383;
const MOST_FILES: usize = 10;
const MOST_OF_FILE: usize = 50_000_000;

impl Kind for Mattermost {
    const KIND: &'static str = "mattermost_sink";
    const ABOUT: &'static str = "posts of a bot in a channel of Mattermost";
    const EXAMPLE: &'static str = r#"{"url": "https://mattermost.example.com", "token": "token", "token_id": "id", "channel": "alerts"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let named = |key: &str| -> Result<_, Fault> {
            Ok(given.text(key)?.filter(|name| !name.is_empty()))
        };
        given.needed("token_id")?;
        Ok(Self {
            url: given.url("url")?.trim_end_matches('/').to_owned(),
            token: given.needed("token")?,
            channel: given.needed("channel")?,
            team: named("team")?,
            team_id: named("team_id")?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for Mattermost {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let channel = format!("{{id of {}}}", self.channel);
        let files = self.files(told.finding);
        let mut requests: Vec<Request> = files
            .iter()
            .map(|file| self.upload(&channel, file))
            .collect();
        let id = |file: &File| format!("{{id of {}}}", file.filename);
        let ids: Vec<String> = files.iter().map(id).collect();
        requests.extend(self.posts(told, &channel, &ids));
        requests.into_iter().map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let channel = self.channel_id(http).await?;
            let mut ids = Vec::new();
            for file in &self.files(told.finding) {
                match error::ask(http, self.upload(&channel, file)).await {
                    Ok(answer) => ids.push(error::text(&answer, "/file_infos/0/id")?),
                    // A file that is not wanted does not lose the message.
                    Err(fault) if fault.is_final() => {
                        tracing::warn!(file = file.filename, %fault, "mattermost does not take a file");
                    }
                    Err(fault) => return Err(fault),
                }
            }
            for post in self.posts(told, &channel, &ids) {
                error::send(http, post).await?;
            }
            Ok(Json::Null)
        })
    }
}

impl Mattermost {
    fn call(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/api/v4/{path}", self.url))
            .header("Authorization", format!("Bearer {}", self.token))
    }

    fn search(&self, path: &str, body: &Json) -> Request {
        self.call("POST", path)
            .body("application/json", body.to_string())
    }

    /// The id of the channel, which is all that posts are addressed by. Only administrators may search all teams.
    async fn channel_id(&self, http: &dyn Http) -> Result<String, Error> {
        let me = error::ask(http, self.call("GET", "users/me")).await?;
        let roles = me.get("roles").and_then(Json::as_str).unwrap_or_default();
        let term = json!({"term": self.channel});
        let request = if roles.contains("system_admin") {
            match self.team_of_search(http).await? {
                Some(team) => {
                    let body = blocks::with(term, "team_ids", json!([team]));
                    self.search("channels/search", &body)
                }
                None => self.search("channels/search", &term),
            }
        } else {
            let team = self
                .team_id
                .as_deref()
                .ok_or_else(|| Error::refused("a bot that is no administrator needs `team_id`"))?;
            self.search(&format!("teams/{}/channels/search", escaped(team)), &term)
        };
        let found = error::ask(http, request).await?;
        let channels = found.as_array().map(Vec::as_slice).unwrap_or_default();
        let is_it = |channel: &&Json| channel.get("name") == Some(&json!(self.channel));
        let id = channels
            .iter()
            .find(is_it)
            .and_then(|channel| channel.get("id")?.as_str());
        id.map(str::to_owned)
            .ok_or_else(|| Error::refused(format!("there is no channel `{}`", self.channel)))
    }

    async fn team_of_search(&self, http: &dyn Http) -> Result<Option<String>, Error> {
        let Some(team) = &self.team else {
            return Ok(self.team_id.clone());
        };
        let found = error::ask(http, self.search("teams/search", &json!({"term": team}))).await?;
        let id = found.pointer("/0/id").and_then(Json::as_str);
        Ok(id.map(str::to_owned))
    }

    fn files(&self, finding: &Finding) -> Vec<File> {
        let files = picture::drawn(plain::files(finding), self.send_svg);
        plain::files_within(files, MOST_OF_FILE)
    }

    fn upload(&self, channel: &str, file: &File) -> Request {
        let form = Form {
            texts: vec![("channel_id", channel.to_owned())],
            files: vec![("files".to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call("POST", "files"))
    }

    /// The post, and as many more as its files need.
    fn posts(&self, told: Told<'_>, channel: &str, files: &[String]) -> Vec<Request> {
        let mut groups = files.chunks(MOST_FILES);
        let color = if told.finding.is_resolved() {
            "#00B302"
        } else {
            "#EF311F"
        };
        let attachment = json!({"text": text(told), "color": color});
        let first = json!({
            "channel_id": channel,
            "message": title(told.finding),
            "file_ids": groups.next().unwrap_or_default(),
            "props": {"attachments": [attachment]},
        });
        let more =
            groups.map(|files| json!({"channel_id": channel, "message": "", "file_ids": files}));
        let post = |body: Json| {
            let request = self
                .call("POST", "posts")
                .header("Idempotency-Key", told.key);
            request.body("application/json", body.to_string())
        };
        std::iter::once(first).chain(more).map(post).collect()
    }
}

fn title(finding: &Finding) -> String {
    let dot = match finding.severity {
        Severity::High => ":red_circle:",
        Severity::Low => ":large_yellow_circle:",
        Severity::Info => ":large_green_circle:",
        Severity::Debug => "",
    };
    let (status, severity) = (plain::status(finding), finding.severity.as_str());
    let title = format!("{status}{dot} {severity} - **{}**", plain::title(finding));
    markdown::cut(&title, MOST_OF_TITLE)
}

fn text(told: Told<'_>) -> String {
    let finding = told.finding;
    let link =
        |link: &squall_model::finding::Link| format!("[:clapper: {}]({})", link.name, link.url);
    let links: Vec<String> = finding.links.iter().map(link).collect();
    let source = in_markdown(&format!("*Source:* `{}`\n", told.site.cluster_name));
    let description = finding.description.as_deref().map(in_markdown);
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let head = Some(links.join(" ")).filter(|links| !links.is_empty());
    let parts = head.into_iter().chain([source]).chain(description);
    let parts: Vec<String> = parts
        .chain(blocks.filter_map(|block| shown(&block.shown())))
        .collect();
    markdown::cut_markdown(&parts.join("\n"), MOST_OF_TEXT)
}

/// Addresses stand in angular brackets, so that any can stand there.
fn in_markdown(text: &str) -> String {
    let text = markdown::with_links(text, |url, name| format!("[{name}](<{url}>)"));
    markdown::between_asterisks(&text, "**", "**")
}

fn shown(block: &Block) -> Option<String> {
    match block {
        Block::Markdown(text) => Some(in_markdown(&text.text)),
        Block::Header(header) => Some(markdown::cut(&header.text, MOST_OF_TITLE)),
        Block::List(list) => {
            let items = list
                .items
                .iter()
                .map(|item| format!("* {}", in_markdown(item)));
            Some(items.collect::<Vec<_>>().join("\n"))
        }
        Block::KubernetesDiff(diff) => {
            let lines = blocks::diff_lines(diff, ":arrow_right:");
            let lines = lines.iter().map(|line| format!("* {}", in_markdown(line)));
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
        other => other.as_table().map(table::fenced),
    }
}
