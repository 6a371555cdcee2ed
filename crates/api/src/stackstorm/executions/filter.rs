//! Which executions, and what there is to choose from.

use serde_json::json;
use squall_model::Json;
use squall_model::execution::Status;
use squall_model::record::ExecutionFilter;
use squall_server::ExecutionColumn;

use super::super::fault::Fault;
use super::super::{page, reply};
use crate::call::{Call, Query};
use crate::route::Answer;
use crate::wire::Wire;

/// Reads the filters of a list.
pub(super) fn read(query: &Query) -> Result<ExecutionFilter, Fault> {
    let text = |name: &str| {
        query
            .get(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let one_id = |name: &str| page::id(query, name);
    let mut filter = ExecutionFilter {
        ids: page::ids(query, "id")?,
        statuses: Vec::new(),
        action: text("action"),
        runner: text("runner"),
        user: text("user"),
        parent: None,
        roots_only: false,
        rule: text("rule"),
        event: one_id("trigger_instance")?,
        liveaction: one_id("liveaction")?,
        after: page::moment(query, "timestamp_gt")?,
        before: page::moment(query, "timestamp_lt")?,
    };
    for word in page::words(query, "status") {
        let unknown =
            || Fault::bad_request(format!("The status \"{word}\" is not one of StackStorm's."));
        filter
            .statuses
            .push(Status::parse(&word).ok_or_else(unknown)?);
    }
    match query.get("parent") {
        None | Some("") => {}
        Some("null") => filter.roots_only = true,
        Some(_) => filter.parent = one_id("parent")?,
    }
    Ok(filter)
}

/// The values there are to filter by.
pub(super) async fn values(wire: Wire, call: Call) -> Answer {
    let wanted = page::words(&call.query, "types");
    let columns = [
        ("action", ExecutionColumn::Action, false),
        ("status", ExecutionColumn::Status, false),
        ("rule", ExecutionColumn::Rule, true),
        ("runner", ExecutionColumn::Runner, false),
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
