//! What an event says is data for the programs that actions start: it never becomes an option of theirs, a second
//! argument, or a line for a shell.

use serde_json::{Value, json};

use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: &[(&str, &str)] = &[
    (
        "words/pack.yaml",
        "{name: words, description: Passes words on, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "words/actions/say.yaml",
        "
name: say
runner_type: local-shell-script
enabled: true
entry_point: say.sh
parameters:
  named: {type: string}
  first: {type: string, position: 0}
  second: {type: string, position: 1}
",
    ),
    (
        "words/actions/say.sh",
        "#!/bin/sh\nfor word in \"$@\"; do printf '<%s>' \"$word\"; done\n",
    ),
    (
        "words/rules/say.yaml",
        "
name: say
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: say}}
action:
  ref: words.say
  parameters:
    named: '{{ trigger.body.word }}'
    first: '{{ trigger.body.word }}'
    second: last
",
    ),
    (
        "words/actions/run.yaml",
        "
name: run
runner_type: python-script
enabled: true
entry_point: run.py
parameters:
  word: {type: string}
",
    ),
    (
        "words/actions/run.py",
        "
import os
import sys

from st2common.runners.base_action import Action


class Run(Action):
    def run(self, word):
        return {'word': word, 'arguments': sys.argv[1:], 'folder': os.listdir('.').count('pwned')}
",
    ),
];

/// Each would do something if a shell or an option parser got hold of it.
const WORDS: &[&str] = &[
    "--version",
    "-rf",
    "-",
    "--",
    "--upload-pack=touch pwned",
    "-oProxyCommand=touch pwned",
    "; touch pwned",
    "$(touch pwned)",
    "`touch pwned`",
    "' ; touch pwned ; '",
    "\" ; touch pwned ; \"",
    "a\ntouch pwned",
    "\\",
    "*",
    "~root",
    "$HOME",
    "!!",
    "{{ 7 * 7 }}",
    "<% 7 * 7 %>",
    "%s%n",
    "=x",
];

#[test]
fn words_of_an_event_stay_words() {
    let packs = packs::folder(PACK);
    let squall = Settings::dev().packs(packs.path()).start();
    for word in WORDS {
        squall.post("/api/v1/webhooks/say", &json!({ "word": word }), 202);
    }
    let ended = ended(&squall, "words.say", WORDS.len());
    for word in WORDS {
        let expected = format!("<--named={word}><{word}><last>");
        let is_it = |item: &&Value| item["parameters"]["first"] == *word;
        let item = ended.iter().find(is_it).unwrap();
        assert_eq!(item["result"]["stdout"], expected, "{item}");
    }
    assert!(!squall.folder().join("pwned").exists());
}

#[test]
fn words_given_to_a_python_action_reach_no_command_line() {
    let packs = packs::folder(PACK);
    let squall = Settings::dev().packs(packs.path()).start();
    for word in WORDS.iter().filter(|word| !word.contains("{{")) {
        let wanted = json!({"action": "words.run", "parameters": {"word": word}});
        squall.post("/api/v1/executions", &wanted, 201);
    }
    for item in ended(&squall, "words.run", WORDS.len() - 1) {
        let expected = json!({"word": item["parameters"]["word"], "arguments": [], "folder": 0});
        assert_eq!(item["result"]["result"], expected, "{item}");
    }
}

/// All executions of an action, when so many have ended.
fn ended(squall: &Server, action: &str, count: usize) -> Vec<Value> {
    wait::until("all actions to end", || {
        let listed = squall.get(&format!("/api/v1/executions?limit=100&action={action}"));
        let is_over = |item: &&Value| item["end_timestamp"].is_string();
        let over: Vec<Value> = listed
            .as_array()
            .unwrap()
            .iter()
            .filter(is_over)
            .cloned()
            .collect();
        let seen = over.len().to_string();
        (over.len() == count).then_some(over).ok_or(seen)
    })
}
