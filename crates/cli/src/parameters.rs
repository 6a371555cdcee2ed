//! The parameters of `squall run ACTION name=value ...`, read as the stock client reads them.
//!
//! A value becomes what the action's schema says its parameter is: arrays are JSON or `a,b,c`, objects are JSON or
//! `name=value,name=value`. `@name=FILE` gives the text of a file. The first word without a `=` begins a command: it and
//! all that follows become the parameter `cmd`.

mod cast;

use std::path::{Path, PathBuf};

use squall_model::schema::Parameters;
use squall_model::{Json, Object};

use crate::input;

/// The action that takes files in a way of its own.
const HTTP: &str = "core.http";

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
    for (position, word) in words.iter().enumerate() {
        let Some((name, value)) = word.split_once('=') else {
            let command = words.get(position..).unwrap_or_default().join(" ");
            parameters.insert("cmd".to_owned(), Json::from(command));
            break;
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
