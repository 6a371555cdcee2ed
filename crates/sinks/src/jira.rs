//! `jira_sink`: issues of Jira, found again by their labels, closed and opened anew as alerts come and go.

mod document;
mod issues;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use squall_model::finding::{File, Finding, Severity, Source, SubjectKind};
use squall_model::http::{Http, Request};
use squall_model::{Json, Object};

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{Error, Fault, Later, Message, Sink, Told, markdown, picture, plain, python};

/// A project of a site.
pub(crate) struct Jira {
    url: String,
    login: String,
    project: String,
    project_id: Option<usize>,
    issue_type: String,
    issue_type_id: Option<usize>,
    dedups: Vec<String>,
    send_resolved: bool,
    reopen: bool,
    done: String,
    to_do: String,
    never_reopened: String,
    epic: Option<String>,
    assignee: Option<String>,
    priorities: Object,
    send_svg: bool,
}

/// What Jira takes: characters of a line and of a label, bytes of a file.
const MOST_OF_LINE: usize = 255;
const MOST_OF_LABEL: usize = 255;
const MOST_OF_FILE: usize = 10_000_000;

impl Kind for Jira {
    const KIND: &'static str = "jira_sink";
    const ABOUT: &'static str = "issues of Jira";
    const EXAMPLE: &'static str = r#"{"url": "https://example.atlassian.net", "username": "bot@example.com", "api_key": "key", "project_name": "OPS"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let or = |key: &str, otherwise: &str| -> Result<String, Fault> {
            Ok(given.text(key)?.unwrap_or_else(|| otherwise.to_owned()))
        };
        let some = |key: &str| -> Result<Option<String>, Fault> {
            Ok(given.text(key)?.filter(|text| !text.is_empty()))
        };
        let id = |key: &str| -> Result<Option<usize>, Fault> {
            Ok(Some(given.whole(key, 0)?).filter(|id| *id > 0))
        };
        let login = format!("{}:{}", given.needed("username")?, given.needed("api_key")?);
        let dedups = given.texts("dedups")?;
        Ok(Self {
            url: given.url("url")?.trim_end_matches('/').to_owned(),
            login: format!("Basic {}", STANDARD.encode(login)),
            project: given.needed("project_name")?,
            project_id: id("project_type_id_override")?,
            issue_type: or("issue_type", "Task")?,
            issue_type_id: id("issue_type_id_override")?,
            dedups: if dedups.is_empty() {
                vec!["fingerprint".to_owned()]
            } else {
                dedups
            },
            send_resolved: given.flag("sendResolved", false)?,
            reopen: given.flag("reopenIssues", false)?,
            done: or("doneStatusName", "Done")?,
            to_do: or("reopenStatusName", "To Do")?,
            never_reopened: or("noReopenResolution", "")?,
            epic: some("epic")?,
            assignee: some("assignee")?,
            priorities: given.members("priority_mapping")?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for Jira {
    /// What a first finding becomes; what is done with an issue that is there depends on it.
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        let place = self.place_as_told();
        let issue = self.create(told, &place);
        let files = self.files(told.finding);
        let files = files
            .iter()
            .map(|file| self.attachment("{id of the issue}", file));
        let all = std::iter::once(issue).chain(files);
        all.map(Message::Http).collect()
    }

    fn deliver<'a>(&'a self, told: Told<'a>, http: &'a dyn Http) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            self.manage(told, http).await?;
            Ok(Json::Null)
        })
    }
}

/// Where issues are made.
struct Place {
    project: String,
    issue_type: String,
}

impl Jira {
    fn call(&self, method: &'static str, path: &str) -> Request {
        Request::new(method, format!("{}/rest/api/3/{path}", self.url))
            .header("Authorization", &self.login)
            .header("X-Atlassian-Token", "no-check")
    }

    fn send(&self, method: &'static str, path: &str, body: &Json) -> Request {
        self.call(method, path)
            .body("application/json", body.to_string())
    }

