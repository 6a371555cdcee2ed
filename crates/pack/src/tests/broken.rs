//! Faults of authors: each is told with its place, and none hides another.

use super::*;

#[test]
fn a_faulty_file_hides_neither_its_other_faults_nor_the_good_files() {
    let folder = pack(&[
        (
            "actions/bad.yaml",
            "
name: 5
runner_typ: noop
enabled: 'yes'
parameters:
  a-b: {type: str}
  cmd:
    requird: true
    required: [cmd]
    type: [string, 'null']
",
        ),
        ("actions/broken.yaml", "name: x\n  bad: indentation\n"),
        ("actions/good.yaml", "name: good\nrunner_type: noop\n"),
        ("actions/template.yaml", "name: {{ name }}\n"),
    ]);
    let read = read_in(&folder);
    assert_eq!(read.content.unwrap().actions.len(), 1);
    assert_snapshot!(told(&read.problems, &folder), @r"
    error: demo/actions/bad.yaml:2:1: runner_type: is missing
    error: demo/actions/bad.yaml:2:7: name: must be text, but is an integer (quote it to have the text)
    error: demo/actions/bad.yaml:3:1: runner_typ: is not a known key (did you mean `runner_type`?)
    error: demo/actions/bad.yaml:4:10: enabled: must be a boolean, but is text (write true or false, without quotes)
    error: demo/actions/bad.yaml:6:3: parameters.a-b: is not a parameter's name: only letters, digits and underscores are
    error: demo/actions/bad.yaml:6:15: parameters.a-b.type: `str` is not a type (did you mean `string`?)
    error: demo/actions/bad.yaml:8:5: parameters.cmd.requird: is not a known key of a parameter (did you mean `required`?)
    error: demo/actions/bad.yaml:9:15: parameters.cmd.required: must be a boolean, but is a list (write `required: true` in the property itself)
    error: demo/actions/bad.yaml:10:11: parameters.cmd.type: must be the name of one type, but is a list
    error: demo/actions/broken.yaml:2:6: mapping values are not allowed in this context
    error: demo/actions/template.yaml:1:8: a list or a mapping cannot be a key: if this is a template, quote it
    ");
}

#[test]
fn actions_and_their_runners() {
    assert_snapshot!(problems(&[
        ("actions/a.yaml", "name: a\nrunner_type: local-shell-cmmd\n"),
        ("actions/b.yaml", "
name: b
runner_type: local-shell-cmd
parameters:
  cmd: {type: integer, description: ok}
  sudo: {immutable: true, position: 0}
  own: {immutable: true}
  same: {type: string, position: 1}
  last: {type: string, position: 1}
  gap: {type: string, position: 5}
"),
        ("actions/c.yaml", "name: c\nrunner_type: remote-shell-cmd\nparameters: {parallel: {immutable: true, default: 1}}\n"),
        ("actions/d.yaml", "name: d\nrunner_type: python-script\nentry_point: missing.py\n"),
        ("actions/e.yaml", "name: e\nrunner_type: python-script\nentry_point: ../../../demo2.py\n"),
        ("actions/f.yaml", "name: f\nrunner_type: python-script\n"),
        ("actions/g.yaml", "name: f\nrunner_type: noop\npack: other\nnotify: {on_complete: {routes: slack}}\ntags: [x]\n"),
        ("actions/h.yaml", "name: h\nrunner_type: noop\nname: i\n"),
        ("actions/i.yaml", "name: i\nrunner_type: noop\n"),
    ]), @r"
    error: demo/actions/a.yaml:2:14: runner_type: there is no runner `local-shell-cmmd` (did you mean `local-shell-cmd`?)
    error: demo/actions/b.yaml:5:9: parameters.cmd.type: cannot be changed: the runner declares this parameter (an action may change default, description, enum, immutable, required)
    error: demo/actions/b.yaml:6:27: parameters.sudo.position: cannot be changed: the runner declares this parameter (an action may change default, description, enum, immutable, required)
    error: demo/actions/b.yaml:7:20: parameters.own.immutable: an immutable parameter needs a `default`
    error: demo/actions/b.yaml:9:34: parameters.last.position: `same` has the position 1 too
    error: demo/actions/b.yaml:10:33: parameters.gap.position: positions leave a gap between 1 and 5
    error: demo/actions/c.yaml:3:36: parameters.parallel.immutable: is already said by the runner and cannot be said again
    warning: demo/actions/d.yaml:3:14: entry_point: `actions/missing.py` does not exist
    warning: demo/actions/e.yaml:3:14: entry_point: `actions/../../../demo2.py` does not exist
    warning: demo/actions/f.yaml:1:1: entry_point: is missing: the runner `python-script` runs a file of the pack
    error: demo/actions/g.yaml:3:7: pack: names the pack `other`, but the file belongs to `demo` (write `demo`, or leave it out)
    error: demo/actions/g.yaml:4:10: notify.on_complete: is not a known key (did you mean `on-complete`?)
    error: demo/actions/g.yaml:4:32: notify.on_complete.routes: must be a list, but is text
    error: demo/actions/g.yaml:5:8: tags[0]: must be a mapping, but is text
    warning: demo/actions/h.yaml:3:1: name: is given again: only the last one counts
    warning: demo/actions/i.yaml: name: is given in an earlier file too: this one counts
    ");
}

#[test]
fn parameter_schemas() {
    assert_snapshot!(problems(&[("actions/a.yaml", "
name: a
runner_type: noop
parameters:
  ok: {type: object, properties: {x: {type: [string, 'null'], format: email}}, additionalProperties: false}
  fmt: {type: string, format: email}
  enumerated: {enum: [a, b, a]}
  none: {enum: []}
  size: {type: array, minItems: -1, items: [], maxItems: 1.5}
  range: {exclusiveMaximum: true, multipleOf: 0, minimum: '1', position: -1}
  list: {type: array, items: {type: strng}, anyOf: [{typ: string}]}
  nested: {type: object, properties: {y: {required: [z]}}, dependencies: {a: [b], c: 1}}
  flag: {secret: 'yes', default: [anything, {goes: here}]}
  empty:
")]), @r#"
    error: demo/actions/a.yaml:6:23: parameters.fmt.format: is not a known key of a parameter
    error: demo/actions/a.yaml:7:29: parameters.enumerated.enum: holds "a" twice
    error: demo/actions/a.yaml:8:16: parameters.none.enum: must be a list of at least one value
    error: demo/actions/a.yaml:9:33: parameters.size.minItems: must be a whole number from 0, but is an integer
    error: demo/actions/a.yaml:9:44: parameters.size.items: must be a list of at least one schema
    error: demo/actions/a.yaml:9:58: parameters.size.maxItems: must be a whole number from 0, but is a float
    error: demo/actions/a.yaml:10:29: parameters.range.exclusiveMaximum: needs `maximum` beside it
    error: demo/actions/a.yaml:10:47: parameters.range.multipleOf: must be greater than 0
    error: demo/actions/a.yaml:10:59: parameters.range.minimum: must be a number, but is text
    error: demo/actions/a.yaml:10:74: parameters.range.position: must not be negative
    error: demo/actions/a.yaml:11:37: parameters.list.items.type: `strng` is not a type (did you mean `string`?)
    error: demo/actions/a.yaml:11:54: parameters.list.anyOf[0].typ: is not a known key of a parameter (did you mean `type`?)
    error: demo/actions/a.yaml:12:53: parameters.nested.properties.y.required: must be a boolean, but is a list (write `required: true` in the property itself)
    error: demo/actions/a.yaml:12:86: parameters.nested.dependencies.c: must be a mapping, but is an integer
    error: demo/actions/a.yaml:13:18: parameters.flag.secret: must be a boolean, but is text (write true or false, without quotes)
    error: demo/actions/a.yaml:14:8: parameters.empty: must be a mapping, but is empty
    "#);
}

#[test]
fn rules() {
    assert_snapshot!(problems(&[
        ("rules/a.yaml", "
name: a
enabled: true
trigger:
  type: webhook
  paramters: {}
criteria:
  trigger.body.name: {type: startwith, pattern: x}
  trigger.body.a: {type: exists}
  trigger.body.b: eq
  trigger.body.c:
    type: search
    condition: every
    pattern:
      item.x: {type: equal, pattern: 1}
actoin: {ref: core.local}
"),
        ("rules/b.yaml", "
name: b
type: {ref: back-stop}
trigger: {type: a.b}
action: {ref: core.local, params: {cmd: x}}
criteria: [x]
"),
        ("rules/c.yaml", "- name: c\n"),
        ("rules/d.yaml", "name: d\ntrigger: {type: a.b}\naction: {ref: a.b}\non: {push: x}\ntype: backstop\n"),
    ]), @r"
    error: demo/rules/a.yaml:2:1: action: is missing
    error: demo/rules/a.yaml:5:9: trigger.type: `webhook` is not a reference (write <pack>.<name>)
    warning: demo/rules/a.yaml:6:3: trigger.paramters: is not a known key and has no effect (did you mean `parameters`?)
    error: demo/rules/a.yaml:8:29: criteria.trigger.body.name.type: there is no operator `startwith` (did you mean `startswith`?)
    error: demo/rules/a.yaml:9:19: criteria.trigger.body.a.pattern: is missing
    error: demo/rules/a.yaml:10:19: criteria.trigger.body.b: must be a mapping, but is text
    warning: demo/rules/a.yaml:13:16: criteria.trigger.body.c.condition: `search` never matches without a condition (one of any, all, any2any, all2any)
    warning: demo/rules/a.yaml:15:22: criteria.trigger.body.c.pattern.item.x.type: there is no operator `equal` (did you mean `equals`?)
    error: demo/rules/a.yaml:16:1: actoin: is not a known key (did you mean `action`?)
    warning: demo/rules/b.yaml:3:13: type.ref: `back-stop` is no kind of rule, so it acts as `standard` (did you mean `backstop`?)
    error: demo/rules/b.yaml:5:27: action.params: is not a known key
    error: demo/rules/b.yaml:6:11: criteria: must be a mapping, but is a list
    error: demo/rules/c.yaml:1:1: must be a mapping, but is a list
    warning: demo/rules/d.yaml:4:1: true: is a key, but YAML reads it as a boolean (quote it to have the text)
    error: demo/rules/d.yaml:4:1: true: is not a known key
    error: demo/rules/d.yaml:5:7: type: must be a mapping, but is text
    ");
}

#[test]
fn pack_yaml() {
    assert_snapshot!(problems(&[("pack.yaml", "
ref: Demo-pack
name: demo
verison: 1
version: 1.10
stackstorm_version: '3.0'
python_versions: ['2']
keywords: word
author: [me]
")]), @r#"
    error: demo/pack.yaml:2:1: description: is missing
    error: demo/pack.yaml:2:6: ref: `Demo-pack` is not a pack's name (only a-z, 0-9 and _ may stand in it; `ref` gives a short name)
    warning: demo/pack.yaml:4:1: verison: is not a known key and has no effect (did you mean `version`?)
    warning: demo/pack.yaml:5:10: version: is read as the number 1.1 (quote versions)
    error: demo/pack.yaml:6:21: stackstorm_version: `3.0` is not a range of versions (write it like ">=3.0.0, <4.0.0")
    warning: demo/pack.yaml:7:18: python_versions: Python 2 is not supported: actions run with Python 3
    error: demo/pack.yaml:8:11: keywords: must be a list, but is text
    error: demo/pack.yaml:9:9: author: must be text, but is a list
    "#);
    assert_snapshot!(problems(&[("pack.yaml", "name: demo\nversion: one\nkeyword: x\nemail: null\n"), ("actions/a.yaml", "")]), @r"
    error: demo/actions/a.yaml:1:1: is empty
    error: demo/pack.yaml:1:1: description: is missing
    error: demo/pack.yaml:1:1: author: is missing
    error: demo/pack.yaml:2:10: version: `one` is not a version (write major.minor.patch, such as 1.0.0)
    warning: demo/pack.yaml:3:1: keyword: is not a known key and has no effect (did you mean `keywords`?)
    ");
}

#[test]
fn what_cannot_be_read_leaves_the_rest() {
    let folder = pack(&[
        ("pack.yaml", "name: [\n"),
        ("actions/a.yaml", "name: a\nrunner_type: noop\n"),
    ]);
    let read = read_in(&folder);
    assert_eq!(
        read.content.unwrap().actions[0].reference.as_str(),
        "demo.a"
    );
    assert_snapshot!(told(&read.problems, &folder), @"error: demo/pack.yaml:1:7: unclosed bracket '['");
}

#[test]
fn triggers_sensors_aliases_and_policies() {
    assert_snapshot!(problems(&[
        ("triggers/t.yaml", "nam: t\npayload_schema: []\n"),
        ("sensors/s.yaml", "class_name: S\npoll_intervall: 5\npoll_interval: often\ntrigger_types: [{}, {name: u, foo: 1}]\n"),
        ("aliases/a.yaml", "name: a\naction_ref: local\nformats: ['run {{cmd}}', {display: x, representation: y}, 5]\nack: {enabled: 1}\n"),
        ("policies/p.yaml", "name: p\nresource_ref: core.local\npolicy_type: action.concurency\n"),
        ("policies/q.yaml", "name: q\nresource_ref: core.local\npolicy_type: action.retry\nparameters: {max_retries: 2}\n"),
    ]), @r"
    error: demo/aliases/a.yaml:2:13: action_ref: `local` is not a reference (write <pack>.<name>)
    error: demo/aliases/a.yaml:3:55: formats[1].representation: must be a list, but is text
    error: demo/aliases/a.yaml:3:59: formats[2]: must be text or a mapping, but is an integer
    error: demo/aliases/a.yaml:4:16: ack.enabled: must be a boolean, but is an integer
    error: demo/policies/p.yaml:3:14: policy_type: there is no policy type `action.concurency` (did you mean `action.concurrency`?)
    error: demo/policies/q.yaml:4:13: parameters.retry_on: is missing
    error: demo/policies/q.yaml:4:14: parameters.max_retries: is not a known key
    error: demo/sensors/s.yaml:1:1: entry_point: is missing
    error: demo/sensors/s.yaml:2:1: poll_intervall: is not a known key (did you mean `poll_interval`?)
    error: demo/sensors/s.yaml:3:16: poll_interval: must be a number, but is text
    error: demo/sensors/s.yaml:4:17: trigger_types[0].name: is missing
    error: demo/sensors/s.yaml:4:31: trigger_types[1].foo: is not a known key
    error: demo/triggers/t.yaml:1:1: nam: is not a known key (did you mean `name`?)
    error: demo/triggers/t.yaml:1:1: name: is missing
    ");
}

#[test]
fn config_schema_and_values() {
    let folder = pack(&[(
        "config.schema.yaml",
        "
inventory: {type: string, required: true}
token: {type: string, secret: true}
retries: {type: integer, default: 3}
region: {enum: [north, south]}
",
    )]);
    write(
        folder.path(),
        "configs/demo.yaml",
        "tokn: x\nretries: three\nregion: norht\n",
    );
    let read = read_in(&folder);
    assert_eq!(read.content.unwrap().config.values["retries"], "three");
    assert_snapshot!(told(&read.problems, &folder), @r#"
    warning: configs/demo.yaml:1:1: tokn: is not a known key and has no effect (did you mean `token`?)
    warning: configs/demo.yaml:1:1: inventory: is required by the config schema, but missing
    warning: configs/demo.yaml:2:10: retries: is text, but the config schema says `integer`
    warning: configs/demo.yaml:3:9: region: "norht" is not among the values that the config schema allows (did you mean `north`?)
    "#);

    write(
        folder.path(),
        "configs/demo.yaml",
        "inventory: x\ntoken: '{{ st2kv.system.t | decrypt_kv }}'\n",
    );
    let read = read_in(&folder);
    assert!(read.content.unwrap().config.values.is_empty());
    assert_snapshot!(told(&read.problems, &folder), @"error: configs/demo.yaml:2:8: token: must not use decrypt_kv: a secret value is decrypted by itself");

    assert_snapshot!(problems(&[("config.schema.yaml", "")]), @"error: demo/config.schema.yaml: is empty (remove the file, or describe the pack's settings)");
}

#[test]
fn templates_and_paths_that_can_never_work() {
    assert_snapshot!(problems(&[
        ("actions/a.yaml", "
name: a
runner_type: local-shell-cmd
parameters:
  cmd: {default: 'echo {{ name'}
  own: {default: {deep: ['{% if %}', '{{ ok }}']}}
"),
        ("rules/r.yaml", "
name: r
trigger: {type: a.b}
criteria:
  body.name: {type: eq, pattern: '{{ trigger.x | to_lower }}'}
  trigger.headers.X Event: {type: eq, pattern: x}
  trigger.a#1: {type: eq, pattern: '{{ trigger.b }}'}
  trigger.list: {type: search, condition: any, pattern: {trigger.x: {type: eq, pattern: 1}, item.y: {type: eq, pattern: 1}}}
action: {ref: demo.a, parameters: {own: '{{ trigger.a }'}}
"),
    ]), @r"
    warning: demo/actions/a.yaml:5:18: parameters.cmd.default: cannot be rendered: unexpected end of template, expected 'end of print statement'.
    warning: demo/actions/a.yaml:6:26: parameters.own.default.deep[0]: cannot be rendered: Expected an expression, got 'end of statement block'
    warning: demo/rules/r.yaml:5:3: criteria.body.name: finds nothing: there is no `body` (begin with `trigger.`)
    warning: demo/rules/r.yaml:5:34: criteria.body.name.pattern: cannot be rendered: No filter named 'to_lower'.
    warning: demo/rules/r.yaml:6:3: criteria.trigger.headers.X Event: `trigger.headers.X Event` is not a path (quote names with other characters, as in trigger.headers['X-Event'])
    warning: demo/rules/r.yaml:8:58: criteria.trigger.list.pattern.trigger.x: finds nothing: there is no `trigger` (begin with `item.`)
    warning: demo/rules/r.yaml:9:41: action.parameters.own: cannot be rendered: unexpected '}'
    ");
}
