//! Faults of authors: each is told with its place and what to do.

use insta::assert_snapshot;

use super::*;

#[test]
fn a_file_that_says_nothing_about_playbooks() {
    assert_snapshot!(problems(""), @"error: values.yaml:1:1: is empty");
    assert_snapshot!(problems("- triggers: []\n  actions: []\n"), @"error: values.yaml:1:1: is a list, but must be a mapping (put `customPlaybooks:` above it)");
    assert_snapshot!(problems("kubewatch: {}\nrunner: {}\n"), @"error: values.yaml:1:1: says nothing about playbooks (write `customPlaybooks:` or `active_playbooks:`, and a list of playbooks)");
    assert_snapshot!(problems("customPlaybook:\n- triggers: []\n"), @"warning: values.yaml:1:1: customPlaybook: is not a known key and has no effect (did you mean `customPlaybooks`?)");
    assert_snapshot!(problems("active_playbook: []\nsinks_config: []\n"), @"warning: values.yaml:1:1: active_playbook: is not a known key and has no effect (did you mean `active_playbooks`?)");
    assert_snapshot!(problems("customPlaybooks:\n- triggers:\n  - on_pod_update: {{ x }}\n"), @"error: values.yaml:3:21: a list or a mapping cannot be a key: if this is a template, quote it");
    let read = read_playbooks(&["no-such-file.yaml".into()], &environment);
    assert_snapshot!(told(&read.problems), @"error: no-such-file.yaml: does not exist");
}

