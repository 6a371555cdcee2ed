//! Making the events that parameters describe.

use squall_model::{Json, Object, cloudevent};

use super::{Error, Mode, Params};
use crate::Run;

/// What an event may lack and a parameter may add.
const PARAMETERS: [&str; 9] = [
    "type",
    "source",
    "id",
    "subject",
    "time",
    "datacontenttype",
    "dataschema",
    "data",
    "data_base64",
];

/// The events to send, each held against the rules of the standard.
pub(super) fn events(params: &Params, run: &Run) -> Result<Vec<Object>, Error> {
    let given = match (&params.event, &params.events) {
        (Some(_), Some(_)) => return Err(Error::Both),
        (_, Some(_)) if params.mode != Mode::Batch => return Err(Error::List(params.mode)),
        (_, Some(events)) => events.clone(),
        (event, None) => vec![event.clone().unwrap_or_default()],
    };
    let is_batch = params.events.is_some();
    let numbered = given.into_iter().enumerate();
    let one = |(number, event)| {
        let which = is_batch.then_some(number);
        let told = || which.map_or_else(String::new, |number| format!(" (event {number})"));
        let event = completed(event, which, params, run);
        cloudevent::check(event).map_err(|error| Error::Event(told(), error))
    };
    numbered.map(one).collect()
}

/// An event with what it lacks. Null stands for unset, but for data it is a value.
fn completed(mut event: Object, which: Option<usize>, params: &Params, run: &Run) -> Object {
    event.retain(|name, value| name == "data" || !value.is_null());
    let has_data = event.contains_key("data") || event.contains_key("data_base64");
    for name in PARAMETERS {
        let is_data = name == "data" || name == "data_base64";
        if !(is_data && has_data) {
            add(&mut event, name, params.rest.get(name));
        }
    }
    for (name, value) in &params.extensions {
        add(&mut event, name, Some(value));
    }
    let id = match which {
        Some(number) => format!("{}-{number}", run.execution),
        None => run.execution.to_string(),
    };
    let asked_at = run.execution.made_at().to_string();
    for (name, value) in [
        ("specversion", cloudevent::VERSION.to_owned()),
        ("id", id),
        ("source", format!("/squall/{}", run.action.reference)),
        ("time", asked_at),
    ] {
        add(&mut event, name, Some(&Json::String(value)));
    }
    event
}

fn add(event: &mut Object, name: &str, value: Option<&Json>) {
    if let Some(value) = value.filter(|value| !value.is_null())
        && !event.contains_key(name)
    {
        event.insert(name.to_owned(), value.clone());
    }
}
