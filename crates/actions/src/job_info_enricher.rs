//! `job_info_enricher`: what a job is to do and how far it is.

use serde_json::json;
use squall_expression::value::text::float_repr;
use squall_model::Json;
use squall_model::finding::Block;

use crate::blocks::table;
use crate::cluster::{items, pods, said, word};
use crate::failure::Failure;
use crate::text::shown;
use crate::{Action, Case, NoParams};

/// Adds a table about the job.
pub(crate) struct JobInfoEnricher;

impl Action for JobInfoEnricher {
    const NAME: &'static str = "job_info_enricher";
    const EVENT: &'static str = "JobEvent";
    const DEFINITION: &'static str = r#"{"description": "Adds what the job is to do that the event is about, how far it is, and what its containers ask for."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(job) = case.object("Job").await else {
            case.note("job_info_enricher: there is no job");
            return Ok(());
        };
        let block = table("*Job information*", &["description", "value"], rows(&job));
        case.add_blocks(vec![Block::Table(block)]).await;
        Ok(())
    }
}

fn rows(job: &Json) -> Vec<Vec<Json>> {
    let text = |pointer: &str| {
        job.pointer(pointer)
            .map_or_else(|| "None".to_owned(), shown)
    };
    let count = |pointer: &str| {
        job.pointer(pointer)
            .and_then(Json::as_i64)
            .unwrap_or_default()
    };
    let (status, message) = status(job);
    let mut rows = vec![vec![json!("status"), json!(status)]];
    if let Some(message) = message.filter(|message| !message.is_empty()) {
        rows.push(vec![json!("message"), json!(message)]);
    }
    let succeeded = count("/status/succeeded");
    for (name, value) in [
        (
            "completions",
            format!("{succeeded}/{}", text("/spec/completions")),
        ),
        ("failures", count("/status/failed").to_string()),
        ("backoffLimit", text("/spec/backoffLimit")),
        (
            "duration",
            format!(
                "{} - {}",
                text("/status/startTime"),
                text("/status/completionTime")
            ),
        ),
        ("containers", "------------------".to_owned()),
    ] {
        rows.push(vec![json!(name), json!(value)]);
    }
    let preparing = items(job, "/spec/template/spec/initContainers");
    for container in preparing.chain(items(job, "/spec/template/spec/containers")) {
        let (requests, limits) = (
            pods::resources(container, "requests"),
            pods::resources(container, "limits"),
        );
        let cores = |cores: f64| {
            if cores == 0.0 {
                "None".to_owned()
            } else {
                float_repr(cores)
            }
        };
        let memory = |memory: i64| {
            if memory == 0 {
                "None".to_owned()
            } else {
                memory.to_string()
            }
        };
        rows.push(vec![json!("name"), json!(said(container, "/name"))]);
        rows.push(vec![json!("image"), json!(said(container, "/image"))]);
        let cpu = format!("{}/{}", cores(requests.cpu), cores(limits.cpu));
        rows.push(vec![json!("cpu (request/limit)"), json!(cpu)]);
        let memory = format!("{}/{}", memory(requests.memory), memory(limits.memory));
        rows.push(vec![json!("memory MB (request/limit)"), json!(memory)]);
    }
    rows
}

fn status(job: &Json) -> (&str, Option<&str>) {
    let count = |name: &str| {
        job.pointer(&format!("/status/{name}"))
            .and_then(Json::as_i64)
            .unwrap_or_default()
    };
    if count("active") != 0 {
        return ("Running", None);
    }
    let mut conditions = items(job, "/status/conditions").peekable();
    let is_empty = conditions.peek().is_none();
    if let Some(met) = conditions.find(|one| said(one, "/status") == Some("True")) {
        return (word(met, "/type"), said(met, "/message"));
    }
    if is_empty && count("failed") == 0 && count("succeeded") == 0 {
        return ("Starting", None);
    }
    ("Unknown", None)
}
