//! Which parameter needs which: templates may refer to other parameters.
//!
//! The order of nodes and the way a later description of a node is laid over an earlier one follow the original, because
//! both can be seen: a default that is a template wins over a given value that is one.

use indexmap::IndexMap;
use squall_expression::jinja::{SyntaxErrorClass, Template};
use squall_expression::value::{Value, json, text};
use squall_model::Json;

use super::Failure;
use crate::expressions;

/// Parameters and contexts by name.
#[derive(Default)]
pub(super) struct Graph {
    nodes: IndexMap<String, Node>,
}

/// One parameter or context.
#[derive(Default)]
struct Node {
    value: Option<Value>,
    template: Option<Written>,
    needed_by: Vec<String>,
    needs: usize,
}

/// A template as written: text, or a list or dict with templates in it.
#[derive(Clone)]
pub(super) enum Written {
    Text(String),
    Nested(Json),
}

/// One parameter or context, in an order in which it can be computed.
pub(super) enum Resolved {
    Value(Value),
    Template(Written),
}

impl Graph {
    /// A context, or a value that is not rendered.
    pub(super) fn put(&mut self, name: &str, value: Value) {
        self.node(name).value = Some(value);
    }

    /// A parameter: a template if it has Jinja in it that can be read, else a value.
    pub(super) fn add(&mut self, name: &str, value: &Json) {
        match template(value) {
            Some((written, needs)) => {
                self.node(name).template = Some(written);
                for needed in needs {
                    self.edge(&needed, name);
                }
            }
            None => self.put(name, json::from_json(value)),
        }
    }

    /// Whether there is no such node, or one without a plain value: then a default is laid over it.
    pub(super) fn lacks_value(&self, name: &str) -> bool {
        self.nodes
            .get(name)
            .and_then(|node| node.value.as_ref())
            .is_none_or(|value| matches!(value, Value::None))
    }

    fn node(&mut self, name: &str) -> &mut Node {
        self.nodes.entry(name.to_owned()).or_default()
    }

    fn edge(&mut self, needed: &str, by: &str) {
        let node = self.node(needed);
        if !node.needed_by.iter().any(|known| known == by) {
            node.needed_by.push(by.to_owned());
            let needing = self.node(by);
            needing.needs = needing.needs.saturating_add(1);
        }
    }

    /// All nodes in an order in which each comes after those it needs.
    pub(super) fn resolve(mut self) -> Result<Vec<(String, Resolved)>, Failure> {
        let unknown = self
            .nodes
            .iter()
            .find(|(_, node)| node.value.is_none() && node.template.is_none());
        if let Some((name, _)) = unknown {
            return Err(Failure::Parameter(format!(
                "Dependency unsatisfied in variable \"{name}\""
            )));
        }
        let mut ready: Vec<String> = self
            .nodes
            .iter()
            .filter(|(_, node)| node.needs == 0)
            .map(|(name, _)| name.clone())
            .collect();
        let mut ordered = Vec::with_capacity(self.nodes.len());
        while !ready.is_empty() {
            let mut next = Vec::new();
            for name in ready {
                self.release(&name, &mut next);
                ordered.push(name);
            }
            ready = next;
        }
        if ordered.len() < self.nodes.len() {
            return Err(self.cyclic(&ordered));
        }
        let mut resolved = Vec::with_capacity(ordered.len());
        for name in ordered {
            let Some(node) = self.nodes.swap_remove(&name) else {
                continue;
            };
            let what = node
                .template
                .map(Resolved::Template)
                .or(node.value.map(Resolved::Value));
            resolved.extend(what.map(|what| (name, what)));
        }
        Ok(resolved)
    }

    fn release(&mut self, name: &str, ready: &mut Vec<String>) {
        let needed_by = self
            .nodes
            .get(name)
            .map(|node| node.needed_by.clone())
            .unwrap_or_default();
        for by in needed_by {
            let node = self.node(&by);
            node.needs = node.needs.saturating_sub(1);
            if node.needs == 0 {
                ready.push(by);
            }
        }
    }

    /// Names one variable of each cycle; every variable that waits for itself is named here.
    fn cyclic(&self, ordered: &[String]) -> Failure {
        let mut stuck: Vec<&str> = self
            .nodes
            .keys()
            .map(String::as_str)
            .filter(|name| !ordered.iter().any(|done| done == name) && self.reaches(name, name))
            .collect();
        stuck.sort_unstable();
        let names = stuck.join(", ");
        let text = "Cyclic dependency found in the following variables";
        Failure::Parameter(format!(
            "{text}: {names}. Likely the variable is referencing itself"
        ))
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen: Vec<&str> = Vec::new();
        let mut open: Vec<&str> = vec![from];
        while let Some(name) = open.pop() {
            for next in self
                .nodes
                .get(name)
                .map(|node| node.needed_by.as_slice())
                .unwrap_or_default()
            {
                if next == to {
                    return true;
                }
                if !seen.contains(&next.as_str()) {
                    seen.push(next);
                    open.push(next);
                }
            }
        }
        false
    }
}

/// The template in a value, and the names it needs; `None` for what holds no Jinja, or Jinja that cannot be read: then it
/// is text that happens to have braces in it.
fn template(value: &Json) -> Option<(Written, Vec<String>)> {
    let (source, written) = match value {
        Json::String(source) => (source.clone(), Written::Text(source.clone())),
        // A list or dict is read from its Python text, though it is rendered from its JSON.
        Json::Array(_) | Json::Object(_) => (
            text::str(&json::from_json(value)).ok()?.to_string(),
            Written::Nested(value.clone()),
        ),
        Json::Null | Json::Bool(_) | Json::Number(_) => return None,
    };
    if !expressions::has_jinja(&source) {
        return None;
    }
    match Template::parse(&source) {
        Ok(parsed) => Some((written, parsed.undeclared().iter().cloned().collect())),
        Err(error) if error.class == SyntaxErrorClass::TemplateSyntaxError => None,
        // A filter that does not exist is no fault of the syntax: rendering says so.
        Err(_) => Some((written, Vec::new())),
    }
}
