//! Which executions, and what there is to choose from.

use serde_json::json;
use squall_model::Json;
use squall_model::execution::Status;
use squall_model::record::{ExecutionFilter, Page};
use squall_server::ExecutionColumn;

use super::super::fault::Fault;
use super::super::page::{self, Lists};
use super::super::reply;
use crate::about::{Kind, Parameter};
use crate::call::{Call, Query};
use crate::route::Answer;
use crate::wire::Wire;

/// The filters of a list.
pub(super) const PARAMETERS: &[Parameter] = &[
    ("status", Kind::Words),
    ("action", Kind::Text),
    ("runner", Kind::Text),
    ("user", Kind::Text),
    ("parent", Kind::Text),
    ("rule", Kind::Text),
    ("trigger_instance", Kind::Text),
    ("liveaction", Kind::Text),
    ("timestamp_gt", Kind::Time),
    ("timestamp_lt", Kind::Time),
    ("timestamp", Kind::Time),
    ("trigger", Kind::Text),
    ("trigger_type", Kind::Text),
    ("filter", Kind::Text),
    ("sort_asc", Kind::Flag),
    ("sort_desc", Kind::Flag),
];

/// Reads which part of the list is wanted. Executions are sorted by time; who asks for those before a moment sees the
/// newest first, who asks for those after one the oldest, as in the original.
pub(super) fn page(query: &Query) -> Result<Page, Fault> {
    let given = |name: &str| query.get(name).is_some_and(|text| !text.is_empty());
    let mut lists = Lists::RECORDED;
    lists.ascending = !given("timestamp_lt") && given("timestamp_gt");
    let mut page = page::page(query, lists)?;
    if let Some(keys) = query.get("sort") {
        page.ascending = sort(keys)?.unwrap_or(lists.ascending);
    }
    Ok(page)
}

/// Whether a list of sort keys says oldest first. Words that are no keys say nothing, as in the original.
fn sort(keys: &str) -> Result<Option<bool>, Fault> {
    for key in keys.split(',') {
        let (ascending, key) = match key.strip_prefix('-') {
            Some(key) => (false, key),
            None => (true, key.trim_start_matches(['+', ' '])),
        };
        if ["timestamp", "timestamp_gt", "timestamp_lt", "id"].contains(&key) {
            return Ok(Some(ascending));
        }
        if [
            "action",
            "status",
            "rule",
            "runner",
            "user",
            "parent",
            "trigger",
            "trigger_type",
        ]
        .contains(&key)
        {
            return Err(Fault::bad_request(format!(
                "Executions cannot be sorted by \"{key}\", only by \"timestamp\"."
            )));
        }
    }
    Ok(None)
}

/// Reads the filters of a list; what `filter` says goes before the rest.
pub(super) async fn read(wire: &Wire, query: &Query) -> Result<ExecutionFilter, Fault> {
    let mut filter = ExecutionFilter {
        ids: page::ids(query, "id")?,
        after: page::moment(query, "timestamp_gt")?,
        before: page::moment(query, "timestamp_lt")?,
        ..ExecutionFilter::default()
    };
    if let Some(at) = page::moment(query, "timestamp")? {
        (filter.after, filter.before) = (Some(at.plus_micros(-1)), Some(at.plus_micros(1)));
    }
    for (name, _) in ONE_BY_ONE {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            add(wire, &mut filter, name, value).await?;
        }
    }
    for token in query.get("filter").unwrap_or_default().split_whitespace() {
        let wrong = || Fault::bad_request(format!("invalid format for filter \"{token}\""));
        let (path, value) = token.split_once(':').ok_or_else(wrong)?;
        let known = ONE_BY_ONE.iter().find(|(_, known)| *known == path);
        let unknown = || Fault::bad_request(format!("Cannot filter by the field \"{path}\""));
        let (name, _) = known.ok_or_else(unknown)?;
        add(wire, &mut filter, name, value).await?;
    }
    Ok(filter)
}

/// What executions are filtered by: the name in a query, and the path in `filter`.
const ONE_BY_ONE: [(&str, &str); 11] = [
    ("action", "action.ref"),
    ("status", "status"),
    ("liveaction", "liveaction.id"),
    ("parent", "parent"),
    ("rule", "rule.name"),
    ("rule", "rule.ref"),
    ("runner", "runner.name"),
    ("trigger", "trigger.name"),
    ("trigger_type", "trigger_type.name"),
    ("trigger_instance", "trigger_instance.id"),
    ("user", "context.user"),
];

async fn add(
    wire: &Wire,
    filter: &mut ExecutionFilter,
    name: &str,
    value: &str,
) -> Result<(), Fault> {
    let id = || Some(page::id_of(value));
    let text = || Some(value.to_owned());
    match name {
        "action" => filter.action = text(),
        "runner" => filter.runner = text(),
        "user" => filter.user = text(),
        "liveaction" => filter.liveaction = id(),
        "trigger_instance" => filter.event = id(),
        "status" => filter.statuses = statuses(value)?,
        "rule" => filter.rules = rules(wire, value).await?,
        "trigger" => filter.trigger = text(),
        "trigger_type" => filter.trigger_type = text(),
        "parent" if value == "null" => filter.roots_only = true,
        "parent" => filter.parent = id(),
        other => {
            return Err(Fault::bad_request(format!(
                "Executions cannot be filtered by \"{other}\"."
            )));
        }
    }
    Ok(())
}

fn statuses(value: &str) -> Result<Vec<Status>, Fault> {
    let status = |word: &str| {
        let unknown =
            || Fault::bad_request(format!("The status \"{word}\" is not one of StackStorm's."));
        Status::parse(word).ok_or_else(unknown)
    };
    value
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(status)
        .collect()
}

/// The references of rules with this name, or this reference. One that started nothing matches nothing.
async fn rules(wire: &Wire, value: &str) -> Result<Vec<String>, Fault> {
    let mut rules = wire
        .handle()
        .store()
        .execution_values(ExecutionColumn::Rule)
        .await?;
    rules.retain(|rule| rule == value || name_of(rule) == value);
    if rules.is_empty() {
        rules.push(value.to_owned());
    }
    Ok(rules)
}

/// The name in a rule's reference.
fn name_of(rule: &str) -> &str {
    rule.split_once('.').map_or(rule, |(_, name)| name)
}

/// The values there are to filter by.
pub(super) async fn values(wire: Wire, call: Call) -> Answer {
    let wanted = page::words(&call.query, "types");
    let columns = [
        ("action", ExecutionColumn::Action, false),
        ("status", ExecutionColumn::Status, false),
        ("rule", ExecutionColumn::Rule, true),
        ("runner", ExecutionColumn::Runner, false),
        ("trigger", ExecutionColumn::Trigger, true),
        ("trigger_type", ExecutionColumn::TriggerType, true),
        ("user", ExecutionColumn::User, false),
    ];
    let mut body = serde_json::Map::new();
    for (name, column, null_is_a_value) in columns {
        if !wanted.is_empty() && !wanted.iter().any(|word| word == name) {
            continue;
        }
        let found = wire.handle().store().execution_values(column).await?;
        let mut values: Vec<Json> = found
            .into_iter()
            .filter(|value| !value.is_empty())
            .map(Json::from)
            .collect();
        if null_is_a_value {
            values.push(Json::Null);
        }
        body.insert(name.to_owned(), json!(values));
    }
    reply::ok(&Json::Object(body))
}