    fn place_as_told(&self) -> Place {
        let id = |id: Option<usize>, name: &str| {
            id.map_or_else(|| format!("{{id of {name}}}"), |id| id.to_string())
        };
        Place {
            project: id(self.project_id, &self.project),
            issue_type: id(self.issue_type_id, &self.issue_type),
        }
    }

    fn create(&self, told: Told<'_>, place: &Place) -> Request {
        let mut fields = self.fields(told);
        fields.insert("labels".to_owned(), json!(self.labels(told)));
        let priority = json!({"name": self.priority(told.finding.severity)});
        fields.insert("priority".to_owned(), priority);
        fields.insert("issuetype".to_owned(), json!({"id": place.issue_type}));
        fields.insert("project".to_owned(), json!({"id": place.project}));
        let body = json!({"update": {}, "fields": fields});
        let request = self
            .call("POST", "issue")
            .header("Idempotency-Key", told.key);
        request.body("application/json", body.to_string())
    }

    /// What an issue says: also what is changed of one that is there.
    fn fields(&self, told: Told<'_>) -> Object {
        let summary = plain::headline(told.finding, MOST_OF_LINE).replace(['\r', '\n'], " ");
        let mut fields = Object::new();
        fields.insert("description".to_owned(), document::of(told));
        fields.insert("summary".to_owned(), json!(summary));
        fields
    }

    fn attachment(&self, issue: &str, file: &File) -> Request {
        let form = Form {
            texts: Vec::new(),
            files: vec![("file".to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call("POST", &format!("issue/{issue}/attachments")))
    }

    fn files(&self, finding: &Finding) -> Vec<File> {
        let files = picture::drawn(plain::files(finding), self.send_svg);
        plain::files_within(files, MOST_OF_FILE)
    }

    fn priority(&self, severity: Severity) -> String {
        let own = self
            .priorities
            .get(severity.as_str())
            .and_then(Json::as_str);
        let usual = match severity {
            Severity::High => "Critical",
            Severity::Low | Severity::Info => "Minor",
            Severity::Debug => "Major",
        };
        own.unwrap_or(usual).to_owned()
    }

    /// What issues about the same thing have in common. Labels have no blanks.
    fn labels(&self, told: Told<'_>) -> Vec<String> {
        let labels = self.dedups.iter().filter_map(|name| attribute(name, told));
        let labels = labels.map(|label| {
            let label: Vec<&str> = label.split_whitespace().collect();
            markdown::cut(&label.join("_"), MOST_OF_LABEL)
        });
        let mut labels: Vec<String> = labels.filter(|label| !label.is_empty()).collect();
        if labels.is_empty() {
            labels.push(plain::key(told.finding, MOST_OF_LABEL));
        }
        labels
    }
}

/// What `dedups` can name.
fn attribute(name: &str, told: Told<'_>) -> Option<String> {
    let finding = told.finding;
    let subject = &finding.subject;
    let pairs = |members: &Object| {
        let pairs = members
            .iter()
            .map(|(name, value)| format!("{name}={}", python::text(value)));
        pairs.collect::<Vec<_>>().join(",")
    };
    match name {
        "fingerprint" => Some(plain::key(finding, MOST_OF_LABEL)),
        "title" => Some(finding.title.clone()),
        "description" => finding.description.clone(),
        "aggregation_key" | "identifier" => Some(finding.aggregation_key.clone()),
        "severity" => Some(finding.severity.as_str().to_owned()),
        "source" => Some(finding.source.map_or("NONE", Source::constant).to_owned()),
        "type" => Some(finding.finding_type.as_str().to_owned()),
        "kind" => subject
            .kind
            .map(|kind| SubjectKind::as_str(kind).to_owned()),
        "namespace" => subject.namespace.clone(),
        "node" => subject.node.clone(),
        "name" => subject.name.clone(),
        "labels" => Some(pairs(&subject.labels)),
        "annotations" => Some(pairs(&subject.annotations)),
        "cluster_name" => Some(told.site.cluster_name.clone()),
        _ => None,
    }
}
