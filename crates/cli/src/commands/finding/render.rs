//! `squall finding render --sink SINK FILE`: what a sink would send of findings.

use std::path::{Path, PathBuf};

use clap::Args;
use percent_encoding::percent_decode_str;
use serde_json::json;
use squall_model::finding::Finding;
use squall_model::http::Request;
use squall_model::playbook::parameter::Takes;
use squall_model::playbook::sinks;
use squall_model::{Json, Object, mask};
use squall_sinks::{Entry, Fault, Mail, Message, Site, Told};

use crate::console::{Console, Paint};
use crate::failure::{Ending, Failure};
use crate::input;
use crate::show::{self, Format};

/// Show exactly what a sink would send of a finding, and send nothing
///
/// Secrets are masked. What only the service can tell stands in braces, such as `{permalink of pod.log}`. Required
/// parameters that are not given are those of an example.
#[derive(Debug, Args)]
pub(crate) struct Render {
    /// The kind of sink, such as `slack`, `ms_teams`, `webhook`, `pagerduty`, `mail`, `file`
    #[arg(long, value_name = "SINK")]
    sink: String,
    /// A parameter of the sink as NAME=VALUE, or a file with them; may be given more than once
    #[arg(long, value_name = "NAME=VALUE|FILE")]
    params: Vec<String>,
    /// The name of the cluster
    #[arg(long, value_name = "NAME", default_value = "cluster")]
    cluster: String,
    /// How to show what would be sent
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
    /// A finding, or a list of them, as Python actions hand them over; `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Why nothing can be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotRendered {
    /// There is no such sink.
    #[error("there is no sink `{name}`; there are {known}")]
    Sink { name: String, known: String },
    /// A parameter cannot be used.
    #[error("the parameter `{key}` {message}")]
    Parameter { key: String, message: String },
    /// It is no finding.
    #[error("cannot read finding {number} of {file}")]
    Finding {
        number: usize,
        file: String,
        #[source]
        source: serde_json::Error,
    },
}

impl From<Fault> for NotRendered {
    fn from(fault: Fault) -> Self {
        let hint = fault
            .hint
            .map_or(String::new(), |hint| format!(" ({hint})"));
        Self::Parameter {
            key: fault.key,
            message: format!("{}{hint}", fault.message),
        }
    }
}

impl Render {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let entry = entry(&self.sink)?;
        let given = self.parameters()?;
        let secrets = Secrets::of(entry.kind, &given);
        let sink = entry
            .open(&with_example(entry, given, console))
            .map_err(NotRendered::from)?;
        let site = Site {
            cluster_name: self.cluster.clone(),
            ..Site::default()
        };
        let mut shown = Vec::new();
        for finding in findings(&self.file)? {
            let told = Told {
                finding: &finding,
                site: &site,
                sink: entry.kind,
                key: Some(finding.id.as_str())
                    .filter(|id| !id.is_empty())
                    .unwrap_or("{key}"),
                now: squall_server::clock::now(),
                thread: None,
            };
            for message in sink.render(told) {
                match self.output {
                    Format::Table => tell(&message, &secrets, console)?,
                    Format::Json | Format::Yaml => shown.push(whole(&message, &secrets)),
                }
            }
        }
        if self.output != Format::Table {
            show::value(console, self.output, &Json::Array(shown))?;
        }
        Ok(Ending::Well)
    }

    fn parameters(&self) -> Result<Object, Failure> {
        let mut parameters = Object::new();
        for given in &self.params {
            match given.split_once('=') {
                Some((name, value)) if !Path::new(given).exists() => {
                    parameters.insert(name.to_owned(), Json::from(value));
                }
                _ => parameters.extend(input::object(Path::new(given))?),
            }
        }
        Ok(parameters)
    }
}

/// The kind of sink, named with or without its ending.
fn entry(name: &str) -> Result<&'static Entry, NotRendered> {
    let found = squall_sinks::find(name).or_else(|| squall_sinks::find(&format!("{name}_sink")));
    found.ok_or_else(|| {
        let kinds = squall_sinks::ALL
            .iter()
            .map(|entry| entry.kind.trim_end_matches("_sink"));
        NotRendered::Sink {
            name: name.to_owned(),
            known: kinds.collect::<Vec<_>>().join(", "),
        }
    })
}

