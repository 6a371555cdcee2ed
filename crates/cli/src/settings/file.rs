//! The settings file: TOML, whose every fault is told with its place.

use std::ops::Range;
use std::path::Path;

use squall_model::problem::{Problem, Severity};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::catalogue;
use super::nearest::nearest;
use super::setting::Setting;
use super::value::Given;
use super::webhooks::{self, Hook, Said};

/// A setting that a file gives.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) setting: &'static Setting,
    pub(crate) given: Given,
    /// Where, from 1.
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// What a file gives, and all that is wrong with it, each in the order of its lines.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) entries: Vec<Entry>,
    /// Each with its line and column.
    pub(super) webhooks: Vec<(Hook, usize, usize)>,
    pub(super) problems: Vec<Problem>,
}

/// The sections that are named by the user.
const WEBHOOKS: &str = "webhooks";

/// Reads the text of a file.
pub(super) fn parse(file: &Path, text: &str) -> Parsed {
    let (document, broken) = DeTable::parse_recoverable(text);
    let mut reading = Reading {
        file,
        text,
        entries: Vec::new(),
        webhooks: Vec::new(),
        problems: Vec::new(),
    };
    for error in &broken {
        let message = format!("this is not TOML: {}", error.message());
        let hint = "a name, an equals sign and a value, such as name = \"text\"";
        let at = error.span().unwrap_or_default();
        reading.wrong(&at, "", message, Some(hint.to_owned()));
    }
    for (name, value) in document.get_ref() {
        match value.get_ref() {
            DeValue::Table(hooks) if name.get_ref() == WEBHOOKS => reading.webhooks(hooks),
            DeValue::Table(section) => reading.section(name, section),
            _ => reading.outside(name),
        }
    }
    reading
        .entries
        .sort_by_key(|entry| (entry.line, entry.column));
    reading
        .problems
        .sort_by_key(|problem| (problem.line, problem.column));
    Parsed {
        entries: reading.entries,
        webhooks: reading.webhooks,
        problems: reading.problems,
    }
}

type Name<'a> = Spanned<std::borrow::Cow<'a, str>>;

struct Reading<'a> {
    file: &'a Path,
    text: &'a str,
    entries: Vec<Entry>,
    webhooks: Vec<(Hook, usize, usize)>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn section(&mut self, name: &Name<'_>, section: &DeTable<'_>) {
        let sections = catalogue::SECTIONS.iter().map(|(section, _)| *section);
        let known = || sections.clone().chain([WEBHOOKS]);
        let text = name.get_ref();
        if !known().any(|section| section == text) {
            let hint = nearest(text, known()).map(|near| format!("did you mean [{near}]?"));
            let message = format!("there is no section [{text}]");
            return self.wrong(&name.span(), text, message, hint);
        }
        for (below, value) in section {
            let key = format!("{text}.{}", below.get_ref());
            match catalogue::find(&key) {
                Some(setting) => {
                    let (line, column) = place(self.text, below.span().start);
                    self.entries.push(Entry {
                        setting,
                        given: given(value.get_ref()),
                        line,
                        column,
                    });
                }
                None => self.unknown(&below.span(), &key),
            }
        }
    }

    fn webhooks(&mut self, hooks: &DeTable<'_>) {
        for (name, value) in hooks {
            let url = name.get_ref();
            let DeValue::Table(section) = value.get_ref() else {
                let message = "a webhook is a section of its own".to_owned();
                let hint = Some("such as [webhooks.github]".to_owned());
                self.wrong(&name.span(), url, message, hint);
                continue;
            };
            let mut said = Said::new();
            for (key, value) in section {
                let names = || webhooks::KEYS.iter().map(|(name, ..)| *name);
                let key_text = key.get_ref().as_ref();
                if names().any(|name| name == key_text) {
                    said.insert(key_text, given(value.get_ref()));
                } else {
                    let hint =
                        nearest(key_text, names()).map(|near| format!("did you mean {near}?"));
                    let key_text = format!("{WEBHOOKS}.{url}.{key_text}");
                    self.wrong(
                        &key.span(),
                        &key_text,
                        "there is no such setting".to_owned(),
                        hint,
                    );
                }
            }
            let folder = self.file.parent().unwrap_or(Path::new(""));
            match Hook::read(url, &said, folder) {
                Ok(hook) => {
                    let (line, column) = place(self.text, name.span().start);
                    self.webhooks.push((hook, line, column));
                }
                Err((key, refused)) => {
                    let at = section.keys().find(|name| name.get_ref() == key);
                    let at = at.map_or(name.span(), Spanned::span);
                    let key = format!("{WEBHOOKS}.{url}.{key}");
                    let key = key.trim_end_matches('.');
                    self.wrong(&at, key, refused.message, Some(refused.hint));
                }
            }
        }
    }

    fn unknown(&mut self, at: &Range<usize>, key: &str) {
        let near = nearest(key, catalogue::ALL.iter().map(|setting| setting.key));
        let hint = near.map(|near| format!("did you mean {near}?"));
        self.wrong(at, key, "there is no such setting".to_owned(), hint);
    }

    fn outside(&mut self, name: &Name<'_>) {
        let text = name.get_ref();
        let same = catalogue::ALL
            .iter()
            .find(|setting| setting.parts().1 == text);
        let hint = match same {
            Some(setting) => format!("it belongs below [{}]", setting.parts().0),
            None => "each setting stands below its section, such as [server]".to_owned(),
        };
        let message = "this stands outside of all sections".to_owned();
        self.wrong(&name.span(), text, message, Some(hint));
    }

    fn wrong(&mut self, at: &Range<usize>, key: &str, message: String, hint: Option<String>) {
        let (line, column) = place(self.text, at.start);
        self.problems.push(Problem {
            severity: Severity::Error,
            file: self.file.to_owned(),
            line: Some(line),
            column: Some(column),
            key: key.to_owned(),
            message,
            hint,
        });
    }
}

fn given(value: &DeValue<'_>) -> Given {
    match value {
        DeValue::String(text) => Given::Text(text.to_string()),
        DeValue::Integer(number) => integer(number),
        DeValue::Float(_) => Given::Other("a number with a fraction"),
        DeValue::Boolean(switch) => Given::Switch(*switch),
        DeValue::Datetime(_) => Given::Other("a date or time"),
        DeValue::Table(_) => Given::Other("a table"),
        DeValue::Array(values) => {
            let texts = values.iter().map(|value| match value.get_ref() {
                DeValue::String(text) => Some(text.to_string()),
                _ => None,
            });
            let texts: Option<_> = texts.collect();
            texts.map_or(
                Given::Other("a list of other things than texts"),
                Given::List,
            )
        }
    }
}

fn integer(number: &DeInteger<'_>) -> Given {
    i64::from_str_radix(number.as_str(), number.radix())
        .map_or(Given::Other("so large a number"), Given::Number)
}

/// Line and column of a byte, both from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before.get(begin..).unwrap_or_default().chars().count() + 1;
    (line, column)
}
