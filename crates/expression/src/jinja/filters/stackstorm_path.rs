//! StackStorm's filters on paths.

use super::Filter;
use crate::jinja::callable::{Callable, Given};
use crate::value::Error;

pub(super) const FILTERS: &[Filter] = &[
    (
        "basename",
        Callable::new("basename", &["path"], |given| {
            split(given).map(|(_, name)| name.into())
        }),
    ),
    (
        "dirname",
        Callable::new("dirname", &["path"], |given| {
            split(given).map(|(folder, _)| folder.into())
        }),
    ),
];

/// The folder and the name in it.
fn split(given: &Given<'_>) -> Result<(String, String), Error> {
    let Some(path) = given.value().as_text() else {
        let message = format!(
            "expected str, bytes or os.PathLike object, not {}",
            given.value().type_name()
        );
        return Err(Error::type_error(message));
    };
    let start = path.rfind('/').map_or(0, |slash| slash + 1);
    let (folder, name) = path.split_at_checked(start).unwrap_or(("", &path));
    let stripped = folder.trim_end_matches('/');
    // A root stays one.
    let folder = if stripped.is_empty() {
        folder
    } else {
        stripped
    };
    Ok((folder.to_owned(), name.to_owned()))
}
