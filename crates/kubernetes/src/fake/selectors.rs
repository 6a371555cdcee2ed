//! Label and field selectors, and which objects a list or watch is about.

use squall_model::Json;

use super::answers::Refusal;
use super::kinds::Kind;
use super::objects::text;
use super::route::{Place, Query};
use super::stored::{Stored, fields_of};

/// Which objects of a kind are meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Selection {
    /// Those of one namespace.
    pub(super) namespace: Option<String>,
    labels: Vec<Requirement>,
    fields: Vec<(String, bool, String)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    Missing,
    Greater(i64),
    Less(i64),
}

impl Selection {
    /// What a request asks for.
    pub(super) fn of(kind: &Kind, place: &Place, query: &Query) -> Result<Self, Refusal> {
        let labels = query.get("labelSelector").unwrap_or_default();
        let mut fields = read_fields(query.get("fieldSelector").unwrap_or_default())?;
        let known = fields_of(kind);
        for (name, _, _) in &fields {
            let is_known = name == "metadata.name" || name == "metadata.namespace";
            if !is_known && !known.iter().any(|(known, _)| known == name) {
                let message = format!("field label not supported: {name}");
                return Err(Refusal::bad_request(message));
            }
        }
        if let Some(name) = &place.name {
            fields.push(("metadata.name".to_owned(), true, name.clone()));
        }
        Ok(Self {
            namespace: place.namespace.clone(),
            labels: read_labels(labels)?,
            fields,
        })
    }

    /// What an object's `selector` field says, in one namespace.
    pub(super) fn of_selector(selector: &Json, namespace: &str) -> Self {
        let matched = selector.get("matchLabels").and_then(Json::as_object);
        let matched = matched
            .into_iter()
            .flatten()
            .map(|(key, value)| Requirement {
                key: key.clone(),
                operator: Operator::In(vec![value.as_str().unwrap_or_default().to_owned()]),
            });
        let others = selector.get("matchExpressions").and_then(Json::as_array);
        let others = others.into_iter().flatten().map(|expression| {
            let values = expression.get("values").and_then(Json::as_array);
            let values = values.into_iter().flatten().filter_map(Json::as_str);
            let values = values.map(str::to_owned).collect();
            Requirement {
                key: text(expression, "/key").to_owned(),
                operator: match text(expression, "/operator") {
                    "NotIn" => Operator::NotIn(values),
                    "Exists" => Operator::Exists,
                    "DoesNotExist" => Operator::Missing,
                    _ => Operator::In(values),
                },
            }
        });
        Self {
            namespace: Some(namespace.to_owned()),
            labels: matched.chain(others).collect(),
            fields: Vec::new(),
        }
    }

    /// Whether it means this object.
    pub(super) fn takes(&self, stored: &Stored, kind: &Kind) -> bool {
        let in_namespace = self.namespace.as_ref();
        in_namespace.is_none_or(|namespace| *namespace == stored.namespace)
            && self.labels.iter().all(|wanted| wanted.holds(stored))
            && self.fields.iter().all(|(name, equal, value)| {
                let found = stored.field(kind, name).unwrap_or_default();
                (found == *value) == *equal
            })
    }
}

