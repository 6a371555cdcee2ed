//! The global variables.

mod classes;
mod lipsum;
pub(super) mod namespace;
pub(super) mod range;

use crate::value::Value;

/// The global variables, by name.
pub(super) const NAMES: &[&str] = &["range", "dict", "lipsum", "cycler", "joiner", "namespace"];

/// A global variable, if there is one of that name; `seed` is where random text starts from.
pub(super) fn find(name: &str, seed: u64) -> Option<Value> {
    Some(match name {
        "range" => range::function(),
        "dict" => classes::dict(),
        "cycler" => classes::cycler(),
        "joiner" => classes::joiner(),
        "namespace" => namespace::class(),
        "lipsum" => lipsum::function(seed),
        _ => return None,
    })
}
