//! Lines of a file, each with playbooks and events of its own.

use std::path::Path;

use serde_json::json;
use squall_model::{Json, Object, Timestamp};
use squall_pack::read_playbook_json;
use squall_server::playbooks::trial::{Clock, Trial};
use squall_server::playbooks::{Code, InForce, Loaded};

use super::super::{Bench, in_folders};
use super::stage::{Contents, Stage};
use super::{Test, event, told};
use crate::batch;
use crate::console::Console;
use crate::failure::{Ending, Failure};

/// Answers each line. The repositories are the same for all of them.
pub(super) fn answer(
    file: &Path,
    test: &Test,
    bench: &Bench,
    console: &mut Console,
) -> Result<Ending, Failure> {
    let repositories: Vec<_> = in_folders(&test.repositories).collect();
    let code = bench.code(&repositories);
    for problem in code.problems() {
        console.note(problem);
    }
    batch::answer(file, console, |line| {
        let answered = bench.wait(line_of(line, &code, test, bench));
        answered.unwrap_or_else(|error| not_loaded(&error))
    })
}

fn not_loaded(error: &str) -> Object {
    Object::from_iter([
        ("loads".to_owned(), json!(false)),
        ("error".to_owned(), json!(error)),
        ("events".to_owned(), json!([])),
    ])
}

/// What came of the events; `Err` says why they cannot come.
async fn line_of(line: &Object, code: &Code, test: &Test, bench: &Bench) -> Result<Object, String> {
    let in_force = in_force(line, code)?;
    let contents = Contents {
        objects: list(line, "cluster")?.to_vec(),
        are_all: line.contains_key("cluster"),
        logs: texts(line, "logs")?,
        commands: texts(line, "exec")?,
    };
    let events = list(line, "events")?;
    let clock = Clock::default();
    if let Some(at) = test.at.or_else(|| first_moment(events)) {
        clock.set(at);
    }
    let staged = Stage::fake(contents, clock.clone()).await;
    let (mut stage, left_out) = staged.map_err(|error| error.to_string())?;
    if let Some(left_out) = left_out.first() {
        return Err(format!("cluster: {left_out}"));
    }
    let surroundings = stage.surroundings(test.network, clock.clone());
    let mut trial = Trial::new(in_force, bench.host(), surroundings);
    stage.introduce(&trial);
    let mut told = Vec::new();
    for event in events {
        told.push(tell(event, &mut trial, &mut stage, &clock).await);
    }
    Ok(Object::from_iter([
        ("loads".to_owned(), json!(true)),
        ("error".to_owned(), Json::Null),
        ("events".to_owned(), Json::Array(told)),
    ]))
}

fn in_force(line: &Object, code: &Code) -> Result<InForce, String> {
    let variables = line.get("env").and_then(Json::as_object);
    let variable = |name: &str| match variables?.get(name)? {
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let mut file = Object::new();
    for (key, of_line) in [
        ("active_playbooks", "playbooks"),
        ("sinks_config", "sinks"),
        ("global_config", "global_config"),
    ] {
        if let Some(value) = line.get(of_line) {
            file.insert(key.to_owned(), value.clone());
        }
    }
    let read = read_playbook_json(&Json::Object(file), &variable);
    let (in_force, problems) = InForce::of(Loaded::of(read, code.clone()));
    match problems.iter().find(|problem| problem.is_error()) {
        Some(problem) => Err(problem.to_string()),
        None => Ok(in_force),
    }
}

/// An event; one without a time happens when the one before it did. Several alerts of one message are told together.
async fn tell(event: &Json, trial: &mut Trial, stage: &mut Stage, clock: &Clock) -> Json {
    let read = match event::read(event.clone()) {
        Ok(read) => read,
        Err(wrong) => return no_event(&wrong),
    };
    let at = read.at.unwrap_or_else(|| clock.now());
    let mut all: Option<Object> = None;
    for one in read.told {
        clock.set(at);
        stage.follow(&one);
        let told = match trial.tell(one, at).await {
            Ok(tried) => told::brief(&tried),
            Err(wrong) => return no_event(&wrong),
        };
        match &mut all {
            None => all = Some(told),
            Some(all) => told::add_all(all, &told),
        }
    }
    all.map_or_else(
        || json!({"fired": [], "aborted": null, "sinks": {}}),
        Json::Object,
    )
}

fn no_event(wrong: &str) -> Json {
    json!({"fired": [], "aborted": wrong, "sinks": {}})
}

fn first_moment(events: &[Json]) -> Option<Timestamp> {
    event::read(events.first()?.clone()).ok()?.at
}

fn list<'a>(line: &'a Object, name: &str) -> Result<&'a [Json], String> {
    match line.get(name) {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(list)) => Ok(list),
        Some(_) => Err(format!("`{name}` is a list")),
    }
}

/// Texts by namespace and pod.
fn texts(line: &Object, name: &str) -> Result<Vec<(String, String)>, String> {
    let wrong = || format!("`{name}` is an object: NAMESPACE/POD, each with a text");
    match line.get(name) {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Object(texts)) => {
            let text =
                |(pod, text): (&String, &Json)| Some((pod.clone(), text.as_str()?.to_owned()));
            texts
                .iter()
                .map(text)
                .collect::<Option<_>>()
                .ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}
