//! Every operation is asked for, and every answer is held against a description of the API: our own, and StackStorm's
//! where somebody says where it is (`cargo xtask check-openapi FILE`).

mod document;
mod schema;
mod walk;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::http::{Request, Response};
use crate::packs;
use crate::server::{Server, Settings};
use document::Document;

/// One answer, and what was asked.
struct Answer {
    method: &'static str,
    path: String,
    /// Only some attributes were asked for: no description speaks of that.
    is_part: bool,
    response: Response,
}

/// Asks, and keeps what was answered.
struct Walk {
    squall: Server,
    answers: Vec<Answer>,
}

impl Walk {
    fn ask(&mut self, request: &Request, method: &'static str, path: &str) -> Json {
        let response = self.squall.send(request);
        let shown = serde_json::from_slice(&response.body).unwrap_or(Json::Null);
        self.keep(method, path, response);
        shown
    }

    fn keep(&mut self, method: &'static str, path: &str, response: Response) {
        self.answers.push(Answer {
            method,
            path: path.split('?').next().unwrap_or_default().to_owned(),
            is_part: path.contains("_attributes="),
            response,
        });
    }

    fn get(&mut self, path: &str) -> Json {
        self.ask(&Request::get(path), "GET", path)
    }

    fn post(&mut self, path: &str, body: &Json) -> Json {
        self.ask(&Request::post(path, body), "POST", path)
    }

    fn put(&mut self, path: &str, body: &Json) -> Json {
        self.ask(&Request::new("PUT", path).json(body), "PUT", path)
    }

    fn delete(&mut self, path: &str) -> Json {
        self.ask(&Request::new("DELETE", path), "DELETE", path)
    }
}

const LAB: [(&str, &str); 6] = [
    (
        "lab/pack.yaml",
        "name: lab\ndescription: A laboratory.\nversion: 1.0.0\nauthor: Ann\nemail: ann@example.com\n",
    ),
    (
        "lab/config.schema.yaml",
        "host: {type: string}\nkey: {type: string, secret: true}\n",
    ),
    (
        "lab/sensors/door.yaml",
        "class_name: DoorSensor\nentry_point: door.py\ntrigger_types:\n- name: opened\n",
    ),
    ("lab/sensors/door.py", "class DoorSensor: pass\n"),
    (
        "lab/actions/hello.yaml",
        "name: hello\nrunner_type: local-shell-script\nentry_point: hello.sh\nparameters: {who: {type: string}}\n",
    ),
    ("lab/actions/hello.sh", "#!/bin/sh\necho hello\n"),
];

/// Answers of a server that was asked for everything, some of it wrongly.
fn answers() -> (Server, Vec<Answer>) {
    let packs = packs::folder(&LAB);
    let squall = Settings::dev().packs(packs.path()).start();
    let mut walk = Walk {
        squall,
        answers: Vec::new(),
    };
    walk::everything(&mut walk);
    (walk.squall, walk.answers)
}

/// What is wrong with answers, and which operations were answered well at least once.
fn check<'a>(
    document: &'a Document,
    answers: &[Answer],
) -> (Vec<String>, BTreeSet<&'a str>, usize) {
    let mut faults = Vec::new();
    let mut answered = BTreeSet::new();
    let mut checked = 0;
    for answer in answers {
        let Some(operation) = document.operation(answer.method, &answer.path) else {
            continue;
        };
        checked += 1;
        let status = answer.response.status;
        if (200..400).contains(&status) {
            answered.insert(operation.name.as_str());
        }
        if answer.is_part {
            continue;
        }
        let wrong = document.faults(operation, &answer.response);
        faults.extend(
            wrong
                .into_iter()
                .map(|fault| format!("{} {} {status}: {fault}", answer.method, answer.path)),
        );
    }
    (faults, answered, checked)
}

/// The server describes itself: everything it describes can be asked for, and all that it answers is as described.
#[test]
fn every_answer_is_as_the_server_describes_it() {
    let (squall, answers) = answers();
    let described = squall.get("/openapi.json");
    let document = Document::read(described);
    let (faults, answered, checked) = check(&document, &answers);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(checked > 150, "{checked}");
    // An old name of `/executions`, made together with it.
    let is_alias = |name: &&str| name.contains("/actionexecutions");
    // Without an index there is nothing that could be answered well.
    let is_index = |name: &&str| name.ends_with("/packs/index") || name.ends_with("/index/search");
    let is_excused = |name: &&str| is_alias(name) || is_index(name);
    let missed: Vec<&str> = document
        .names()
        .filter(|name| !answered.contains(name) && !is_excused(name))
        .collect();
    assert!(missed.is_empty(), "never answered well: {missed:?}");
}

/// StackStorm's own description of its API, which is not ours to keep: `SQUALL_OPENAPI` says where it is.
#[test]
fn every_answer_is_as_stackstorm_describes_it() {
    let given = std::env::vars_os().find(|(name, _)| name == "SQUALL_OPENAPI");
    let Some((_, file)) = given else {
        return;
    };
    let text = fs_err::read_to_string(file).unwrap();
    let value = squall_expression::yaml::load(&text).unwrap();
    let document = Document::read(squall_expression::value::json::to_json(&value).unwrap());
    let (_squall, answers) = answers();
    let (faults, answered, checked) = check(&document, &answers);
    let all = document.names().count();
    let missed: Vec<&str> = document
        .names()
        .filter(|name| !answered.contains(name))
        .collect();
    println!("not answered well:\n  {}", missed.join("\n  "));
    println!("invalid:\n  {}", faults.join("\n  "));
    println!(
        "{} operations of {all}, {} answers of {checked} valid",
        answered.len(),
        checked - faults.len()
    );
    assert!(faults.is_empty(), "some answers are not as described");
}