/// The parameters, and those of the example that are not given.
fn with_example(entry: &Entry, given: Object, console: &mut Console) -> Object {
    let mut parameters: Object = serde_json::from_str(entry.example).unwrap_or_default();
    parameters.retain(|name, _| !given.contains_key(name));
    if !parameters.is_empty() {
        let names: Vec<&str> = parameters.keys().map(String::as_str).collect();
        console.note(format!("taken from an example: {}", names.join(", ")));
    }
    parameters.extend(given);
    parameters
}

fn findings(file: &Path) -> Result<Vec<Finding>, Failure> {
    let told = match input::document(file)? {
        Json::Array(findings) => findings,
        one => vec![one],
    };
    let mut findings = Vec::new();
    for (number, finding) in told.into_iter().enumerate() {
        findings.push(
            serde_json::from_value(finding).map_err(|source| NotRendered::Finding {
                number: number + 1,
                file: file.display().to_string(),
                source,
            })?,
        );
    }
    Ok(findings)
}

/// What must not be shown.
struct Secrets(Vec<String>);

impl Secrets {
    fn of(kind: &str, given: &Object) -> Self {
        let takes = |name: &str| Some(sinks::named(kind)?.parameter(name)?.takes);
        let secret = given
            .iter()
            .filter(|(name, _)| takes(name) == Some(Takes::Secret));
        let texts = secret.filter_map(|(_, value)| value.as_str());
        Self(
            texts
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .collect(),
        )
    }

    /// The text without secrets. Of an address, the host stays.
    fn masked(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            let host = secret.split_once("://").map(|(scheme, rest)| {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                format!("{scheme}://{}/", rest.get(..end).unwrap_or_default())
            });
            text.replace(
                secret,
                &format!("{}{}", host.unwrap_or_default(), mask::MASK),
            )
        })
    }
}

/// A header without secrets. A name and its password go together in a form of their own.
fn header(value: &str, secrets: &Secrets) -> String {
    match value.strip_prefix("Basic ") {
        Some(_) => format!("Basic {}", mask::MASK),
        None => secrets.masked(value),
    }
}

/// What is in a form that is written as an address is.
fn form(text: &str, secrets: &Secrets) -> Json {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.map(|(name, value)| (decoded(name), json!(secrets.masked(&decoded(value)))));
    Json::Object(pairs.collect())
}

/// What is in a body: JSON, a form, a text, or how much there is of it.
fn body(request: &Request, secrets: &Secrets) -> Json {
    let is_form = |(_, value): &(String, String)| value == "application/x-www-form-urlencoded";
    match std::str::from_utf8(&request.body) {
        Ok(text) if request.headers.iter().any(is_form) => form(text, secrets),
        _ => text_of(request, secrets),
    }
}

fn text_of(request: &Request, secrets: &Secrets) -> Json {
    match std::str::from_utf8(&request.body) {
        Ok(text) => {
            let text = secrets.masked(text);
            serde_json::from_str(&text).unwrap_or(Json::String(text))
        }
        Err(_) => json!(format!("({} bytes)", request.body.len())),
    }
}

fn tell(message: &Message, secrets: &Secrets, console: &mut Console) -> std::io::Result<()> {
    match message {
        Message::Http(request) => {
            let line = format!("{} {}", request.method, secrets.masked(&request.url));
            console.line(console.paint(Paint::Bold, &line))?;
            for (name, value) in &request.headers {
                console.line(format!("{name}: {}", header(value, secrets)))?;
            }
            match body(request, secrets) {
                Json::String(text) => console.line(format!("\n{text}\n")),
                json => console.line(format!("\n{json:#}\n")),
            }
        }
        Message::Mail(mail) => tell_mail(mail, console),
        Message::Text { file, text } => {
            let file = file
                .as_ref()
                .map_or("standard output".into(), |file| file.to_string_lossy());
            console.line(console.paint(Paint::Bold, &format!("to {file}")))?;
            console.line(format!("\n{text}"))
        }
    }
}

