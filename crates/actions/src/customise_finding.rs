//! `customise_finding`: other words, or labels, for what earlier actions found.

use serde::Deserialize;
use squall_expression::regex::{Flags, Pattern};
use squall_model::finding::{Severity, Subject};
use squall_model::{Json, Object};

use crate::case::Overrides;
use crate::failure::{Code, Failure};
use crate::text::{shown, templated};
use crate::{Action, Case, blocks};

/// Changes findings.
pub(crate) struct CustomiseFinding;

#[derive(Deserialize)]
pub(crate) struct Params {
    title: Option<String>,
    description: Option<String>,
    severity: Option<String>,
    aggregation_key: Option<String>,
    finding_label_rules: Option<Vec<Rule>>,
}

#[derive(Deserialize)]
struct Rule {
    source_fields: Vec<String>,
    regex: String,
    target_label: String,
    replacement: String,
    separator: String,
}

impl Action for CustomiseFinding {
    const NAME: &'static str = "customise_finding";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Changes the findings that earlier actions of the event made. It makes none, and stands behind them.",
        "class": "FindingOverrides",
        "parameters": {
            "title": {"type": ["string", "null"], "description": "Another title, with the variables of `create_finding`."},
            "description": {"type": ["string", "null"], "description": "Another description, with the same variables."},
            "severity": {"type": ["string", "null"], "description": "`DEBUG`, `INFO`, `LOW` or `HIGH`."},
            "aggregation_key": {"type": ["string", "null"], "description": "Another key, with the same variables."},
            "finding_label_rules": {
                "type": ["array", "null"],
                "description": "Labels made of what the event is about, by rules like those of Prometheus' `relabel_config`, in order.",
                "items": {"type": "object", "properties": {
                    "source_fields": {"type": "array", "required": true, "items": {"type": "string"}, "description": "`namespace`, `name`, `node`, `kind`, `labels.<key>` or `annotations.<key>`."},
                    "regex": {"type": "string", "required": true, "description": "What the values, joined, must be as a whole: Python's regular expression."},
                    "target_label": {"type": "string", "required": true, "description": "The label that is set."},
                    "replacement": {"type": "string", "required": true, "description": "Its value; `$1` is the expression's first group."},
                    "separator": {"type": "string", "default": ";", "description": "What the values are joined by."}
                }}
            }
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let severity = params.severity.filter(|word| !word.is_empty());
        let severity = severity.as_deref().map(severity_named).transpose()?;
        let subject = case.subject().await;
        let payload = case.event.payload().cloned();
        let text =
            |given: Option<String>| given.map(|text| templated(&text, &subject, payload.as_ref()));
        case.override_findings(&Overrides {
            title: text(params.title),
            description: text(params.description),
            severity,
            aggregation_key: text(params.aggregation_key),
        });
        let rules = params.finding_label_rules.unwrap_or_default();
        let labels = labels(&rules, &subject, case);
        if labels.is_empty() {
            return Ok(());
        }
        case.inject_labels(&labels);
        case.add_enrichment(blocks::labels_table(&labels, "*labels*", "labels"))
            .await;
        Ok(())
    }
}

/// Unlike `create_finding`, Robusta knows no `MEDIUM` here.
fn severity_named(word: &str) -> Result<Severity, Failure> {
    let known = Severity::ALL
        .into_iter()
        .find(|known| known.as_str() == word);
    known.ok_or_else(|| {
        let text = format!("{}: Unknown severity {word}", Code::Unexpected);
        Failure::new(Code::Unexpected, text)
    })
}

fn labels(rules: &[Rule], subject: &Subject, case: &mut Case<'_>) -> Object {
    let mut labels = Object::new();
    for rule in rules {
        let values: Vec<String> = rule
            .source_fields
            .iter()
            .map(|field| value(field, subject))
            .collect();
        let text = values.join(&rule.separator);
        let Ok(pattern) = Pattern::new(&rule.regex, Flags::default()) else {
            case.note(format!(
                "`{}` is no regular expression; the label {} is left out",
                rule.regex, rule.target_label
            ));
            continue;
        };
        let Ok(Some(found)) = pattern.full(&text) else {
            continue;
        };
        let mut replacement = rule.replacement.clone();
        for group in 1..=pattern.groups() {
            let matched = found.group(group).unwrap_or_default();
            replacement = replacement.replace(&format!("${group}"), matched);
        }
        labels.insert(rule.target_label.clone(), Json::from(replacement));
    }
    labels
}

fn value(field: &str, subject: &Subject) -> String {
    let text = |given: &Option<String>| given.clone().unwrap_or_default();
    let member = |of: &Object, name: &str| of.get(name).map(shown).unwrap_or_default();
    match field {
        "namespace" => text(&subject.namespace),
        "name" => text(&subject.name),
        "node" => text(&subject.node),
        "kind" => subject
            .kind
            .map(|kind| kind.as_str().to_owned())
            .unwrap_or_default(),
        other => match other.split_once('.') {
            Some(("labels", name)) => member(&subject.labels, name),
            Some(("annotations", name)) => member(&subject.annotations, name),
            _ => String::new(),
        },
    }
}