impl Requirement {
    fn holds(&self, stored: &Stored) -> bool {
        let label = stored.label(&self.key);
        let number = || label.and_then(|label| label.parse::<i64>().ok());
        match &self.operator {
            Operator::In(values) => {
                label.is_some_and(|label| values.iter().any(|value| value == label))
            }
            Operator::NotIn(values) => {
                label.is_none_or(|label| !values.iter().any(|value| value == label))
            }
            Operator::Exists => label.is_some(),
            Operator::Missing => label.is_none(),
            Operator::Greater(bound) => number().is_some_and(|number| number > *bound),
            Operator::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

/// Reads `metadata.name=a,status.phase!=Running`.
fn read_fields(text: &str) -> Result<Vec<(String, bool, String)>, Refusal> {
    let mut found = Vec::new();
    for term in text.split(',').filter(|term| !term.is_empty()) {
        let (name, equal, value) = if let Some((name, value)) = term.split_once("!=") {
            (name, false, value)
        } else if let Some((name, value)) = term.split_once("==").or(term.split_once('=')) {
            (name, true, value)
        } else {
            let message = format!("invalid selector: '{text}'; can't understand '{term}'");
            return Err(Refusal::bad_request(message));
        };
        found.push((name.trim().to_owned(), equal, value.trim().to_owned()));
    }
    Ok(found)
}

/// Reads `app=web,tier in (front, back),!old`.
fn read_labels(text: &str) -> Result<Vec<Requirement>, Refusal> {
    let mut found = Vec::new();
    for term in terms(text) {
        let refused = || {
            let message = format!("unable to parse requirement: found '{term}' in '{text}'");
            Refusal::bad_request(message)
        };
        found.push(requirement(term.trim()).ok_or_else(refused)?);
    }
    Ok(found)
}

/// The terms between commas that stand in no parentheses.
fn terms(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let split = text.split(move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    split.filter(|term| !term.trim().is_empty()).collect()
}

fn requirement(term: &str) -> Option<Requirement> {
    let made = |key: &str, operator: Operator| {
        let key = key.trim();
        is_key(key).then(|| Requirement {
            key: key.to_owned(),
            operator,
        })
    };
    if let Some(key) = term.strip_prefix('!') {
        return made(key, Operator::Missing);
    }
    if let Some((left, right)) = term.split_once('(') {
        let values = right.trim_end().strip_suffix(')')?.split(',');
        let values = values.map(|value| value.trim().to_owned()).collect();
        let mut words = left.split_whitespace();
        let (key, word) = (words.next()?, words.next()?);
        return match word {
            "in" => made(key, Operator::In(values)),
            "notin" => made(key, Operator::NotIn(values)),
            _ => None,
        };
    }
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((key, value)) = term.split_once("!=") {
        made(key, Operator::NotIn(one(value)))
    } else if let Some((key, value)) = term.split_once("==").or(term.split_once('=')) {
        made(key, Operator::In(one(value)))
    } else if let Some((key, value)) = term.split_once('>') {
        made(key, Operator::Greater(value.trim().parse().ok()?))
    } else if let Some((key, value)) = term.split_once('<') {
        made(key, Operator::Less(value.trim().parse().ok()?))
    } else {
        made(term, Operator::Exists)
    }
}

fn is_key(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    !text.is_empty() && text.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake::kinds::Kinds;

    fn select(labels: &str, fields: &str) -> Result<bool, Refusal> {
        let kind = Kinds::default().named("Pod").unwrap();
        let pod = json!({
            "metadata": {"name": "web-1", "namespace": "shop", "labels": {"app": "web", "tier": "front", "size": "7"}},
            "spec": {"nodeName": "n1"},
            "status": {"phase": "Running"},
        });
        let stored = Stored::of(&kind, &pod, 1);
        let query = Query(vec![
            ("labelSelector".to_owned(), labels.to_owned()),
            ("fieldSelector".to_owned(), fields.to_owned()),
        ]);
        let selection = Selection::of(&kind, &Place::default(), &query)?;
        Ok(selection.takes(&stored, &kind))
    }

    #[test]
    fn labels_select() {
        for (labels, expected) in [
            ("", true),
            ("app=web", true),
            ("app==web,tier=front", true),
            ("app = api", false),
            ("app!=api", true),
            ("app!=web", false),
            ("missing!=web", true),
            ("tier in (front, back)", true),
            ("tier in (back),app", false),
            ("tier notin (back,middle),app", true),
            ("missing notin (a)", true),
            ("app", true),
            ("!app", false),
            ("!missing", true),
            ("size>6,size<8", true),
            ("size > 7", false),
            ("app=", false),
        ] {
            assert_eq!(select(labels, ""), Ok(expected), "{labels}");
        }
        for wrong in ["a b", "a in b", "a of (b)", "=b", "a in (b", "(", "size>x"] {
            assert_eq!(select(wrong, "").unwrap_err().code, 400, "{wrong}");
        }
    }

    #[test]
    fn fields_select() {
        for (fields, expected) in [
            ("metadata.name=web-1", true),
            ("metadata.name!=web-1", false),
            ("metadata.namespace==shop,status.phase=Running", true),
            ("spec.nodeName=n2", false),
            ("spec.nodeName!=", true),
            ("status.podIP=", true),
        ] {
            assert_eq!(select("", fields), Ok(expected), "{fields}");
        }
        for wrong in ["spec.containers=a", "metadata.name", "spec.nodeName in (a)"] {
            assert_eq!(select("", wrong).unwrap_err().code, 400, "{wrong}");
        }
    }
}
