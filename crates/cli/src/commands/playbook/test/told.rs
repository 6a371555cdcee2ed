//! What came of an event: for people, and for programs.

use std::io;

use serde_json::json;
use squall_engine::playbook::Answer;
use squall_model::finding::{Block, Enrichment, Finding};
use squall_model::{Json, Object};
use squall_server::playbooks::InForce;
use squall_server::playbooks::trial::{Routed, Tried};

use crate::console::{Console, Paint};
use crate::show::{self, Column, Format};

const TRIGGERS: &[Column] = &[
    Column::plain("no.", "number"),
    Column::plain("playbook", "name"),
    Column::plain("trigger", "trigger"),
    Column::plain("fires", "fires"),
];

const ACTIONS: &[Column] = &[
    Column::plain("no.", "playbook"),
    Column::plain("action", "name"),
    Column::yes_no("went well", "success"),
    Column::plain("message", "message"),
];

/// Tells people.
pub(super) fn show(console: &mut Console, tried: &Tried, in_force: &InForce) -> io::Result<()> {
    if !tried.answers.is_empty() {
        let rows = triggers(tried, in_force);
        show::list(console, Format::Table, &rows, TRIGGERS)?;
        console.line("")?;
    }
    if !tried.performed.actions.is_empty() {
        let rows: Vec<Json> = tried.performed.actions.iter().map(action).collect();
        show::list(console, Format::Table, &rows, ACTIONS)?;
        console.line("")?;
    }
    for line in tried.printed.lines() {
        console.line(console.paint(Paint::Dim, &format!("| {line}")))?;
    }
    for note in notes(tried) {
        console.line(console.paint(Paint::Yellow, &format!("note: {note}")))?;
    }
    tried
        .findings
        .iter()
        .try_for_each(|routed| finding(console, routed))
}

/// Each trigger with whether it fires, numbered as `squall playbook list` does.
fn triggers(tried: &Tried, in_force: &InForce) -> Vec<Json> {
    let row = |answer: &Answer| {
        let playbook = in_force.playbooks.playbooks.get(answer.playbook)?;
        let trigger = playbook.triggers.get(answer.trigger)?;
        let fires = match &answer.why_not {
            Some(why) => format!("no: {why}"),
            None if tried.skipped.contains(&answer.playbook) => {
                "yes, but an action before it ended the processing".to_owned()
            }
            None => "yes".to_owned(),
        };
        Some(json!({
            "number": answer.playbook.saturating_add(1),
            "name": playbook.name,
            "trigger": trigger.name,
            "fires": fires,
        }))
    };
    tried.answers.iter().filter_map(row).collect()
}

fn action(done: &squall_server::playbooks::performance::ActionDone) -> Json {
    let mut row = serde_json::to_value(done).unwrap_or_default();
    if let Some(row) = row.as_object_mut() {
        row.insert(
            "playbook".to_owned(),
            done.playbook.saturating_add(1).into(),
        );
    }
    row
}

/// What was left undone, and what was done to the cluster.
fn notes(tried: &Tried) -> Vec<String> {
    let performed = &tried.performed;
    let effects = performed.effects.iter().map(|effect| {
        let name = effect.object.name.as_deref().unwrap_or_default();
        let kind = effect.object.kind.as_deref().unwrap_or_default();
        let only = if effect.dry_run { " (dry run)" } else { "" };
        format!("{}: {} {kind} {name}{only}", effect.action, effect.verb)
    });
    let left_out = tried.left_out.iter().cloned();
    performed
        .notes
        .iter()
        .cloned()
        .chain(left_out)
        .chain(effects)
        .collect()
}

fn finding(console: &mut Console, routed: &Routed) -> io::Result<()> {
    let finding = &routed.finding;
    let title = format!(
        "{} [{}] {}",
        routed.sink,
        finding.severity.as_str(),
        finding.title
    );
    if let Some(why_not) = &routed.why_not {
        return console.line(console.paint(Paint::Dim, &format!("{title}\n  not told: {why_not}")));
    }
    console.line(console.paint(Paint::Green, &title))?;
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let texts = finding
        .description
        .clone()
        .into_iter()
        .chain(blocks.map(shown));
    for text in texts.filter(|text| !text.trim().is_empty()) {
        for line in text.trim_end().lines() {
            console.line(format!("  {line}"))?;
        }
        console.line("")?;
    }
    Ok(())
}

/// A block as people read it: the name of a file goes before what is in it.
fn shown(block: &Block) -> String {
    let name = block.as_file().map(|file| format!("{}:\n", file.filename));
    format!("{}{}", name.unwrap_or_default(), text(block))
}

/// Everything, for programs. Playbooks are numbered from 0.
pub(super) fn whole(tried: &Tried, in_force: &InForce) -> Json {
    let answer = |answer: &Answer| {
        let playbook = in_force.playbooks.playbooks.get(answer.playbook);
        let trigger = playbook.and_then(|playbook| playbook.triggers.get(answer.trigger));
        json!({
            "playbook": answer.playbook,
            "trigger": trigger.map(|trigger| &*trigger.name),
            "fires": answer.why_not.is_none(),
            "why_not": answer.why_not.as_ref().map(ToString::to_string),
        })
    };
    let not_told = tried.findings.iter().filter_map(|routed| {
        let why = routed.why_not.as_ref()?;
        Some(json!({"sink": routed.sink, "title": routed.finding.title, "reason": why}))
    });
    let mut whole = brief(tried);
    whole.extend([
        ("skipped".to_owned(), json!(tried.skipped)),
        (
            "triggers".to_owned(),
            tried.answers.iter().map(answer).collect(),
        ),
        ("actions".to_owned(), json!(tried.performed.actions)),
        ("not_told".to_owned(), not_told.collect()),
        ("effects".to_owned(), json!(tried.performed.effects)),
        ("requests".to_owned(), json!(tried.performed.requests)),
        ("notes".to_owned(), json!(notes(tried))),
        ("printed".to_owned(), json!(tried.printed)),
    ]);
    let mut sinks = Object::new();
    for routed in tried
        .findings
        .iter()
        .filter(|routed| routed.why_not.is_none())
    {
        let finding = serde_json::to_value(&routed.finding).unwrap_or_default();
        add(&mut sinks, &routed.sink, finding);
    }
    whole.insert("sinks".to_owned(), Json::Object(sinks));
    Json::Object(whole)
}

