//! `service_now_sink`: incidents of ServiceNow, with files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, File, Finding, Severity};
use squall_model::http::{Http, Request};

use crate::catalogue::Kind;
use crate::html::Page;
use crate::parameters::Parameters;
use crate::slack::{described, escaped};
use crate::{Error, Fault, Later, Message, Sink, Told, blocks, error, markdown, plain};

/// An instance.
pub(crate) struct ServiceNow {
    url: String,
    login: String,
    caller: Option<String>,
    send_svg: bool,
}

/// What an incident takes: characters of its line, of a comment and of its key, bytes of a file.
const MOST_OF_LINE: usize = 160;
const MOST_OF_COMMENT: usize = 1_000_000;
const MOST_OF_KEY: usize = 100;
const MOST_OF_FILE: usize = 100_000_000;

impl Kind for ServiceNow {
    const KIND: &'static str = "service_now_sink";
    const ABOUT: &'static str = "incidents of ServiceNow";
    const EXAMPLE: &'static str =
        r#"{"instance": "example", "username": "user", "password": "password"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let instance = given.needed("instance")?;
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        if !instance.chars().all(is_part) {
            let message = format!("`{instance}` is no name of an instance");
            return Err(Fault::new(
                "instance",
                message,
                "what stands before .service-now.com",
            ));
        }
        let login = format!(
            "{}:{}",
            given.needed("username")?,
            given.needed("password")?
        );
        Ok(Self {
            url: format!("https://{instance}.service-now.com/api/now/v1"),
            login: format!("Basic {}", STANDARD.encode(login)),
            caller: given.text("caller_id")?.filter(|caller| !caller.is_empty()),
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for ServiceNow {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let page = self.page(told);
        let incident = self.incident(told, &page);
        let files = plain::files_within(page.files, MOST_OF_FILE);
        let files = files
            .into_iter()
            .map(|file| self.attachment(file, "{sys_id of the incident}"));
        let all = std::iter::once(incident).chain(files);
        all.map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let page = self.page(told);
            let answer = error::ask(http, self.incident(told, &page)).await?;
            let id = error::text(&answer, "/result/sys_id")?;
            for file in plain::files_within(page.files, MOST_OF_FILE) {
                let name = file.filename.clone();
                // The incident is there: to try again would make a second one.
                if let Err(fault) = error::send(http, self.attachment(file, &id)).await {
                    tracing::warn!(file = name, %fault, "ServiceNow does not take a file");
                }
            }
            Ok(Json::Null)
        })
    }
}

impl ServiceNow {
    fn call(&self, path: &str) -> Request {
        Request::new("POST", format!("{}/{path}", self.url)).header("Authorization", &self.login)
    }

    fn page(&self, told: Told<'_>) -> Page {
        let finding = told.finding;
        let mut page = Page {
            keep_svg: self.send_svg,
            ..Page::default()
        };
        page.add_links(finding);
        let source = format!("*Source:* `{}`", told.site.cluster_name);
        page.add(&Block::markdown(source));
        let description = finding.description.as_deref();
        if let Some(text) = description.filter(|text| !text.is_empty()) {
            page.add(&Block::markdown(described(finding.source, text)));
        }
        for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
            page.add(&block.shown());
        }
        page
    }

    fn incident(&self, told: Told<'_>, page: &Page) -> Request {
        let (impact, urgency, priority) = rank(told.finding.severity);
        let mut comment = String::from("[code]");
        for html in &page.html {
            if comment.len() + html.len() > MOST_OF_COMMENT {
                comment.push_str("<p>The rest is not shown.</p>");
                break;
            }
            comment.extend([html, "\n"]);
        }
        comment.push_str("[/code]");
        let mut incident = json!({
            "impact": impact,
            "urgency": urgency,
            "priority": priority,
            "category": "Network",
            "short_description": line(told.finding),
            "description": "Squall made this incident of what it found. What it found stands in the notes below.",
            "comments": comment,
            // By this people see what was told twice.
            "correlation_id": markdown::cut(told.key, MOST_OF_KEY),
        });
        if let Some(caller) = &self.caller {
            incident = blocks::with(incident, "caller_id", json!(caller));
        }
        let request = self
            .call("table/incident")
            .header("Idempotency-Key", told.key);
        request.body("application/json", incident.to_string())
    }

    fn attachment(&self, file: File, incident: &str) -> Request {
        let kind = if file.is_text() {
            "text/plain"
        } else if file.filename.ends_with(".png") {
            "image/png"
        } else {
            "application/octet-stream"
        };
        let name = escaped(&file.filename);
        let path =
            format!("attachment/file?table_name=incident&file_name={name}&table_sys_id={incident}");
        self.call(&path).body(kind, file.contents)
    }
}

/// Impact, urgency and priority, as ServiceNow has them unless it is told otherwise.
const fn rank(severity: Severity) -> (u8, u8, u8) {
    match severity {
        Severity::High => (1, 1, 1),
        Severity::Low => (3, 2, 4),
        Severity::Info | Severity::Debug => (3, 3, 5),
    }
}

fn line(finding: &Finding) -> String {
    let status = match (finding.add_silence_url, finding.is_resolved()) {
        (false, _) => "",
        (true, false) => "🔥 Prometheus Alert Firing",
        (true, true) => "✅ Resolved",
    };
    let severity = finding.severity;
    let dot = severity.emoji();
    let line = format!(
        "{status} {dot} {} {dot} {}",
        severity.as_str(),
        plain::title(finding)
    );
    markdown::cut(&line.replace(['\r', '\n'], " "), MOST_OF_LINE)
}
