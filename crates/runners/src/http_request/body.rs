//! What is sent: JSON, text, a form or a file.

use squall_expression::value::json::{Layout, Reader, dumps, from_json, loads};
use squall_expression::value::{Error as PythonError, Value, literal};
use squall_model::{Id, Json};

use super::request::{as_text, form};
use super::{Error, Wanted};

/// The bytes to send, and what they are, if they say so themselves.
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) kind: Option<String>,
}

/// A file to upload.
pub(crate) struct File {
    name: String,
    content: String,
    kind: String,
}

impl File {
    pub(crate) fn of(wanted: &Wanted) -> Option<Self> {
        let is_there = !wanted.file_name.is_empty() && !wanted.file_content.is_empty();
        is_there.then(|| Self {
            name: wanted.file_name.clone(),
            content: wanted.file_content.clone(),
            kind: wanted.file_content_type.clone(),
        })
    }
}

impl Body {
    /// The body for what an action gave. As JSON, nothing is `null`.
    pub(crate) fn new(given: &Json, file: Option<&File>, as_json: bool) -> Result<Self, Error> {
        if let Some(file) = file {
            return upload(given, file, as_json);
        }
        let plain = |bytes: Vec<u8>| Self { bytes, kind: None };
        if as_json {
            return Ok(plain(json_text(given).map_err(Error::Body)?.into_bytes()));
        }
        Ok(match given {
            Json::Null => plain(Vec::new()),
            Json::String(text) => plain(text.clone().into_bytes()),
            Json::Object(pairs) => Self {
                bytes: form(pairs).into_bytes(),
                kind: Some("application/x-www-form-urlencoded".to_owned()),
            },
            other => plain(other.to_string().into_bytes()),
        })
    }
}

/// JSON text of a value, or of the value that a text says: as JSON, else as a Python literal.
fn json_text(given: &Json) -> Result<String, PythonError> {
    let value = match given {
        Json::String(text) => read(text)?,
        other => from_json(other),
    };
    dumps(&value, &Layout::orjson())
}

fn read(text: &str) -> Result<Value, PythonError> {
    loads(text, Reader::Orjson).or_else(|_| literal::literal_eval(text))
}

/// A multipart form: the members of an object, then the file.
fn upload(given: &Json, file: &File, as_json: bool) -> Result<Body, Error> {
    let boundary = boundary(&file.content);
    let mut form = String::new();
    match given {
        Json::Null if !as_json => {}
        Json::Object(pairs) if !as_json => {
            for (name, value) in pairs.iter().filter(|(_, value)| !value.is_null()) {
                let name = escaped(name);
                part(
                    &mut form,
                    &boundary,
                    &format!("name=\"{name}\""),
                    "",
                    &as_text(value),
                );
            }
        }
        _ => return Err(Error::FileAndBody),
    }
    let name = escaped(&file.name);
    let names = format!("name=\"{name}\"; filename=\"{name}\"");
    part(&mut form, &boundary, &names, &file.kind, &file.content);
    form.extend(["--", &boundary, "--\r\n"]);
    Ok(Body {
        bytes: form.into_bytes(),
        kind: Some(format!("multipart/form-data; boundary={boundary}")),
    })
}

fn part(form: &mut String, boundary: &str, names: &str, kind: &str, content: &str) {
    let kind: String = kind
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    let kind = match kind.as_str() {
        "" => String::new(),
        kind => format!("Content-Type: {kind}\r\n"),
    };
    form.extend([
        "--",
        boundary,
        "\r\nContent-Disposition: form-data; ",
        names,
    ]);
    form.extend(["\r\n", &kind, "\r\n", content, "\r\n"]);
}

/// A line that the content does not hold: it depends on all of it.
fn boundary(content: &str) -> String {
    Id::of(&format!("boundary:{content}")).to_string()
}

/// A name between quotation marks, as browsers write it.
fn escaped(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
