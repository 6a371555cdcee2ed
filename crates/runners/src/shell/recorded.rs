//! Replays what StackStorm's local runner did: `conformance/recorded/shell.jsonl`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::json;
use squall_model::outcome::Outcome;
use squall_model::{Json, Object};

use super::{Params, words};
use crate::local_shell_script;
use crate::shell::arguments::quote;
use crate::shell::result;
use crate::testing::{Attempt, Replay, host_with, recorded};

/// Where we differ on purpose.
const DIFFERENCES: &[(&str, &str)] = &[
    ("output-19", "-0 stays a float: its sign is kept"),
    (
        "command-14",
        "numbers in `env` become text instead of an error",
    ),
    ("command-20", "a kill that is no time-out is not called one"),
    (
        "line-12",
        "a flag is quoted too: its name is no shell syntax",
    ),
    (
        "line-45",
        "a list declared as text becomes text instead of an error",
    ),
];

#[tokio::test]
async fn local_runners_do_as_recorded() {
    let mut replay = Replay::new(DIFFERENCES);
    for case in recorded("shell") {
        let ours = replayed(case.given.clone()).await;
        replay.compare(&case, &ours);
    }
    replay.finish();
}

async fn replayed(given: Object) -> Json {
    if let Some(text) = given.get("text").and_then(Json::as_str) {
        return json!({"value": result::value(text.to_owned())});
    }
    if given.contains_key("cmd") {
        let outcome = command(given).await;
        return json!({"status": outcome.verdict.status().as_str(), "result": outcome.result});
    }
    match shell_line(given) {
        Ok(line) => json!({"line": line}),
        Err(error) => json!({"error": error}),
    }
}

async fn command(mut given: Object) -> Outcome {
    let entry_point = given.remove("entry_point").unwrap_or_else(|| json!(""));
    let attempt = Attempt::new("local-shell-cmd", given.into());
    let more = json!({"entry_point": entry_point});
    attempt
        .in_pack(PathBuf::from("/"), more, json!({}))
        .outcome()
        .await
}

/// The line as the original writes it: one text for a shell.
fn shell_line(mut given: Object) -> Result<String, String> {
    let mut take = |name: &str, otherwise: Json| given.remove(name).unwrap_or(otherwise);
    let user = take("user", Json::Null).as_str().map(str::to_owned);
    let action = json!({
        "entry_point": take("script", json!("")),
        "parameters": take("declared", json!({})),
    });
    let parameters = take("given", json!({}));
    let host = host_with(|settings| settings.system_user = user);
    let attempt = Attempt::on(host, "local-shell-script", json!({}));
    let run = attempt.in_pack("/packs/p".into(), action, parameters).run;

    let line = match given.get("line").and_then(Json::as_str) {
        Some(line) => line.to_owned(),
        None => {
            let params = serde_json::from_value(given.clone().into()).unwrap();
            local_shell_script::line(&params, &run).map_err(|error| error.to_string())?
        }
    };
    let params: Params = serde_json::from_value(given.into()).unwrap();
    Ok(as_text(words(line, &params, &run)))
}

fn as_text(words: Vec<OsString>) -> String {
    let mut words: Vec<String> = words
        .into_iter()
        .map(|word| word.into_string().unwrap())
        .filter(|word| word != "-n")
        .collect();
    let line = words.pop().unwrap();
    let [sudo, options @ .., shell, c] = words.as_slice() else {
        return line;
    };
    let name = |program: &str| {
        Path::new(program)
            .file_name()
            .unwrap()
            .display()
            .to_string()
    };
    let options = options.join(" ");
    format!(
        "{} {options} {} {c} {}",
        name(sudo),
        name(shell),
        quote(&line)
    )
}
