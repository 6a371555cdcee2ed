//! `slack_sink`: messages in a channel of Slack, with files, threads and summaries.
//!
//! A finding is one `chat.postMessage`; its files are uploaded before, as the message names them. Slack shows a file that
//! was uploaded to no channel wherever a message links it.

mod calls;
pub(crate) mod layout;
mod post;
mod preview;
mod summary;

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{File, Finding};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::channel::{self, Filling};
use crate::parameters::Parameters;
use crate::{Error, Fault, Later, Message, Sink, Site, Told, ToldSummary, blocks, error};
pub(crate) use calls::escaped;
pub(crate) use post::described;
use post::{Post, Upload};
pub(crate) use preview::SlackPreview;

/// A channel of a workspace.
pub(crate) struct Slack {
    token: String,
    channel: String,
    channel_override: Option<String>,
    most_of_log: usize,
    send_svg: bool,
}

impl Kind for Slack {
    const KIND: &'static str = "slack_sink";
    const ABOUT: &'static str = "messages in a channel of Slack, with files, threads and summaries";
    const EXAMPLE: &'static str = r#"{"slack_channel": "alerts", "api_key": "xoxb-token"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            token: given.needed("api_key")?,
            channel: given.needed("slack_channel")?,
            channel_override: channel::read(given, "channel_override")?,
            most_of_log: given
                .whole("max_log_file_limit_kb", 1000)?
                .saturating_mul(1000),
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for Slack {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let post = self.post(told);
        let mut messages = Vec::new();
        let mut uploads = Vec::new();
        for file in &post.files {
            let contents = blocks::truncated(file, self.most_of_log);
            let name = &file.filename;
            messages.push(self.ask_for_upload(name, contents.len()));
            messages.push(calls::upload(
                &format!("{{upload_url of {name}}}"),
                contents,
            ));
            messages.push(self.complete_upload(&format!("{{file_id of {name}}}"), name));
            uploads.push(Upload {
                filename: name.clone(),
                permalink: Some(format!("{{permalink of {name}}}")),
            });
        }
        messages.push(self.call("chat.postMessage", &post.body(&uploads), told.key));
        messages.into_iter().map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let post = self.post(told);
            let mut uploads = Vec::new();
            for file in &post.files {
                uploads.push(self.upload(file, http).await?);
            }
            let request = self.call("chat.postMessage", &post.body(&uploads), told.key);
            calls::message(calls::ask(http, request).await?)
        })
    }

    fn channel(&self, finding: &Finding, site: &Site) -> Option<String> {
        let filling = Filling {
            cluster_name: &site.cluster_name,
            labels: &finding.subject.labels,
            annotations: &finding.subject.annotations,
        };
        Some(channel::fill(
            self.channel_override.as_deref(),
            &self.channel,
            filling,
        ))
    }

    fn deliver_summary<'a>(
        &'a self,
        told: ToldSummary<'a>,
        http: &'a dyn Http,
    ) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let (method, body) = summary::call(told);
            let request = self.call(method, &body, "");
            calls::message(calls::ask(http, request).await?)
        })
    }
}

impl Slack {
    fn post(&self, told: Told<'_>) -> Post {
        let channel = self.channel(told.finding, told.site).unwrap_or_default();
        Post::of(told, channel, self.send_svg)
    }

    fn call(&self, method: &str, body: &Json, key: &str) -> Request {
        let mut request = self.authorized(method);
        if !key.is_empty() {
            request = request.header("Idempotency-Key", key);
        }
        request.body("application/json; charset=utf-8", body.to_string())
    }

    fn authorized(&self, method: &str) -> Request {
        Request::new("POST", format!("https://slack.com/api/{method}"))
            .header("Authorization", format!("Bearer {}", self.token))
    }

    fn ask_for_upload(&self, name: &str, length: usize) -> Request {
        let form = format!("filename={}&length={length}", escaped(name));
        self.authorized("files.getUploadURLExternal")
            .body("application/x-www-form-urlencoded", form)
    }

    fn complete_upload(&self, id: &str, name: &str) -> Request {
        let body = json!({"files": [{"id": id, "title": name}]});
        self.call("files.completeUploadExternal", &body, "")
    }

    /// Uploads a file. One that Slack does not want is told of in the message.
    async fn upload(&self, file: &File, http: &dyn Http) -> Result<Upload, Error> {
        let name = &file.filename;
        match self.permalink(file, http).await {
            Ok(permalink) => Ok(Upload {
                filename: name.clone(),
                permalink: Some(permalink),
            }),
            Err(Error::Refused { message }) => {
                tracing::warn!(file = name, message, "slack does not take a file");
                Ok(Upload {
                    filename: name.clone(),
                    permalink: None,
                })
            }
            Err(other) => Err(other),
        }
    }

    async fn permalink(&self, file: &File, http: &dyn Http) -> Result<String, Error> {
        let contents = blocks::truncated(file, self.most_of_log);
        let request = self.ask_for_upload(&file.filename, contents.len());
        let answer = calls::ask(http, request).await?;
        let (url, id) = (
            error::text(&answer, "/upload_url")?,
            error::text(&answer, "/file_id")?,
        );
        error::send(http, calls::upload(&url, contents)).await?;
        let answer = calls::ask(http, self.complete_upload(&id, &file.filename)).await?;
        error::text(&answer, "/files/0/permalink")
    }
}
