//! Catalogue: where findings go; one file a sink, [`ALL`] lists them. A sink turns a finding into the messages of a
//! service, within that service's limits.
//!
//! [`Sink::render`] says what would be sent, and does nothing; [`Sink::deliver`] sends it, by the [`Http`] it is handed. A
//! sink neither waits nor tries again: an [`Error`] says whether trying again makes sense and when, and whoever delivers
//! does that. What is delivered twice carries the same [`Told::key`].
//!
//! Left out deliberately: which sinks take a finding, and when they tell many in one (the engine); the outbox (the server).

use std::future::Future;
use std::pin::Pin;

use squall_model::finding::Finding;
use squall_model::finding::summary::Summary;
use squall_model::http::{Http, Request};
use squall_model::{Json, Timestamp};

mod action_request;
mod blocks;
mod catalogue;
mod channel;
mod datadog;
mod discord;
mod error;
mod file;
mod google_chat;
mod html;
mod incidentio;
mod jira;
mod mail;
mod markdown;
mod mattermost;
mod message;
mod ms_teams;
mod multipart;
mod opsgenie;
mod pagerduty;
mod parameters;
mod picture;
mod plain;
mod pushover;
mod python;
#[cfg(test)]
mod recorded;
mod rocketchat;
mod scan;
mod service_now;
mod slack;
mod standard;
mod table;
mod telegram;
mod victorops;
mod webex;
mod webhook;
mod yamessenger;
mod zulip;

pub use catalogue::{Entry, find};
pub use error::Error;
pub use message::{Attachment, Mail, Message};
pub use parameters::Fault;

use catalogue::entry;

/// Every kind of sink there is, alphabetically.
pub static ALL: &[Entry] = &[
    entry::<datadog::Datadog>(),
    entry::<discord::Discord>(),
    entry::<file::File>(),
    entry::<google_chat::GoogleChat>(),
    entry::<incidentio::IncidentIo>(),
    entry::<jira::Jira>(),
    entry::<mail::MailSink>(),
    entry::<mattermost::Mattermost>(),
    entry::<ms_teams::MsTeams>(),
    entry::<opsgenie::OpsGenie>(),
    entry::<pagerduty::PagerDuty>(),
    entry::<pushover::Pushover>(),
    entry::<rocketchat::RocketChat>(),
    entry::<service_now::ServiceNow>(),
    entry::<slack::Slack>(),
    entry::<slack::SlackPreview>(),
    entry::<telegram::Telegram>(),
    entry::<victorops::VictorOps>(),
    entry::<webex::Webex>(),
    entry::<webhook::Webhook>(),
    entry::<yamessenger::YaMessenger>(),
    entry::<zulip::Zulip>(),
];

/// A boxed future, for traits that are handed as objects.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What all findings of this installation have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// `cluster_name` of the global config.
    pub cluster_name: String,
    /// `account_id` of the global config.
    pub account_id: String,
    /// `signing_key` of the global config: what buttons are signed with.
    pub signing_key: Option<String>,
}

/// A finding that is to be told.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Where.
    pub site: &'a Site,
    /// The name of the sink.
    pub sink: &'a str,
    /// The same in every attempt to tell it.
    pub key: &'a str,
    /// The moment.
    pub now: Timestamp,
    /// What [`Sink::deliver_summary`] gave of the message below which it stands.
    pub thread: Option<&'a Json>,
}

/// A summary of many findings that is to be told.
#[derive(Debug, Clone, Copy)]
pub struct ToldSummary<'a> {
    /// What it says.
    pub summary: &'a Summary,
    /// Whether findings follow in its thread.
    pub threaded: bool,
    /// Where.
    pub site: &'a Site,
    /// What [`Sink::channel`] gave of its findings.
    pub channel: &'a str,
    /// What the first delivery of the summary gave; nothing for a new one.
    pub message: Option<&'a Json>,
}

/// One sink, its parameters read.
pub trait Sink: Send + Sync {
    /// What would be sent, in order. What only the service can tell stands in braces, such as `{permalink of pod.log}`.
    fn render(&self, told: Told<'_>) -> Vec<Message>;

    /// Sends it. What is given names the message, for those that follow in its thread.
    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>>;

    /// The channel that a finding goes to, where findings have channels.
    fn channel(&self, _finding: &Finding, _site: &Site) -> Option<String> {
        None
    }

    /// Sends a summary, or changes the one that was sent. What is given names the message.
    fn deliver_summary<'a>(
        &'a self,
        _told: ToldSummary<'a>,
        _http: &'a dyn Http,
    ) -> Later<'a, Result<Json, Error>> {
        Box::pin(async { Err(Error::refused("the sink has no summaries")) })
    }
}

/// A sink that sends requests, of whose answers only the status matters.
pub(crate) trait Requests: Send + Sync {
    /// What is sent, in order.
    fn requests(&self, told: Told<'_>) -> Vec<Request>;
}

impl<T: Requests> Sink for T {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        self.requests(told).into_iter().map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            for request in self.requests(told) {
                error::send(http, request).await?;
            }
            Ok(Json::Null)
        })
    }
}
