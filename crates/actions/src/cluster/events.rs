//! Events of objects, as tables.

use serde::Deserialize;
use serde_json::json;
use squall_kubernetes::Selection;
use squall_model::Json;
use squall_model::finding::{Block, Events, Table};

use super::{EVENT, MOST, is_name, said, word};
use crate::Case;
use crate::blocks::{attached, table};
use crate::failure::{Code, Failure};
use crate::text::{shown, time};

/// Parameters of actions that show events.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct EventParams {
    pub(crate) max_events: i64,
    pub(crate) included_types: Option<Vec<String>>,
}

impl EventParams {
    /// All events of all types.
    pub(crate) fn all() -> Self {
        Self {
            max_events: i64::MAX,
            included_types: None,
        }
    }

    /// Python's slice `[:max_events]`, a negative bound counting from the end.
    pub(crate) fn bound(&self, count: usize) -> usize {
        match usize::try_from(self.max_events) {
            Ok(most) => most.min(count),
            Err(_) => count
                .saturating_sub(usize::try_from(self.max_events.unsigned_abs()).unwrap_or(count)),
        }
    }
}

/// Which object's events are wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Regarding<'o> {
    pub(crate) kind: &'o str,
    pub(crate) name: &'o str,
    /// Empty for all.
    pub(crate) namespace: &'o str,
}

impl<'o> Regarding<'o> {
    /// The events of an object.
    pub(crate) fn object(object: &'o Json) -> Self {
        Self {
            kind: word(object, "/kind"),
            name: word(object, "/metadata/name"),
            namespace: word(object, "/metadata/namespace"),
        }
    }
}

/// Adds a table of an object's events, if there are any.
pub(crate) async fn add_events(
    case: &mut Case<'_>,
    regarding: Regarding<'_>,
    params: &EventParams,
    (name, title): (&str, &str),
) -> Result<(), Failure> {
    if let Some(block) = events_table(case, name, regarding, params).await? {
        case.add_enrichment(attached(vec![block], "k8s_events", title))
            .await;
    }
    Ok(())
}

/// A table of an object's events, the newest first; nothing if there are none.
pub(crate) async fn events_table(
    case: &Case<'_>,
    name: &str,
    regarding: Regarding<'_>,
    params: &EventParams,
) -> Result<Option<Block>, Failure> {
    let mut events = events_of(case, regarding, params.included_types.as_deref()).await?;
    if events.is_empty() {
        return Ok(None);
    }
    newest_first(&mut events);
    events.truncate(params.bound(events.len()));
    let rows = events.iter().map(|event| {
        vec![
            text(event, "/reason"),
            text(event, "/type"),
            json!(at(event)),
            text(event, "/note"),
        ]
    });
    let made = table(name, &["reason", "type", "time", "message"], rows.collect());
    let named = (regarding.kind, regarding.name, regarding.namespace);
    let listed = events.iter().map(|event| row(event, named)).collect();
    Ok(Some(block(made, vec![1, 1, 1, 2], listed)))
}

/// The events of an object, of these types; of all if nothing is said.
pub(crate) async fn events_of(
    case: &Case<'_>,
    regarding: Regarding<'_>,
    types: Option<&[String]>,
) -> Result<Vec<Json>, Failure> {
    let said = [
        ("kind", regarding.kind),
        ("name", regarding.name),
        ("namespace", regarding.namespace),
    ];
    if said
        .iter()
        .any(|(_, value)| !value.is_empty() && !is_name(value))
    {
        // What an object cannot be called might say more in a selector than a name.
        return Ok(Vec::new());
    }
    let said = said.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<String> = said
        .map(|(field, value)| format!("regarding.{field}={value}"))
        .collect();
    let selector = said.join(",");
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    let found = cluster
        .list(&EVENT, &Selection::default().fields(selector), MOST)
        .await;
    let found = found.map_err(|error| Failure::unexpected("cannot list events", &error))?;
    let is_wanted = |event: &Json| {
        let own = word(event, "/type");
        types.is_none_or(|types| {
            types
                .iter()
                .any(|wanted| wanted.to_lowercase() == own.to_lowercase())
        })
    };
    Ok(found.into_iter().filter(is_wanted).collect())
}

/// The events in an object's namespace about whatever has its name.
pub(crate) async fn events_named(case: &Case<'_>, object: &Json) -> Result<Vec<Json>, Failure> {
    let (name, namespace) = (
        word(object, "/metadata/name"),
        word(object, "/metadata/namespace"),
    );
    if !is_name(name) || !is_name(namespace) {
        return Ok(Vec::new());
    }
    let selection = Selection::of(Some(namespace)).fields(format!("regarding.name={name}"));
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    let found = cluster.list(&EVENT, &selection, MOST).await;
    found.map_err(|error| Failure::unexpected("cannot list events", &error))
}

/// There is no cluster to ask.
pub(crate) fn no_cluster() -> Failure {
    let text = format!("{}: there is no cluster", Code::Unexpected);
    Failure::new(Code::Unexpected, text)
}

/// A block of a table of events and the events in it; the column `time` is a time.
pub(crate) fn block(mut table: Table, widths: Vec<i64>, events: Vec<Json>) -> Block {
    table.column_renderers = json!({"time": "DATETIME"});
    table.column_width = Some(widths);
    let column = table.headers.iter().position(|header| header == "time");
    let values = table.values.as_array().cloned().unwrap_or_default();
    if let Some(column) = column {
        for (row, values) in table.rows.iter_mut().zip(&values) {
            let at = values.get(column).and_then(Json::as_f64);
            if let (Some(cell), Some(at)) = (row.get_mut(column), at) {
                *cell = time::shown(at);
            }
        }
    }
    Block::Events(Events { table, events })
}

/// One event as it stands beside the table.
pub(crate) fn row(event: &Json, (kind, name, namespace): (&str, &str, &str)) -> Json {
    let given = |text: &str| {
        if text.is_empty() {
            Json::Null
        } else {
            Json::from(text)
        }
    };
    json!({
        "type": text(event, "/type"),
        "reason": text(event, "/reason"),
        "message": text(event, "/note"),
        "kind": kind.to_lowercase(),
        "name": given(name),
        "namespace": given(namespace),
        "time": time::shown(at(event)),
    })
}

/// Sorts by time, those of the same time staying as they stand.
pub(crate) fn newest_first(events: &mut [Json]) {
    events.sort_by(|one, other| moment(other).cmp(moment(one)));
}

/// Milliseconds since 1970.
pub(crate) fn at(event: &Json) -> f64 {
    time::milliseconds(moment(event)).unwrap_or_default()
}

/// When it was seen last, as Kubernetes writes it; empty if it does not say.
pub(crate) fn moment(event: &Json) -> &str {
    let members = [
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/deprecatedFirstTimestamp",
        "/metadata/creationTimestamp",
    ];
    let mut said = members.into_iter().filter_map(|member| said(event, member));
    said.find(|text| !text.is_empty()).unwrap_or_default()
}

/// What an event says there; null if nothing.
pub(crate) fn text(event: &Json, pointer: &str) -> Json {
    match event.pointer(pointer) {
        None | Some(Json::Null) => Json::Null,
        Some(value) => Json::from(shown(value)),
    }
}
