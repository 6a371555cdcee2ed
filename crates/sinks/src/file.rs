//! `file_sink`: findings as JSON, added to a file or printed.

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Finding, Severity};
use squall_model::http::Http;

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Error, Fault, Later, Message, Sink, Told, blocks};

/// A file, or the standard output.
pub(crate) struct File {
    file_name: Option<PathBuf>,
}

impl Kind for File {
    const KIND: &'static str = "file_sink";
    const ABOUT: &'static str = "JSON, added to a file or printed";
    const EXAMPLE: &'static str = r#"{}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let file_name = given.text("file_name")?.filter(|name| !name.is_empty());
        Ok(Self {
            file_name: file_name.map(PathBuf::from),
        })
    }
}

impl Sink for File {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        vec![Message::Text {
            file: self.file_name.clone(),
            text: text(told.finding),
        }]
    }

    fn deliver<'a>(
        &'a self,
        told: Told<'a>,
        _http: &'a dyn Http,
    ) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            let text = text(told.finding);
            match &self.file_name {
                None => std::io::stdout().lock().write_all(text.as_bytes())?,
                Some(name) => {
                    let mut options = fs_err::OpenOptions::new();
                    let mut file = options.append(true).create(true).open(name)?;
                    file.write_all(text.as_bytes())?;
                }
            }
            Ok(Json::Null)
        })
    }
}

/// The finding without its files, in the members that Robusta's file sink has.
fn text(finding: &Finding) -> String {
    let subject = &finding.subject;
    let links = finding
        .links
        .iter()
        .map(|link| json!({"url": link.url, "name": link.name, "type": link.link_type}));
    let whole = json!({
        "id": finding.id,
        "title": finding.title,
        "finding_type": finding.finding_type.as_str(),
        "failure": finding.failure,
        "description": finding.description,
        "source": finding.source,
        "aggregation_key": finding.aggregation_key,
        "severity": Severity::ALL.iter().position(|known| *known == finding.severity),
        "category": null,
        "subject": {
            "name": subject.name,
            "subject_type": subject.kind,
            "namespace": subject.namespace,
            "node": subject.node,
            "container": subject.container,
            "labels": subject.labels,
            "annotations": subject.annotations,
        },
        "enrichments": finding.enrichments.iter().map(|one| blocks::dumped(one, true)).collect::<Vec<_>>(),
        "links": links.collect::<Vec<_>>(),
        "service": null,
        "service_key": "",
        "silence_labels": finding.silence_labels,
        "creation_date": null,
        "fingerprint": finding.fingerprint,
        "starts_at": finding.starts_at.as_deref().map(with_blank),
        "ends_at": finding.ends_at.as_deref().map(with_blank),
    });
    format!("{whole:#}\n")
}

/// A time as Python's `str` writes it.
fn with_blank(time: &str) -> String {
    time.replacen('T', " ", 1)
}
