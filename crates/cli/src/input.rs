//! What users hand over in files, in arguments and on standard input.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use fs_err as fs;
use squall_expression::yaml;
use squall_model::{Json, Object};

/// The largest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024 * 1024;

/// Why something cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It cannot be read.
    #[error("cannot read {what}")]
    Read {
        what: String,
        #[source]
        source: io::Error,
    },
    /// It is too large.
    #[error("cannot read {what}: it is larger than {LONGEST} bytes")]
    TooLarge { what: String },
    /// It is no JSON.
    #[error("cannot read {what} as JSON")]
    Json {
        what: String,
        #[source]
        source: serde_json::Error,
    },
    /// It is no YAML.
    #[error("cannot read {what} as YAML")]
    Yaml {
        what: String,
        #[source]
        source: yaml::Error,
    },
    /// It is something else than what it should be.
    #[error("{what} must be {wanted}")]
    Shape { what: String, wanted: &'static str },
}

/// Text of a file; `-` is standard input.
pub(crate) fn text(file: &Path) -> Result<String, Error> {
    let what = name(file);
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(LONGEST).read_to_string(&mut text)
    } else {
        fs::File::open(file).and_then(|opened| opened.take(LONGEST).read_to_string(&mut text))
    };
    match read {
        Ok(length) if u64::try_from(length).is_ok_and(|length| length < LONGEST) => Ok(text),
        Ok(_) => Err(Error::TooLarge { what }),
        Err(source) => Err(Error::Read { what, source }),
    }
}

/// A JSON or YAML document. Only a file that is called `.json` has to be JSON.
pub(crate) fn document(file: &Path) -> Result<Json, Error> {
    let text = text(file)?;
    if file
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        return json(&name(file), &text);
    }
    let read = yaml::parse(&text).map(|document| document.root.to_json());
    read.map_err(|source| Error::Yaml {
        what: name(file),
        source,
    })
}

/// A document that is an object.
pub(crate) fn object(file: &Path) -> Result<Object, Error> {
    match document(file)? {
        Json::Object(object) => Ok(object),
        _ => Err(Error::Shape {
            what: name(file),
            wanted: "an object: names and their values",
        }),
    }
}

/// JSON as it stands in an argument, or the document in the file that the argument names.
pub(crate) fn inline_or_file(argument: &str) -> Result<Json, Error> {
    if argument.trim_start().starts_with(['{', '[', '"']) {
        return json("the argument", argument);
    }
    document(&PathBuf::from(argument))
}

/// Reads JSON; `what` says whose it is.
pub(crate) fn json(what: &str, text: &str) -> Result<Json, Error> {
    serde_json::from_str(text).map_err(|source| Error::Json {
        what: what.to_owned(),
        source,
    })
}

fn name(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", file.display())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_argument_is_json_or_names_a_file() {
        assert_eq!(inline_or_file(r#" {"a": 1}"#).unwrap(), json!({"a": 1}));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("payload.yaml");
        fs::write(&file, "a: yes\nb: 010\n").unwrap();
        assert_eq!(
            inline_or_file(file.to_str().unwrap()).unwrap(),
            json!({"a": true, "b": 8})
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let missing = document(Path::new("no/such/file.yaml")).unwrap_err();
        assert_eq!(missing.to_string(), "cannot read `no/such/file.yaml`");
        let broken = inline_or_file("{\"a\": ").unwrap_err();
        assert_eq!(broken.to_string(), "cannot read the argument as JSON");
    }
}
