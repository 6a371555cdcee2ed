//! Reads the fields of a mapping, each with its type, and reports what is missing, unknown or of another type.

use std::rc::Rc;

use squall_expression::value::Value;
use squall_expression::yaml::{Kind, Node};
use squall_model::{Json, Object};

use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// A mapping, and where in the document it stands. A field that is null counts as absent, as it does in StackStorm.
pub(crate) struct Fields<'a> {
    pub(crate) node: &'a Node,
    path: String,
}

impl<'a> Fields<'a> {
    /// The fields of `node`, which stands at `path`.
    pub(crate) fn of(node: &'a Node, path: impl Into<String>, report: &mut Report) -> Option<Self> {
        let path = path.into();
        match &node.kind {
            Kind::Dict(_) => Some(Self { node, path }),
            Kind::Scalar(Value::None) if path.is_empty() => {
                report.error(Some(node), "", "is empty");
                None
            }
            _ => {
                report.error(Some(node), &path, expected("a mapping", node));
                None
            }
        }
    }

    /// Its own key.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The full key of a field.
    pub(crate) fn key(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// A field that is not null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Rc<Node>> {
        self.node.get(name).filter(|node| !node.is_none())
    }

    /// A field that must be there.
    pub(crate) fn needed(&self, name: &str, report: &mut Report) -> Option<&'a Rc<Node>> {
        let found = self.get(name);
        if found.is_none() {
            report.error(Some(self.node), &self.key(name), "is missing");
        }
        found
    }

    /// Refuses every field that is not `known`.
    pub(crate) fn close(&self, known: &[&str], report: &mut Report) {
        for (key, at, hint) in self.unknown(known) {
            report.error(
                Some(&at),
                &key,
                Fault::with_hint("is not a known key", hint),
            );
        }
    }

    /// Warns of every field that is not `known`.
    pub(crate) fn warn_unknown(&self, known: &[&str], report: &mut Report) {
        for (key, at, hint) in self.unknown(known) {
            let fault = Fault::with_hint("is not a known key and has no effect", hint);
            report.warning(Some(&at), &key, fault);
        }
    }

    fn unknown(&self, known: &[&str]) -> Vec<(String, Rc<Node>, Option<String>)> {
        let pairs = self.node.pairs().iter();
        pairs
            .filter(|pair| !known.contains(&pair.name().as_str()))
            .map(|pair| {
                let name = pair.name();
                let hint = did_you_mean(&name, known.iter().copied());
                (self.key(&name), Rc::clone(&pair.key), hint)
            })
            .collect()
    }

    /// A text.
    pub(crate) fn text(&self, name: &str, report: &mut Report) -> Option<String> {
        let node = self.get(name)?;
        text(node, &self.key(name), report)
    }

    /// A text that must be there and not be empty.
    pub(crate) fn needed_text(&self, name: &str, report: &mut Report) -> Option<String> {
        let node = self.needed(name, report)?;
        let text = text(node, &self.key(name), report)?;
        if text.is_empty() {
            report.error(Some(node), &self.key(name), "is empty");
            return None;
        }
        Some(text)
    }

    /// A boolean.
    pub(crate) fn flag(&self, name: &str, report: &mut Report) -> Option<bool> {
        let node = self.get(name)?;
        match &node.kind {
            Kind::Scalar(Value::Bool(flag)) => Some(*flag),
            _ => {
                report.error(Some(node), &self.key(name), expected("a boolean", node));
                None
            }
        }
    }

    /// A number.
    pub(crate) fn number(&self, name: &str, report: &mut Report) -> Option<f64> {
        let node = self.get(name)?;
        let number = node.to_json().as_f64();
        if number.is_none() {
            report.error(Some(node), &self.key(name), expected("a number", node));
        }
        number
    }

    /// The fields of a mapping in it.
    pub(crate) fn child(&self, name: &str, report: &mut Report) -> Option<Self> {
        Self::of(self.get(name)?, self.key(name), report)
    }

    /// A mapping in it, as JSON; empty if absent.
    pub(crate) fn object(&self, name: &str, report: &mut Report) -> Object {
        let child = self.child(name, report);
        child
            .map(|child| child.node.to_object())
            .unwrap_or_default()
    }

    /// The items of a list, each with its key; none if absent.
    pub(crate) fn list(&self, name: &str, report: &mut Report) -> Vec<(String, &'a Rc<Node>)> {
        let Some(node) = self.get(name) else {
            return Vec::new();
        };
        let Kind::List(items) = &node.kind else {
            report.error(Some(node), &self.key(name), expected("a list", node));
            return Vec::new();
        };
        let numbered = items.iter().enumerate();
        let key = |index| format!("{}[{index}]", self.key(name));
        numbered.map(|(index, item)| (key(index), item)).collect()
    }

    /// A list of texts.
    pub(crate) fn texts(&self, name: &str, report: &mut Report) -> Vec<String> {
        let items = self.list(name, report);
        items
            .into_iter()
            .filter_map(|(key, item)| text(item, &key, report))
            .collect()
    }

    /// A list of mappings, as JSON.
    pub(crate) fn objects(&self, name: &str, report: &mut Report) -> Vec<Json> {
        let items = self.list(name, report);
        items
            .into_iter()
            .filter_map(|(key, item)| Some(Fields::of(item, key, report)?.node.to_json()))
            .collect()
    }
}

/// A key below a path.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The text of a node.
pub(crate) fn text(node: &Node, key: &str, report: &mut Report) -> Option<String> {
    let text = node.as_text().map(ToOwned::to_owned);
    if text.is_none() {
        report.error(Some(node), key, expected("text", node));
    }
    text
}

/// "Must be this, but is that", with a hint where quotes are missing.
pub(crate) fn expected(what: &str, node: &Node) -> Fault {
    let message = format!("must be {what}, but is {}", node.about());
    let is_scalar = matches!(node.kind, Kind::Scalar(_)) && !node.is_none();
    let hint = match what {
        "text" if is_scalar => Some("quote it to have the text".to_owned()),
        "a boolean" if node.as_text().is_some() => {
            Some("write true or false, without quotes".to_owned())
        }
        _ => None,
    };
    Fault::with_hint(message, hint)
}
