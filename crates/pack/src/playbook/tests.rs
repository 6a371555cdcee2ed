//! Files of playbooks, sound and faulty.

mod actions;
mod faulty;
mod packs;
mod recorded;
mod sinks;
mod sound;

use std::path::Path;

use super::*;

/// The environment of all tests.
fn environment(name: &str) -> Option<String> {
    match name {
        "SLACK_KEY" => Some("xoxb-secret".to_owned()),
        "COUNT" => Some("3".to_owned()),
        _ => None,
    }
}

fn read(text: &str) -> ReadPlaybooks {
    read_playbook_text(text, Path::new("values.yaml"), &environment)
}

/// What is told of a file.
fn problems(text: &str) -> String {
    told(&read(text).problems)
}

fn told(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// The playbooks of a file without fault, as JSON.
fn sound(text: &str) -> Playbooks {
    let read = read(text);
    assert_eq!(told(&read.problems), "");
    read.playbooks
}