/// What a line of a batch is told: the playbooks that ran, the first that could not be asked, and what each sink is told.
pub(super) fn brief(tried: &Tried) -> Object {
    let mut sinks = Object::new();
    for routed in tried
        .findings
        .iter()
        .filter(|routed| routed.why_not.is_none())
    {
        add(&mut sinks, &routed.sink, outline(&routed.finding));
    }
    Object::from_iter([
        ("fired".to_owned(), json!(tried.fired)),
        ("aborted".to_owned(), json!(tried.aborted)),
        ("sinks".to_owned(), Json::Object(sinks)),
    ])
}

/// Adds what came of another alert of the same message.
pub(super) fn add_all(all: &mut Object, more: &Object) {
    let Some(Json::Object(sinks)) = more.get("sinks") else {
        return;
    };
    if let Some(Json::Object(all)) = all.get_mut("sinks") {
        for (sink, findings) in sinks {
            for finding in findings.as_array().into_iter().flatten() {
                add(all, sink, finding.clone());
            }
        }
    }
    if let (Some(Json::Array(all)), Some(Json::Array(more))) =
        (all.get_mut("fired"), more.get("fired"))
    {
        let new: Vec<Json> = more
            .iter()
            .filter(|one| !all.contains(one))
            .cloned()
            .collect();
        all.extend(new);
    }
    if all.get("aborted").is_none_or(Json::is_null) {
        let aborted = more.get("aborted").cloned().unwrap_or_default();
        all.insert("aborted".to_owned(), aborted);
    }
}

fn add(sinks: &mut Object, sink: &str, finding: Json) {
    let found = sinks.entry(sink).or_insert_with(|| json!([]));
    if let Some(found) = found.as_array_mut() {
        found.push(finding);
    }
}

/// A finding, with what is the same whenever it is found.
fn outline(finding: &Finding) -> Json {
    let mut told = json!({
        "title": finding.title,
        "description": finding.description,
        "severity": finding.severity,
        "source": finding.source,
        "type": finding.finding_type,
        "aggregation_key": finding.aggregation_key,
        "fingerprint": finding.fingerprint,
        "subject": finding.subject,
        "enrichments": finding.enrichments.iter().map(enrichment).collect::<Vec<_>>(),
    });
    if let Some(told) = told.as_object_mut()
        && !finding.links.is_empty()
    {
        told.insert("links".to_owned(), json!(finding.links));
    }
    told
}

fn enrichment(enrichment: &Enrichment) -> Json {
    let mut told = serde_json::to_value(enrichment).unwrap_or_default();
    if let Some(told) = told.as_object_mut() {
        let blocks = enrichment.blocks.iter().map(block);
        told.insert("blocks".to_owned(), blocks.collect());
    }
    told
}

/// A block: its class, what there is to read in it, and the cells of a table or the name of a file.
fn block(block: &Block) -> Json {
    let mut told = Object::from_iter([
        ("type".to_owned(), json!(block.class())),
        ("text".to_owned(), json!(text(block))),
    ]);
    if let Some(table) = block.as_table() {
        told.insert("headers".to_owned(), json!(table.headers));
        told.insert("rows".to_owned(), json!(table.rows));
    }
    let named = match block {
        Block::EmptyFile(file) => Some(&file.filename),
        block => block.as_file().map(|file| &file.filename),
    };
    if let Some(filename) = named {
        told.insert("filename".to_owned(), json!(filename));
    }
    Json::Object(told)
}

/// What there is to read in a block.
fn text(block: &Block) -> String {
    let lines: Vec<String> = match block {
        Block::Markdown(text) => vec![text.text.clone()],
        Block::Header(header) => vec![header.text.clone()],
        Block::List(list) => list.items.clone(),
        Block::Json(json) => vec![json.json_str.clone()],
        Block::Links(links) => {
            let lines = links.links.iter();
            lines
                .map(|link| format!("{}: {}", link.text, link.url))
                .collect()
        }
        Block::Callback(callback) => callback.choices.keys().cloned().collect(),
        Block::KubernetesDiff(diff) => diff.diffs.iter().map(difference).collect(),
        other => match (other.as_table(), other.as_file()) {
            (Some(table), _) => {
                let name = Some(table.table_name.clone()).filter(|name| !name.is_empty());
                let rows = std::iter::once(&table.headers).chain(&table.rows);
                name.into_iter()
                    .chain(rows.map(|row| row.join(" | ")))
                    .collect()
            }
            (None, Some(file)) if is_readable(&file.filename) => {
                vec![String::from_utf8_lossy(&file.contents).into_owned()]
            }
            _ => Vec::new(),
        },
    };
    lines.join("\n")
}

fn difference(difference: &squall_model::finding::Difference) -> String {
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        value => value.to_string(),
    };
    let (was, is) = (text(&difference.other_value), text(&difference.value));
    format!("{}: {was} => {is}", difference.formatted_path)
}

fn is_readable(file: &str) -> bool {
    [".txt", ".log", ".yaml", ".json"]
        .iter()
        .any(|ending| file.ends_with(ending))
}
