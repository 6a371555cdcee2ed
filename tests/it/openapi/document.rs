//! A description of an API: OpenAPI 2 as StackStorm writes it, or 3 as we do.

use serde_json::{Map, Value as Json};

use super::schema;
use crate::http::Response;

/// A description.
pub(super) struct Document {
    whole: Json,
    operations: Vec<Operation>,
}

/// One thing that can be asked for.
pub(super) struct Operation {
    /// `GET /api/v1/rules/{ref_or_id}`
    pub(super) name: String,
    method: String,
    parts: Vec<String>,
    responses: Map<String, Json>,
}

impl Document {
    pub(super) fn read(whole: Json) -> Self {
        let mut operations = Vec::new();
        for (path, methods) in whole["paths"].as_object().unwrap() {
            let methods = methods.as_object().unwrap().iter();
            for (method, operation) in methods.filter(|(_, of)| of["responses"].is_object()) {
                let method = method.to_uppercase();
                operations.push(Operation {
                    name: format!("{method} {path}"),
                    method,
                    parts: path
                        .trim_end_matches('/')
                        .split('/')
                        .map(str::to_owned)
                        .collect(),
                    responses: operation["responses"].as_object().unwrap().clone(),
                });
            }
        }
        Self { whole, operations }
    }

    /// Every operation's name.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.operations
            .iter()
            .map(|operation| operation.name.as_str())
    }

    /// The operation that a request means: the one whose path has the most words in common with it.
    pub(super) fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        let asked: Vec<&str> = path.trim_end_matches('/').split('/').collect();
        let fitting = self.operations.iter().filter_map(|operation| {
            let words = operation.fits(method, &asked)?;
            Some((words, operation))
        });
        let (_, best) = fitting.max_by_key(|(words, _)| *words)?;
        Some(best)
    }

    /// What is wrong with an answer.
    pub(super) fn faults(&self, operation: &Operation, response: &Response) -> Vec<String> {
        let status = response.status.to_string();
        let of_status = operation.responses.get(&status);
        let Some(described) = of_status.or_else(|| operation.responses.get("default")) else {
            return vec!["this status is not described".to_owned()];
        };
        let described = schema::followed(&self.whole, described);
        let schema = described
            .get("schema")
            .or_else(|| described["content"]["application/json"].get("schema"))
            .or_else(|| described["content"]["application/problem+json"].get("schema"));
        let Some(schema) = schema.filter(|schema| schema["x-validate-response"] != false) else {
            return Vec::new();
        };
        let value = if schema["type"] == "string" {
            Json::from(response.text())
        } else {
            match serde_json::from_slice(&response.body) {
                Ok(value) => value,
                Err(error) => return vec![format!("no JSON: {error}")],
            }
        };
        schema::faults(&self.whole, schema, &value)
    }
}

impl Operation {
    /// How many words of a path are those of this operation; nothing if it does not fit.
    fn fits(&self, method: &str, asked: &[&str]) -> Option<usize> {
        // What stands last may have slashes in it: a file's path, a webhook's.
        let last_is_open = self
            .parts
            .last()
            .is_some_and(|part| ["{file_path}", "{hook}", "{url}"].contains(&part.as_str()));
        let fits_in_length =
            asked.len() == self.parts.len() || (last_is_open && asked.len() > self.parts.len());
        if self.method != method || !fits_in_length {
            return None;
        }
        let mut words = 0;
        for (part, asked) in self.parts.iter().zip(asked) {
            if part == asked {
                words += 1;
            } else if !part.starts_with('{') {
                return None;
            }
        }
        Some(words)
    }
}