#[test]
fn keys_of_old_charts() {
    assert_snapshot!(problems("playbooks: []\nslackApiKey: x\nrobustaApiKey: y\n"), @"
    error: values.yaml:1:12: playbooks: is a key of old charts (write `customPlaybooks`)
    error: values.yaml:2:14: slackApiKey: is a key of old charts (write a `slack_sink` below `sinksConfig`)
    error: values.yaml:3:16: robustaApiKey: is a key of old charts (leave it out: Squall needs no account)
    ");
}

#[test]
fn playbooks() {
    assert_snapshot!(problems("
customPlaybooks:
- triggers: [on_pod_create: {}]
- actions: [a: {}]
- triggers: on_pod_create
  actions: {a: {}}
- triggers: []
  actions: []
  trigger: x
  enabled: true
- on_pod_create
- name: [a]
  triggers: [on_pod_create: {}]
  actions: [a: {}]
  sinks: main
  stop: maybe
namedCustomPlaybooks: {a: 1, b: [x]}
"), @"
    error: values.yaml:3:3: customPlaybooks[0].actions: is missing
    error: values.yaml:4:3: customPlaybooks[1].triggers: is missing
    error: values.yaml:5:13: customPlaybooks[2].triggers: must be a list of triggers, but is text (write [on_pod_create])
    error: values.yaml:6:12: customPlaybooks[2].actions: must be a list of actions, but is a mapping
    warning: values.yaml:7:13: customPlaybooks[3].triggers: is empty, so the playbook never does anything
    warning: values.yaml:8:12: customPlaybooks[3].actions: is empty, so the playbook never does anything
    warning: values.yaml:9:3: customPlaybooks[3].trigger: is not a known key and has no effect (did you mean `triggers`?)
    warning: values.yaml:10:3: customPlaybooks[3].enabled: is not a known key and has no effect
    error: values.yaml:11:3: customPlaybooks[4]: must be a mapping, but is text
    error: values.yaml:12:9: customPlaybooks[5].name: must be text, but is a list
    error: values.yaml:15:10: customPlaybooks[5].sinks: must be a list of texts, but is text (write [main])
    error: values.yaml:16:9: customPlaybooks[5].stop: must be a boolean, but is text (write true or false, without quotes)
    error: values.yaml:17:27: namedCustomPlaybooks.a: must be a list, but is an integer
    error: values.yaml:17:34: namedCustomPlaybooks.b[0]: must be a mapping, but is text
    ");
}

#[test]
fn triggers() {
    assert_snapshot!(problems("
customPlaybooks:
- actions: [a: {}]
  triggers:
  - on_pod_updat: {}
  - on_cronjob_update: {}
  - on_coffee: {}
  - on_pod_update
  - on_pod_update: {}
    on_pod_create: {}
  - on_pod_update:
    name_prefix: web
  - on_pod_update: {}
    name_prefix: web
  - on_pod_update: web
  - 5
"), @"
    error: values.yaml:5:5: customPlaybooks[0].triggers[0]: unknown trigger `on_pod_updat` (did you mean `on_pod_update`?)
    error: values.yaml:6:5: customPlaybooks[0].triggers[1]: unknown trigger `on_cronjob_update` (of kinds without triggers of their own, write `on_kubernetes_resource_operation: {resources: [GROUP/cronjob]}`)
    error: values.yaml:7:5: customPlaybooks[0].triggers[2]: unknown trigger `on_coffee` (there are on_KIND_create, on_KIND_update, on_KIND_delete and on_KIND_all_changes, on_prometheus_alert, on_schedule and more: docs/playbooks.md)
    error: values.yaml:8:5: customPlaybooks[0].triggers[3]: must be a mapping of a trigger's name to its parameters, but is text (write `- on_pod_update: {}`)
    error: values.yaml:9:5: customPlaybooks[0].triggers[4]: must name one trigger, but has `on_pod_update` and `on_pod_create` (begin each trigger with a dash of its own: any of them will do)
    error: values.yaml:12:5: customPlaybooks[0].triggers[5]: `name_prefix` stands beside `on_pod_update`, not in it (indent it below `on_pod_update`)
    warning: values.yaml:14:5: customPlaybooks[0].triggers[6]: `name_prefix` stands beside `on_pod_update`, not in it (indent it below `on_pod_update`)
    error: values.yaml:15:20: customPlaybooks[0].triggers[7].on_pod_update: must be a mapping, but is text
    error: values.yaml:16:5: customPlaybooks[0].triggers[8]: must be a mapping of a trigger's name to its parameters, but is an integer
    ");
}

#[test]
fn parameters_of_triggers() {
    assert_snapshot!(problems("
customPlaybooks:
- actions: [a: {}]
  triggers:
  - on_pod_update: {name_prefx: web, name: x, labels_selector: 'a!=b', namespace_prefix: [a]}
  - on_pod_crash_loop: {change_filters: {}, rate_limit: '3', restart_count: many}
  - on_pod_oom_killed: {exclude: [web]}
  - on_kubernetes_resource_operation: {resources: pod, operations: [updated]}
  - on_kubernetes_resource_operation: {resources: [deploment, rollout]}
  - on_prometheus_alert: {alert: X, status: Firring, k8s_providers: GKE}
  - on_helm_release_unhealthy: {names: [a]}
  - on_kubernetes_warning_event: {include: {a: b}}
  - on_pod_create: {change_filters: {includes: [spec], ignore: status}}
"), @"
    error: values.yaml:5:21: customPlaybooks[0].triggers[0].on_pod_update.name_prefx: is not a known key (did you mean `name_prefix`?)
    error: values.yaml:5:38: customPlaybooks[0].triggers[0].on_pod_update.name: is not a known key
    error: values.yaml:5:90: customPlaybooks[0].triggers[0].on_pod_update.namespace_prefix: must be text, but is a list
    error: values.yaml:6:25: customPlaybooks[0].triggers[1].on_pod_crash_loop.change_filters: is not a known key
    error: values.yaml:6:57: customPlaybooks[0].triggers[1].on_pod_crash_loop.rate_limit: must be a number, but is text (write 3 without quotes)
    error: values.yaml:6:77: customPlaybooks[0].triggers[1].on_pod_crash_loop.restart_count: must be a number, but is text
    error: values.yaml:7:35: customPlaybooks[0].triggers[2].on_pod_oom_killed.exclude[0]: must be a mapping, but is text
    error: values.yaml:8:51: customPlaybooks[0].triggers[3].on_kubernetes_resource_operation.resources: must be a list of texts, but is text (write [pod])
    warning: values.yaml:8:69: customPlaybooks[0].triggers[3].on_kubernetes_resource_operation.operations[0]: `updated` means nothing here (did you mean `update`?)
    warning: values.yaml:9:52: customPlaybooks[0].triggers[4].on_kubernetes_resource_operation.resources[0]: `deploment` is no kind that Squall knows (did you mean `deployment`?)
    warning: values.yaml:10:27: customPlaybooks[0].triggers[5].on_prometheus_alert.alert: is not a known key and has no effect
    warning: values.yaml:10:45: customPlaybooks[0].triggers[5].on_prometheus_alert.status: `Firring` means nothing here (did you mean `firing`?)
    error: values.yaml:10:69: customPlaybooks[0].triggers[5].on_prometheus_alert.k8s_providers: must be a list of texts, but is text (write [GKE])
    error: values.yaml:11:32: customPlaybooks[0].triggers[6].on_helm_release_unhealthy.rate_limit: is missing
    error: values.yaml:12:44: customPlaybooks[0].triggers[7].on_kubernetes_warning_event.include: must be a list of texts, but is a mapping
    warning: values.yaml:13:38: customPlaybooks[0].triggers[8].on_pod_create.change_filters.includes: is not a known key and has no effect (did you mean `include`?)
    error: values.yaml:13:64: customPlaybooks[0].triggers[8].on_pod_create.change_filters.ignore: must be a list of texts, but is text (write [status])
    ");
}

#[test]
fn scopes() {
    assert_snapshot!(problems("
customPlaybooks:
- actions: [a: {}]
  triggers:
  - on_pod_update: {scope: {}}
  - on_pod_update: {scope: {include: []}}
  - on_pod_update: {scope: {include: {name: a}}}
  - on_pod_update: {scope: {include: [{name: '('}], excludes: []}}
  - on_pod_update: {scope: {include: [{labels: app}, {attributes: status.phase}]}}
  - on_pod_update: {scope: {include: [{name: }, {name: {a: b}}]}}
"), @"
    error: values.yaml:5:28: customPlaybooks[0].triggers[0].on_pod_update.scope: says neither what is included nor what is excluded (write `include`, `exclude` or both)
    error: values.yaml:6:38: customPlaybooks[0].triggers[1].on_pod_update.scope.include: is an empty list (write what is meant, such as `- name: web.*`, or leave it out)
    error: values.yaml:7:38: customPlaybooks[0].triggers[2].on_pod_update.scope.include: must be a list of mappings, but is a mapping
    error: values.yaml:8:46: customPlaybooks[0].triggers[3].on_pod_update.scope.include[0].name: `(` is not a pattern: error: missing ), unterminated subpattern at position 0 (it is a regular expression of Python's `re`)
    warning: values.yaml:8:53: customPlaybooks[0].triggers[3].on_pod_update.scope.excludes: is not a known key and has no effect (did you mean `exclude`?)
    error: values.yaml:9:48: customPlaybooks[0].triggers[4].on_pod_update.scope.include[0].labels: `app` is not a name and a pattern (write name=pattern or name!=pattern, and commas between several)
    error: values.yaml:9:67: customPlaybooks[0].triggers[4].on_pod_update.scope.include[1].attributes: `status.phase` is not a path and a value (write a path, `=` or `!=`, and a value: `status.phase=Pending`)
    error: values.yaml:10:44: customPlaybooks[0].triggers[5].on_pod_update.scope.include[0].name: must be a pattern, or a list of them, but is empty
    error: values.yaml:10:56: customPlaybooks[0].triggers[5].on_pod_update.scope.include[1].name: must be text, but is a mapping
    ");
}

#[test]
fn schedules() {
    assert_snapshot!(problems("
customPlaybooks:
- triggers: [on_schedule: {}]
  actions: [a: {}]
- triggers: [on_schedule: {fixed_delay_repeat: {repeat: 3}}]
  actions: [a: {}]
- triggers: [on_schedule: {fixed_delay_repeat: {seconds_delay: 0}}]
  actions: [a: {}]
- triggers: [on_schedule: {dynamic_delay_repeat: {delay_periods: 5}}]
  actions: [a: {}]
- triggers: [on_schedule: {cron_schedule_repeat: {cron_expression: every monday}}]
  actions: [a: {}]
- triggers: [on_schedule: {cron_schedule_repeat: {cron_expression: '0 0 * * *'}, fixed_delay_repeat: {seconds_delay: 5}}]
  actions: [a: {}]
- triggers: [on_schedule: {fixed_delay_repeat: {seconds_delay: 500}}]
  actions: [a: {}, b: {}]
- triggers: [on_schedule: {fixed_delay_repeat: {seconds_delay: 500}}, on_pod_create: {}]
  actions: [a: {}]
"), @"
    error: values.yaml:3:27: customPlaybooks[0].triggers[0].on_schedule: does not say when (write one of fixed_delay_repeat, dynamic_delay_repeat, cron_schedule_repeat)
    error: values.yaml:5:48: customPlaybooks[1].triggers[0].on_schedule.fixed_delay_repeat.seconds_delay: is missing
    error: values.yaml:7:64: customPlaybooks[2].triggers[0].on_schedule.fixed_delay_repeat.seconds_delay: must be at least 1
    error: values.yaml:9:66: customPlaybooks[3].triggers[0].on_schedule.dynamic_delay_repeat.delay_periods: must be a list of seconds, but is an integer
    error: values.yaml:11:68: customPlaybooks[4].triggers[0].on_schedule.cron_schedule_repeat.cron_expression: `every monday` has 2 parts, but a cron expression has 5 (minute, hour, day of the month, month, day of the week: `0 12 * * 1`)
    warning: values.yaml:13:27: customPlaybooks[5].triggers[0].on_schedule: says when in several ways: only `fixed_delay_repeat` counts
    error: values.yaml:15:3: customPlaybooks[6].triggers: a playbook with `on_schedule` has one trigger and one action, but here are 1 and 2 (write a playbook for each)
    error: values.yaml:17:3: customPlaybooks[7].triggers: a playbook with `on_schedule` has one trigger and one action, but here are 2 and 1 (write a playbook for each)
    ");
}

#[test]
fn actions() {
    assert_snapshot!(problems("
customPlaybooks:
- triggers: [on_pod_create: {}]
  actions:
  - my_action
  - my_action:
    count: 5
  - one: {}
    two: {}
  - my_action: 5
  - my_action: [a]
  - {}
  - my_action: {key: 'Bearer {{ env.GONE }}'}
"), @"
    error: values.yaml:5:5: customPlaybooks[0].actions[0]: must be a mapping of an action's name to its parameters, but is text (write `- my_action: {}`)
    error: values.yaml:7:5: customPlaybooks[0].actions[1]: must name one action, but has `my_action` and `count` (indent `count` below `my_action`, to make it its parameter)
    error: values.yaml:9:5: customPlaybooks[0].actions[2]: must name one action, but has `one` and `two` (begin each action with a dash of its own)
    error: values.yaml:10:16: customPlaybooks[0].actions[3].my_action: must be a mapping, but is an integer
    error: values.yaml:11:16: customPlaybooks[0].actions[4].my_action: must be a mapping, but is a list
    error: values.yaml:12:5: customPlaybooks[0].actions[5]: must be a mapping of an action's name to its parameters, but is an empty one
    error: values.yaml:13:22: customPlaybooks[0].actions[6].my_action.key: the environment has no `GONE` (set the variable where Squall is started; it must not be empty)
    ");
}

#[test]
fn what_the_environment_lacks() {
    assert_snapshot!(problems("
playbookRepos:
  ours: {url: 'https://example.com/a.tgz', key: '{{ env.REPO_KEY }}'}
globalConfig: {a: '{{env.GONE}}', b: [{c: '{{ env.A }} {{ env.B }}'}]}
"), @"
    error: values.yaml:3:49: playbookRepos.ours.key: the environment has no `REPO_KEY` (set the variable where Squall is started; it must not be empty)
    error: values.yaml:4:19: globalConfig.a: the environment has no `GONE` (set the variable where Squall is started; it must not be empty)
    error: values.yaml:4:43: globalConfig.b[0].c: names two variables of the environment (a text has room for one: the variable's value stands for all of it)
    ");
}

#[test]
fn repositories() {
    assert_snapshot!(problems("
playbookRepos:
  a: {url: /srv/actions}
  b: {url: 'ftp://example.com/a.tgz'}
  c: {url: 'http://example.com/a.tgz', pip: false}
  d: {}
  e: git@example.com:a.git
"), @"
    error: values.yaml:3:12: playbookRepos.a.url: is no address of a playbook repository (write file:///srv/actions)
    error: values.yaml:4:12: playbookRepos.b.url: is no address of a playbook repository (write file:///FOLDER, git@HOST:NAME.git, https://HOST/NAME.git or https://HOST/NAME.tgz)
    warning: values.yaml:5:12: playbookRepos.c.url: lets anybody on the way put code into it (write https://)
    warning: values.yaml:5:40: playbookRepos.c.pip: is not a known key and has no effect
    error: values.yaml:6:6: playbookRepos.d.url: is missing
    error: values.yaml:7:6: playbookRepos.e: must be a mapping, but is text
    ");
}

#[test]
fn other_parts() {
    assert_snapshot!(problems("
alertRelabel:
- {source: a}
- {source: a, target: b, operation: move}
lightActions: x
globalConfig: [a]
disabledPlaybooks: [PodOomKill, Other]
builtinPlaybooks:
- {name: PodOOMKill, triggers: [on_pod_oom_killed: {}], actions: [a: {}], sinks: [slak]}
sinksConfig: [file_sink: {name: slack}]
"), @"
    error: values.yaml:3:3: alertRelabel[0].target: is missing
    error: values.yaml:4:37: alertRelabel[1].operation: is no operation on labels (write `add`, which keeps the source, or `replace`)
    error: values.yaml:5:15: lightActions: must be a list, but is text
    error: values.yaml:6:15: globalConfig: must be a mapping, but is a list
    warning: values.yaml:7: disabledPlaybooks[0]: there is no playbook `PodOomKill` to switch off (did you mean `PodOOMKill`?)
    warning: values.yaml:7: disabledPlaybooks[1]: there is no playbook `Other` to switch off
    warning: values.yaml:9: builtinPlaybooks[0].sinks: there is no sink `slak` (did you mean `slack`?)
    ");
}
