//! The environment an action's process gets.

use std::collections::BTreeMap;
use std::ffi::OsString;

use squall_model::{Json, Object};

use crate::Run;

/// The server's own environment without Squall's secrets, over it what the action asks for, over that what every action
/// finds. Values that are no text become JSON.
pub(crate) fn environment(run: &Run, asked: &Object) -> BTreeMap<OsString, OsString> {
    let mut all: BTreeMap<_, _> = run.host.settings.environment.iter().cloned().collect();
    let asked = asked.iter().filter(|(_, value)| !value.is_null());
    all.extend(asked.map(|(name, value)| (name.into(), text(value).into())));
    let given = run.environment.iter();
    all.extend(given.map(|(name, value)| (name.into(), value.into())));
    all
}

/// What a variable of the environment is set to.
pub(crate) fn text(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
