//! Packs as users write them, and what they are told.

mod broken;
mod hostile;
mod shipped;
mod triggers_of_playbooks;

use std::path::Path;

use insta::assert_snapshot;
use serde_json::json;
use squall_model::Json;
use squall_model::playbook::PlaybookTrigger;
use squall_model::problem::Severity;
use squall_model::runner::RunnerType;
use tempfile::TempDir;

use super::*;

/// A pack in a folder `demo`, with a sound `pack.yaml` unless the files bring one.
fn pack(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sound =
        "name: demo\ndescription: For tests\nversion: 1.0.0\nauthor: Us\nemail: us@example.com\n";
    write(folder.path(), "demo/pack.yaml", sound);
    for (file, text) in files {
        write(folder.path(), &format!("demo/{file}"), text);
    }
    folder
}

fn write(folder: &Path, file: &str, text: &str) {
    let path = folder.join(file);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

fn runner(name: &str, parameters: &Json) -> RunnerType {
    let definition = json!({
        "id": Id::of(name), "name": name, "aliases": [], "description": "", "enabled": true, "package": "",
        "parameters": parameters, "available": true,
    });
    serde_json::from_value(definition).unwrap()
}

fn kinds() -> Kinds {
    let cmd = json!({"cmd": {"type": "string"}, "sudo": {"type": "boolean", "default": false}});
    let fixed = json!({"hosts": {"type": "string"}, "parallel": {"type": "boolean", "default": false, "immutable": true}});
    Kinds {
        runners: vec![
            runner("local-shell-cmd", &cmd),
            runner("noop", &json!({})),
            runner(
                "python-script",
                &json!({"timeout": {"type": "integer", "default": 600}}),
            ),
            runner("remote-shell-cmd", &fixed),
        ],
        operators: vec![
            "eq",
            "equals",
            "startswith",
            "endswith",
            "exists",
            "search",
            "regex",
        ],
        check_trigger: Some(check_cron),
    }
}

/// Stands for who understands cron.
fn check_cron(trigger: &PlaybookTrigger) -> Vec<Problem> {
    let (place, way) = (&trigger.place, "cron_schedule_repeat");
    let schedule = trigger.parameters.get(way);
    let is_bad = schedule.is_some_and(|schedule| schedule.to_string().contains("61"));
    let problem = || Problem {
        severity: Severity::Error,
        file: place.file.clone(),
        line: Some(place.line),
        column: None,
        key: format!("{}.{way}", place.key),
        message: "there is no minute 61".to_owned(),
        hint: None,
    };
    is_bad.then(problem).into_iter().collect()
}

/// Reads the pack `demo` of a folder.
fn read_in(folder: &TempDir) -> Read {
    let (configs, overrides) = (
        folder.path().join("configs"),
        folder.path().join("overrides"),
    );
    let kinds = kinds();
    let site = Site {
        kinds: &kinds,
        configs: Some(&configs),
        overrides: Some(&overrides),
    };
    read(&folder.path().join("demo"), &site)
}

/// The problems as users see them, the folder left out.
fn told(problems: &[Problem], folder: &TempDir) -> String {
    let folder = format!("{}/", folder.path().display());
    problems
        .iter()
        .map(|problem| format!("{problem}\n").replace(&folder, ""))
        .collect()
}

/// What is told of a pack with these files.
fn problems(files: &[(&str, &str)]) -> String {
    let folder = pack(files);
    told(&read_in(&folder).problems, &folder)
}

#[test]
fn a_sound_pack_is_read_whole() {
    let folder = pack(&[
        (
            "pack.yaml",
            "ref: demo\nname: Demo pack\ndescription: For tests\nversion: 0.2.0\nauthor: Us\nkeywords: [a, b]\n",
        ),
        (
            "actions/b.yaml",
            "name: b\nrunner_type: local-shell-cmd\nparameters:\n  cmd: {default: ls, immutable: true}\n",
        ),
        (
            "actions/a.yml",
            "name: a.b\nrunner_type: python-script\nentry_point: a.py\nenabled: false\n",
        ),
        ("actions/a.py", ""),
        (
            "rules/r.yaml",
            "
name: r
enabled: yes
trigger: {type: core.st2.webhook, parameters: {url: x}}
criteria:
  trigger.body.name: {type: eq, pattern: st2}
action: {ref: demo.b, parameters: {cmd: '{{ trigger.body.cmd }}'}}
",
        ),
        (
            "triggers/t.yaml",
            "name: t\npayload_schema: {type: object}\n",
        ),
        (
            "sensors/s.yaml",
            "class_name: S\nentry_point: s.py\npoll_interval: 5\ntrigger_types: [{name: u}]\n",
        ),
        ("sensors/s.py", ""),
        (
            "config.schema.yaml",
            "token: {type: string, secret: true}\n",
        ),
    ]);
    write(
        folder.path(),
        "configs/demo.yaml",
        "token: '{{ st2kv.system.token }}'\n",
    );
    let read = read_in(&folder);
    assert_eq!(told(&read.problems, &folder), "");
    let content = read.content.unwrap();
    assert_eq!(content.pack.name, "Demo pack");
    assert_eq!(content.pack.files.len(), 9);
    let names: Vec<_> = content
        .actions
        .iter()
        .map(|action| action.reference.as_str())
        .collect();
    assert_eq!(names, ["demo.a.b", "demo.b"]);
    assert!(!content.actions[0].enabled);
    assert_eq!(content.actions[0].id, Id::of("action:demo:a.b"));
    assert_eq!(
        content.actions[0].metadata_file.as_deref(),
        Some("actions/a.yml")
    );
    let rule = &content.rules[0];
    assert!(rule.enabled && rule.trigger.reference.as_str().starts_with("core."));
    assert_eq!(rule.trigger.reference.name().len(), 36);
    let types: Vec<_> = content
        .trigger_types
        .iter()
        .map(|one| one.reference.as_str())
        .collect();
    assert_eq!(types, ["demo.t", "demo.u"]);
    assert_eq!(content.sensors[0].trigger_types[0].as_str(), "demo.u");
    assert_eq!(content.config.values["token"], "{{ st2kv.system.token }}");
}

#[test]
fn a_rule_that_does_not_say_so_is_disabled() {
    let folder = pack(&[(
        "rules/r.yaml",
        "name: r\ntrigger: {type: a.b}\naction: {ref: a.b}\n",
    )]);
    assert!(!read_in(&folder).content.unwrap().rules[0].enabled);
}

#[test]
fn overrides_switch_content_on_and_off() {
    let folder = pack(&[
        ("actions/a.yaml", "name: a\nrunner_type: noop\n"),
        ("actions/b.yaml", "name: b\nrunner_type: noop\n"),
        (
            "rules/r.yaml",
            "name: r\ntrigger: {type: a.b}\naction: {ref: demo.a}\n",
        ),
    ]);
    write(
        folder.path(),
        "overrides/_global.yaml",
        "rules: {defaults: {enabled: true}}\n",
    );
    write(
        folder.path(),
        "overrides/demo.yaml",
        "
actions:
  defaults: {enabled: false}
  exceptions: {b: {enabled: true}}
  exeptions: {}
",
    );
    let read = read_in(&folder);
    let content = read.content.as_ref().unwrap();
    let enabled: Vec<bool> = content
        .actions
        .iter()
        .map(|action| action.enabled)
        .collect();
    assert_eq!(enabled, [false, true]);
    assert!(content.rules[0].enabled);
    assert_snapshot!(told(&read.problems, &folder), @"warning: overrides/demo.yaml:5:3: actions.exeptions: is not a known key and has no effect (did you mean `exceptions`?)");
}

#[test]
fn the_first_of_two_packs_with_one_name_counts() {
    let (one, two) = (
        pack(&[]),
        pack(&[(
            "rules/r.yaml",
            "name: r\ntrigger: {type: core.webhok}\naction: {ref: demo.nop}\n",
        )]),
    );
    write(
        two.path(),
        "other/pack.yaml",
        "name: other\ndescription: ''\nversion: 1.0.0\nauthor: ''\n",
    );
    write(
        two.path(),
        "other/triggers/t.yaml",
        "
name: t
parameters_schema: {properties: {url: {required: true}}, additionalProperties: false}
",
    );
    write(
        two.path(),
        "other/actions/a.yaml",
        "name: nap\nrunner_type: noop\nparameters: {seconds: {type: integer}}\n",
    );
    write(
        two.path(),
        "other/rules/r.yaml",
        "
name: r
trigger: {type: other.t, parameters: {ulr: x}}
action: {ref: other.nap, parameters: {second: 1}}
",
    );
    write(
        two.path(),
        "other/rules/s.yaml",
        "name: s\ntrigger: {type: other.tt}\naction: {ref: other.nop}\n",
    );
    write(two.path(), "third/rules/r.yaml", "");
    let kinds = kinds();
    let site = Site {
        kinds: &kinds,
        configs: None,
        overrides: None,
    };
    let loaded = load_packs(&[one.path().join("demo"), two.path().to_owned()], &site);
    let names: Vec<_> = loaded
        .packs
        .iter()
        .map(|pack| pack.pack.reference.as_str())
        .collect();
    assert_eq!(names, ["demo", "other"]);
    let told = told(&loaded.problems, &two).replace(&one.path().display().to_string(), "<first>");
    assert_snapshot!(told, @r"
    warning: third: looks like a pack, but has no pack.yaml
    warning: demo: the pack `demo` is left out: `<first>/demo` has the same name
    warning: other/rules/r.yaml:3:17: trigger.type: `other.t` has no parameter `ulr` (did you mean `url`?)
    warning: other/rules/r.yaml:3:17: trigger.type: `other.t` needs the parameter `url`
    warning: other/rules/r.yaml:4:39: action.parameters.second: `other.nap` has no parameter `second` (did you mean `seconds`?)
    warning: other/rules/s.yaml:2:17: trigger.type: there is no trigger type `other.tt` (did you mean `other.t`?)
    warning: other/rules/s.yaml:3:15: action.ref: there is no action `other.nop` (did you mean `other.nap`?)
    ");
}
