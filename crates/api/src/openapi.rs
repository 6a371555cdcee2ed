//! `/openapi.json`: everything that can be asked of this server, made of the table of routes.

mod schemas;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method};
use serde_json::{Map, Value as Json, json};

use crate::about::{Kind, Parameter, Shape, about};
use crate::route::{Access, Line, Routes, route};

/// These routes and the one that describes them all.
pub(crate) fn described(routes: Routes) -> Routes {
    let own = |text: Arc<str>| {
        route(
            Method::GET,
            "/openapi.json",
            Access::Anyone,
            move |_wire, _call| {
                let mut response = Response::new(Body::from(text.to_string()));
                let json = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, json);
                async move { Ok(response) }
            },
        )
        .says(about("Tells everything that can be asked of this server.").gives(Shape::Anything))
    };
    let described = [routes.table(), own(Arc::from("")).table()].concat();
    routes.merge(own(document(&described).to_string().into()))
}

/// The description of these routes.
pub(crate) fn document(table: &[Line]) -> Json {
    let mut paths: Map<String, Json> = Map::new();
    for line in table {
        let path = line.path.replace("{*", "{");
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = methods.as_object_mut() {
            let method = line.method.as_str().to_ascii_lowercase();
            methods.insert(method, operation(line));
        }
    }
    paths.sort_keys();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Squall",
            "summary": "StackStorm's REST API, and what Kubernetes and Prometheus ask for.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"api_key": []}, {"token_in_query": []}, {"api_key_in_query": []}, {"cookie": []}],
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "responses": {
                "Fault": {
                    "description": "It did not go well, and this is why.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}},
                },
                "PlaybookAnswer": {
                    "description": "It did not go well, and this is why.",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/PlaybookAnswer"}}},
                },
                "Problem": {
                    "description": "It did not go well, and this is why.",
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                },
            },
            "securitySchemes": {
                "token": {"type": "apiKey", "in": "header", "name": "X-Auth-Token"},
                "api_key": {"type": "apiKey", "in": "header", "name": "St2-Api-Key"},
                "token_in_query": {"type": "apiKey", "in": "query", "name": "x-auth-token"},
                "api_key_in_query": {"type": "apiKey", "in": "query", "name": "st2-api-key"},
                "cookie": {"type": "apiKey", "in": "cookie", "name": "auth-token"},
            },
        },
    })
}

fn operation(line: &Line) -> Json {
    let about = &line.about;
    let mut operation = json!({
        "operationId": id(line),
        "summary": about.summary,
        "parameters": parameters(line),
        "responses": responses(line),
    });
    let Some(members) = operation.as_object_mut() else {
        return operation;
    };
    if let Some(body) = about.body {
        members.insert("requestBody".to_owned(), json!({"content": content(body)}));
    }
    match line.access {
        Access::Anyone => drop(members.insert("security".to_owned(), json!([]))),
        Access::Somebody => {}
        Access::Needs(permission)
        | Access::NeedsOrSigned(permission)
        | Access::NeedsUnlessOpen(permission) => {
            let permission = Json::from(permission.to_string());
            members.insert("x-permission".to_owned(), permission);
        }
    }
    operation
}

/// `get_api_v1_actions_ref_or_id`
fn id(line: &Line) -> String {
    let letters = line.path.chars().filter(|letter| !"{}*".contains(*letter));
    let path: String = letters
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    format!("{}{path}", line.method.as_str().to_ascii_lowercase())
}

fn parameters(line: &Line) -> Vec<Json> {
    let in_path = line.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        let name = name.trim_start_matches('*');
        Some(json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
    });
    let in_query =
        |(name, kind): &Parameter| json!({"name": name, "in": "query", "schema": schema_of(*kind)});
    in_path
        .chain(line.about.query.iter().map(in_query))
        .collect()
}

fn schema_of(kind: Kind) -> Json {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Integer => json!({"type": "integer"}),
        Kind::Flag => json!({"type": "boolean"}),
        Kind::Time => json!({"type": "string", "format": "date-time"}),
        Kind::Words => {
            json!({"type": "string", "description": "Several with commas between them."})
        }
    }
}

/// What comes back. What goes wrong is told in the way of the route's dialect.
fn responses(line: &Line) -> Json {
    let answer = |(status, shape): &(u16, Shape)| {
        let mut response = json!({"description": described_by(*status)});
        if let (Some(members), false) = (response.as_object_mut(), *shape == Shape::Nothing) {
            members.insert("content".to_owned(), content(*shape));
        }
        (status.to_string(), response)
    };
    let is_below = |prefix: &str| line.path.starts_with(prefix);
    let name = match () {
        () if is_below("/squall/") => "Problem",
        () if is_below("/api/") && !is_below("/api/v1/") => "PlaybookAnswer",
        () => "Fault",
    };
    let fault = json!({ "$ref": format!("#/components/responses/{name}") });
    let fault = std::iter::once(("default".to_owned(), fault));
    line.about.answers.iter().map(answer).chain(fault).collect()
}

fn described_by(status: u16) -> &'static str {
    match status {
        201 => "It has been made.",
        202 => "It has been accepted, and is on disk.",
        204 => "It is gone.",
        304 => "It has not changed.",
        503 => "Not now.",
        _ => "This is it.",
    }
}

fn content(shape: Shape) -> Json {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    match shape {
        Shape::Nothing => json!({}),
        Shape::One(name) => json!({"application/json": {"schema": reference(name)}}),
        Shape::List(name) => {
            json!({"application/json": {"schema": {"type": "array", "items": reference(name)}}})
        }
        Shape::Anything => json!({"application/json": {"schema": {}}}),
        Shape::Text => json!({"text/plain": {"schema": {"type": "string"}}}),
        Shape::File => json!({"*/*": {"schema": {"type": "string"}}}),
        Shape::Events => json!({"text/event-stream": {"schema": {"type": "string"}}}),
    }
}

#[cfg(test)]
mod tests;
