//! The parameters of `squall run ACTION name=value ...`, read as the stock client reads them.
//!
//! A value becomes what the action's schema says its parameter is: arrays are JSON or `a,b,c`, objects are JSON or
//! `name=value,name=value`. `@name=FILE` gives the text of a file. The first word without a `=` begins a command: it and
//! all that follows become the parameter `cmd`. For an action to which no command can be given, where the stock client can
//! only fail, words without a `=` are the parameters that have a `position`, in its order.

mod cast;

use std::path::{Path, PathBuf};

use squall_model::schema::Parameters;
use squall_model::{Json, Object};

use crate::input;

/// The action that takes files in a way of its own.
const HTTP: &str = "core.http";

/// The parameter that takes all words from the first one without a name.
const COMMAND: &str = "cmd";

/// What an action takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Takes {
    /// The action's name, with its pack.
    pub(crate) action: String,
    /// The action's own parameters.
    pub(crate) of_action: Parameters,
    /// Those of its runner.
    pub(crate) of_runner: Parameters,
}

/// Why the parameters cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A value is not what the parameter takes.
    #[error("the parameter `{name}` takes {wanted}, not `{given}`")]
    Value {
        name: String,
        wanted: &'static str,
        given: String,
    },
    /// It is not clear which parameter a value is for.
    #[error("cannot tell which parameter `{value}` is for; write NAME={value}")]
    Nameless { value: String },
    /// A file cannot be read.
    #[error("cannot read the file for the parameter `{name}`")]
    File {
        name: String,
        #[source]
        source: input::Error,
    },
}

/// Reads `name=value` words.
pub(crate) fn read(words: &[String], takes: &Takes, auto_dict: bool) -> Result<Object, Error> {
    let mut parameters = Object::new();
    let mut positional = takes.by_position().into_iter();
    for (index, word) in words.iter().enumerate() {
        let Some((name, value)) = word.split_once('=') else {
            if takes.a_command() {
                let command = words.get(index..).unwrap_or_default().join(" ");
                parameters.insert(COMMAND.to_owned(), Json::from(command));
                break;
            }
            let name = positional.next().ok_or_else(|| Error::Nameless {
                value: word.clone(),
            })?;
            add(&mut parameters, name, takes.read(name, word, auto_dict)?);
            continue;
        };
        match name.strip_prefix('@') {
            Some(name) => add_file(&mut parameters, name, Path::new(value), takes)?,
            None => add(&mut parameters, name, takes.read(name, value, auto_dict)?),
        }
    }
    if parameters.contains_key("file_content") && !parameters.contains_key("method") {
        parameters.insert("method".to_owned(), Json::from("POST"));
    }
    Ok(parameters)
}

/// Of two values for one parameter the later counts, but lists are joined.
fn add(parameters: &mut Object, name: &str, value: Json) {
    if let (Some(Json::Array(known)), Json::Array(more)) = (parameters.get_mut(name), &value) {
        known.extend(more.iter().cloned());
    } else {
        parameters.insert(name.to_owned(), value);
    }
}

/// HTTP requests send the file; every other action gets its text under the name it asks for.
fn add_file(parameters: &mut Object, name: &str, file: &Path, takes: &Takes) -> Result<(), Error> {
    let text = input::text(file).map_err(|source| Error::File {
        name: name.to_owned(),
        source,
    })?;
    if takes.action != HTTP {
        parameters.insert(name.to_owned(), Json::from(text));
        return Ok(());
    }
    parameters.insert("file_content".to_owned(), Json::from(text));
    if !parameters.contains_key("file_name") {
        let file_name = PathBuf::from(file.file_name().unwrap_or_default());
        parameters.insert(
            "file_name".to_owned(),
            Json::from(file_name.to_string_lossy()),
        );
    }
    Ok(())
}

impl Takes {
    /// Whether there is a command to take, as far as we know: of an action without any parameters nothing is known.
    fn a_command(&self) -> bool {
        let known = self.of_action.iter().chain(self.of_runner.iter()).count();
        let is_there =
            self.of_action.get(COMMAND).is_some() || self.of_runner.get(COMMAND).is_some();
        known == 0 || is_there && !self.of_action.flag(COMMAND, "immutable")
    }

    /// The action's parameters that have a `position`, in its order.
    fn by_position(&self) -> Vec<&str> {
        let placed = self.of_action.iter().filter_map(|(name, schema)| {
            let position = schema.get("position")?.as_f64()?;
            Some((position, name.as_str()))
        });
        let mut placed: Vec<(f64, &str)> = placed.collect();
        placed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        placed.into_iter().map(|(_, name)| name).collect()
    }

    fn read(&self, name: &str, value: &str, auto_dict: bool) -> Result<Json, Error> {
        let schema = self
            .of_runner
            .get(name)
            .or_else(|| self.of_action.get(name));
        cast::to_schema(name, value, schema, auto_dict)
    }
}

#[cfg(test)]
mod tests;
