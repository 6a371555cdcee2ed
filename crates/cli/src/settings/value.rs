//! A value as it was given, and what becomes of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Chosen;
use super::quantity;
use super::setting::{Setting, Takes};

/// A value as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    /// Text: in the file, in a variable, or behind a flag.
    Text(String),
    /// A whole number in the file.
    Number(i64),
    /// True or false in the file, or a flag without a value.
    Switch(bool),
    /// A list of texts in the file, or a flag given more than once.
    List(Vec<String>),
    /// What no setting takes, by its name: a date, a table.
    Other(&'static str),
}

/// Why a value is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// What is wrong with it.
    pub(crate) message: String,
    /// What would be right.
    pub(crate) hint: String,
}

impl Setting {
    /// Puts a value where the server looks for it. `folder` is where relative paths begin.
    pub(crate) fn put(
        &self,
        given: &Given,
        folder: &Path,
        chosen: &mut Chosen,
    ) -> Result<(), Refused> {
        self.takes
            .put(given, folder, chosen)
            .ok_or_else(|| self.refuse(given))
    }

    fn refuse(&self, given: &Given) -> Refused {
        Refused {
            message: format!("{given} is not {}", self.takes.kind()),
            hint: format!("such as {}", self.takes.literal(self.example())),
        }
    }
}

impl Takes {
    fn put(&self, given: &Given, folder: &Path, chosen: &mut Chosen) -> Option<()> {
        match self {
            Self::Text(put) => put(chosen, given.text()?.to_owned()),
            Self::Url(put) => put(chosen, url(given.text()?)?),
            Self::Texts(put) => put(chosen, given.list(',')?),
            Self::Switch(put) => put(chosen, given.switch()?),
            Self::Number(from, to, put) => {
                let number = given
                    .number()
                    .filter(|number| (from..=to).contains(&number));
                put(chosen, number?);
            }
            Self::Duration(least, put) => {
                let duration = quantity::duration(given.text()?)?;
                put(chosen, Some(duration).filter(|duration| duration >= least)?);
            }
            Self::Age(put) => put(chosen, age(given.text()?)?),
            Self::Size(least, put) => {
                let size = quantity::size(given.text()?)?;
                put(chosen, Some(size).filter(|size| size >= least)?);
            }
            Self::Address(put) => put(chosen, given.text()?.parse().ok()?),
            Self::File(put) | Self::Folder(put) => put(chosen, path(given.text()?, folder)?),
            Self::Files(put) | Self::Folders(put) => {
                let all = given.list(':')?;
                let paths: Option<_> = all.iter().map(|text| path(text, folder)).collect();
                put(chosen, paths?);
            }
            Self::Formed(_, put) => put(chosen, given.text()?)?,
            Self::Choice(words, put) => {
                let text = given.text()?;
                let (word, _) = words.iter().find(|(word, _)| *word == text)?;
                put(chosen, word);
            }
        }
        Some(())
    }

    /// What it takes, in words.
    pub(crate) fn kind(&self) -> String {
        match self {
            Self::Text(_) => "a text".to_owned(),
            Self::Url(_) => "an address with http:// or https://".to_owned(),
            Self::Texts(_) => "a list of texts".to_owned(),
            Self::Switch(_) => "true or false".to_owned(),
            Self::Number(from, u64::MAX, _) => format!("a whole number from {from}"),
            Self::Number(from, to, _) => format!("a whole number from {from} to {to}"),
            Self::Duration(least, _) if least.is_zero() => "a duration".to_owned(),
            Self::Duration(least, _) => {
                format!("a duration of at least {}", quantity::of_duration(*least))
            }
            Self::Age(_) => "a duration or forever".to_owned(),
            Self::Size(0, _) => "a size".to_owned(),
            Self::Size(least, _) => format!("a size of at least {}", quantity::of_size(*least)),
            Self::Address(_) => "an IP address with its port".to_owned(),
            Self::File(_) => "a file".to_owned(),
            Self::Folder(_) => "a folder".to_owned(),
            Self::Files(_) => "a list of files".to_owned(),
            Self::Folders(_) => "a list of folders".to_owned(),
            Self::Formed(form, _) => (*form).to_owned(),
            Self::Choice(words, _) => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("one of {}", words.join(", "))
            }
        }
    }

    /// How a value that is written as in a variable is written in the file.
    pub(crate) fn literal(&self, text: &str) -> String {
        let quoted =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let list = |between: char| {
            let each: Vec<String> = split(text, between).map(quoted).collect();
            format!("[{}]", each.join(", "))
        };
        match self {
            Self::Switch(_) | Self::Number(..) => text.to_owned(),
            Self::Texts(_) => list(','),
            Self::Files(_) | Self::Folders(_) => list(':'),
            Self::Text(_)
            | Self::Url(_)
            | Self::Duration(..)
            | Self::Age(_)
            | Self::Size(..)
            | Self::Address(_)
            | Self::File(_)
            | Self::Folder(_)
            | Self::Formed(..)
            | Self::Choice(..) => quoted(text),
        }
    }
}

impl Given {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(texts) => match texts.as_slice() {
                [text] => Some(text),
                _ => None,
            },
            Self::Number(_) | Self::Switch(_) | Self::Other(_) => None,
        }
    }

    fn list(&self, between: char) -> Option<Vec<String>> {
        match self {
            Self::Text(text) => Some(split(text, between).map(str::to_owned).collect()),
            Self::List(texts) => Some(texts.clone()),
            Self::Number(_) | Self::Switch(_) | Self::Other(_) => None,
        }
    }

    fn switch(&self) -> Option<bool> {
        match self {
            Self::Switch(switch) => Some(*switch),
            other => other.text()?.parse().ok(),
        }
    }

    fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => u64::try_from(*number).ok(),
            other => other.text()?.parse().ok(),
        }
    }
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Switch(switch) => write!(f, "{switch}"),
            Self::List(texts) => match texts.as_slice() {
                [text] => write!(f, "{text:?}"),
                texts => write!(f, "{texts:?}"),
            },
            Self::Other(what) => f.write_str(what),
        }
    }
}

fn split(text: &str, between: char) -> impl Iterator<Item = &str> {
    text.split(between)
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn age(text: &str) -> Option<Option<Duration>> {
    match text {
        "forever" => Some(None),
        text => quantity::duration(text).map(Some),
    }
}

fn url(text: &str) -> Option<String> {
    let host = ["http://", "https://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))?;
    let is_right =
        !host.is_empty() && !host.starts_with('/') && !text.contains(char::is_whitespace);
    is_right.then(|| text.to_owned())
}

fn path(text: &str, folder: &Path) -> Option<PathBuf> {
    (!text.is_empty()).then(|| folder.join(text))
}