fn tell_mail(mail: &Mail, console: &mut Console) -> std::io::Result<()> {
    console.line(format!("From: {}", mail.from))?;
    console.line(format!("To: {}", mail.to.join(", ")))?;
    console.line(format!("Subject: {}", mail.subject))?;
    console.line(format!("Message-ID: {}", mail.id))?;
    for attachment in &mail.attachments {
        let length = attachment.contents.len();
        console.line(format!("Attachment: {} ({length} bytes)", attachment.name))?;
    }
    console.line(format!("\n{}", mail.html))
}

fn whole(message: &Message, secrets: &Secrets) -> Json {
    match message {
        Message::Http(request) => {
            let headers = request.headers.iter();
            let headers =
                headers.map(|(name, value)| (name.clone(), json!(header(value, secrets))));
            json!({
                "method": request.method,
                "url": secrets.masked(&request.url),
                "headers": headers.collect::<Object>(),
                "body": body(request, secrets),
            })
        }
        Message::Mail(mail) => {
            let attachment = |one: &squall_sinks::Attachment| json!({"name": one.name, "bytes": one.contents.len()});
            json!({
                "from": mail.from,
                "to": mail.to,
                "subject": mail.subject,
                "message_id": mail.id,
                "html": mail.html,
                "attachments": mail.attachments.iter().map(attachment).collect::<Vec<_>>(),
            })
        }
        Message::Text { file, text } => json!({"file": file, "text": text}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::paper;

    fn rendered(sink: &str, params: &[&str], finding: &Json) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("finding.json");
        fs_err::write(&file, finding.to_string()).unwrap();
        let render = Render {
            sink: sink.to_owned(),
            params: params.iter().map(|given| (*given).to_owned()).collect(),
            cluster: "prod".to_owned(),
            output: Format::Table,
            file,
        };
        paper::written(|console| render.run(console).map(drop))
    }

    #[test]
    fn what_is_sent_is_shown_without_secrets() {
        let finding = json!({"id": "f1", "title": "It broke", "aggregation_key": "k"});
        let shown = rendered(
            "webhook_sink",
            &["authorization=Bearer 123", "url=http://h/x?a=b"],
            &finding,
        );
        assert_eq!(
            shown,
            "POST http://h/x?a=b\nIdempotency-Key: f1\nAuthorization: ********\nContent-Type: text/plain; charset=utf-8\n\n\
             \nIt broke\n\nSource: prod\n\n\n"
        );
        let secret = "webhook_url=https://example.webhook.office.com/secret?s=1";
        let shown = rendered("ms_teams", &[secret], &json!([finding, finding]));
        assert_eq!(
            shown
                .matches("POST https://example.webhook.office.com/********\n")
                .count(),
            2
        );
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn passwords_that_go_with_a_name_are_not_shown() {
        let finding = json!({"title": "It broke", "aggregation_key": "k"});
        for (kind, given) in [
            ("zulip", "bot_api_key=s3cret"),
            ("jira", "api_key=s3cret"),
            ("service_now", "password=s3cret"),
        ] {
            let shown = rendered(kind, &[given], &finding);
            assert!(shown.contains("Authorization: Basic ********\n"), "{shown}");
            assert!(!shown.contains("s3cret"), "{shown}");
        }
    }

    #[test]
    fn every_sink_shows_something_of_its_example() {
        let finding = json!({"title": "It broke", "aggregation_key": "k"});
        for entry in squall_sinks::ALL {
            let shown = rendered(entry.kind, &[], &finding);
            assert!(shown.contains("It broke"), "{}: {shown}", entry.kind);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fault = |name: &str| entry(name).err().unwrap().to_string();
        assert_eq!(
            fault("slak"),
            "there is no sink `slak`; there are datadog, discord, file, google_chat, incidentio, jira, mail, mattermost, ms_teams, \
             opsgenie, pagerduty, pushover, rocketchat, service_now, slack, slack_sink_preview, telegram, victorops, webex, \
             webhook, yamessenger, zulip"
        );
    }
}
