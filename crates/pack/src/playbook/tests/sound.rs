//! Files that Robusta loads.

use insta::assert_snapshot;

use super::*;

/// Names of playbooks in the order in which they are asked.
fn names(playbooks: &Playbooks) -> Vec<&str> {
    let playbooks = playbooks.playbooks.iter();
    playbooks
        .filter_map(|playbook| playbook.name.as_deref())
        .collect()
}

#[test]
fn the_form_of_the_runner_is_read_whole() {
    let playbooks = sound(
        "
playbook_repos:
  ours: {url: 'file:///srv/ours', pip_install: no}
  theirs: {url: 'git@example.com:team/actions.git', key: '{{ env.SLACK_KEY }}', branch: main}
sinks_config:
- file_sink: {name: out, default: false}
global_config: {cluster_name: test, depth: {key: '{{ env.COUNT }}'}}
alert_relabel:
- {source: app, target: deployment}
- {source: a, target: b, operation: replace}
light_actions: [logs_enricher]
active_playbooks:
- name: first
  triggers:
  - on_pod_update: {name_prefix: web, labels_selector: 'app=web,tier=front'}
  - on_pod_delete:
  actions:
  - logs_enricher:
  - my_action: {count: '{{ env.COUNT }}', nested: [{key: '{{env.SLACK_KEY}}'}]}
  sinks: [out]
  stop: 'yes'
",
    );
    let json = serde_json::to_value(&playbooks).unwrap();
    let [playbook] = playbooks.playbooks.as_slice() else {
        panic!("one playbook is there");
    };
    let parts = json.as_object().unwrap().iter();
    let parts = parts.filter(|(name, _)| *name != "playbooks");
    let lines = parts.map(|(name, part)| format!("{name}: {part}\n"));
    assert_snapshot!(lines.collect::<String>(), @r#"
    repositories: [{"name":"ours","url":"file:///srv/ours","key":null,"branch":null,"pip_install":false,"http_headers":{},"place":{"file":"values.yaml","line":3,"key":"playbook_repos.ours"}},{"name":"theirs","url":"git@example.com:team/actions.git","key":"xoxb-secret","branch":"main","pip_install":true,"http_headers":{},"place":{"file":"values.yaml","line":4,"key":"playbook_repos.theirs"}}]
    sinks: [{"kind":"file_sink","name":"out","parameters":{"default":false},"place":{"file":"values.yaml","line":6,"key":"sinks_config[0].file_sink"}}]
    global_config: {"cluster_name":"test","depth":{"key":"3"}}
    alert_relabel: [{"source":"app","target":"deployment","operation":"add"},{"source":"a","target":"b","operation":"replace"}]
    light_actions: ["logs_enricher"]
    "#);
    let triggers = playbook
        .triggers
        .iter()
        .map(|trigger| serde_json::to_string(trigger).unwrap());
    let actions = playbook
        .actions
        .iter()
        .map(|action| serde_json::to_string(action).unwrap());
    assert_snapshot!(triggers.chain(actions).collect::<Vec<_>>().join("\n"), @r#"
    {"name":"on_pod_update","parameters":{"name_prefix":"web","labels_selector":"app=web,tier=front"},"place":{"file":"values.yaml","line":15,"key":"active_playbooks[0].triggers[0].on_pod_update"}}
    {"name":"on_pod_delete","parameters":{},"place":{"file":"values.yaml","line":16,"key":"active_playbooks[0].triggers[1].on_pod_delete"}}
    {"name":"logs_enricher","parameters":{},"lines":{},"place":{"file":"values.yaml","line":18,"key":"active_playbooks[0].actions[0].logs_enricher"}}
    {"name":"my_action","parameters":{"count":"3","nested":[{"key":"xoxb-secret"}]},"lines":{"count":19,"nested":19},"place":{"file":"values.yaml","line":19,"key":"active_playbooks[0].actions[1].my_action"}}
    "#);
    assert_eq!(
        (playbook.stop, playbook.sinks.as_slice()),
        (true, ["out".to_owned()].as_slice())
    );
}

#[test]
fn the_parts_of_chart_values_stand_in_the_order_of_the_chart() {
    let playbook = |name: &str| {
        format!(
            "{{name: {name}, triggers: [on_schedule: {{fixed_delay_repeat: {{seconds_delay: 200}}}}], actions: [a: {{}}]}}"
        )
    };
    let text = format!(
        "
platformPlaybooks: [{}]
enablePlatformPlaybooks: true
builtinPlaybooks: [{}, {}]
namedCustomPlaybooks: {{zoo: [{}], app: {}}}
customPlaybooks: [{}]
priorityBuiltinPlaybooks: [{}]
disabledPlaybooks: [Unwanted]
clusterName: prod
clusterZone: ''
globalConfig: {{signing_key: k}}
isSmallCluster: true
kubewatch: {{image: x}}
",
        playbook("Platform"),
        playbook("Unwanted"),
        playbook("Builtin"),
        playbook("Zoo"),
        playbook("App"),
        playbook("Unwanted"),
        playbook("Priority"),
    );
    let playbooks = sound(&text);
    let wanted = ["Priority", "Unwanted", "App", "Zoo", "Builtin", "Platform"];
    assert_eq!(names(&playbooks), wanted);
    let config = serde_json::to_string(&playbooks.global_config).unwrap();
    assert_eq!(config, r#"{"cluster_name":"prod","signing_key":"k"}"#);
}

#[test]
fn named_playbooks_need_no_others_beside_them() {
    let text = "namedCustomPlaybooks: {team: [{name: N, triggers: [on_pod_create: {}], actions: [a: {}]}]}";
    assert_eq!(names(&sound(text)), ["N"]);
}

#[test]
fn platform_playbooks_are_off_unless_they_are_switched_on() {
    let text = "platformPlaybooks: [{name: P, triggers: [on_pod_create: {}], actions: [a: {}]}]";
    assert!(names(&sound(text)).is_empty());
}

#[test]
fn values_are_brought_into_the_types_that_are_taken() {
    let playbooks = sound(
        "
customPlaybooks:
- triggers:
  - on_pod_crash_loop: {restart_count: 5, restart_reason: 7, rate_limit: null}
  - on_helm_release_unhealthy: {rate_limit: '60', names: [1, a]}
  - on_kubernetes_resource_operation: {resources: [Pod, argoproj.io/Rollout], operations: [Update]}
  - on_pod_oom_killed: {exclude: [{name: web, namespace: 1}]}
  - on_pod_update:
      change_filters: {include: [spec.replicas]}
      scope:
        include:
        - {name: 'a.*', labels: ['app=x,tier!=y', 'b=c']}
        exclude: [{attributes: 'status.phase=Pending, spec.containers[0].name!=x'}]
  - on_prometheus_alert: {alert_name: 5, status: all}
  actions: [{a: {}}, {a: {}}]
- triggers:
  - on_schedule: {cron_schedule_repeat: {cron_expression: '0 12 * * 1'}}
  actions: [a: {}]
",
    );
    let triggers = playbooks
        .playbooks
        .iter()
        .flat_map(|playbook| &playbook.triggers);
    let lines = triggers.map(|trigger| {
        let parameters = serde_json::to_string(&trigger.parameters).unwrap();
        format!("{} {parameters}", trigger.name)
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    on_pod_crash_loop {"restart_reason":"7","restart_count":5}
    on_helm_release_unhealthy {"names":["1","a"],"rate_limit":60}
    on_kubernetes_resource_operation {"resources":["Pod","argoproj.io/Rollout"],"operations":["Update"]}
    on_pod_oom_killed {"exclude":[{"name":"web","namespace":"1"}]}
    on_pod_update {"scope":{"include":[{"name":["a.*"],"labels":["app=x,tier!=y","b=c"]}],"exclude":[{"attributes":["status.phase=Pending, spec.containers[0].name!=x"]}]},"change_filters":{"include":["spec.replicas"]}}
    on_prometheus_alert {"alert_name":"5","status":"all"}
    on_schedule {"cron_schedule_repeat":{"cron_expression":"0 12 * * 1"}}
    "#);
}

#[test]
fn a_later_file_adds_to_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs_err::write(&file, text).unwrap();
        file
    };
    let values = write(
        "values.yaml",
        "
builtinPlaybooks: [{name: B, triggers: [on_pod_create: {}], actions: [a: {}]}]
namedCustomPlaybooks: {team: [{name: old, triggers: [on_pod_create: {}], actions: [a: {}]}]}
globalConfig: {one: 1, two: 2}
playbookRepos: {r: {url: 'file:///one'}}
",
    );
    let ours = write(
        "ours.yaml",
        "
customPlaybooks: [{name: C, triggers: [on_pod_create: {}], actions: [a: {}]}]
namedCustomPlaybooks: {team: [{name: new, triggers: [on_pod_create: {}], actions: [a: {}]}]}
globalConfig: {two: 3}
playbookRepos: {r: {url: 'file:///two'}}
sinksConfig: [file_sink: {name: f}]
",
    );
    let read = read_playbooks(&[values, ours], &environment);
    assert_eq!(told(&read.problems), "");
    assert_eq!(names(&read.playbooks), ["C", "new", "B"]);
    let config = serde_json::to_string(&read.playbooks.global_config).unwrap();
    assert_eq!(config, r#"{"one":1,"two":3}"#);
    let urls: Vec<_> = read
        .playbooks
        .repositories
        .iter()
        .map(|one| one.url.as_str())
        .collect();
    assert_eq!(urls, ["file:///two"]);
}

#[test]
fn a_program_may_give_it_as_json() {
    let json = serde_json::json!({
        "active_playbooks": [{"triggers": [{"on_pod_create": {}}], "actions": [{"a": {"x": "{{ env.COUNT }}"}}]}],
        "sinks_config": [{"file_sink": {"name": "f"}}],
    });
    let read = read_playbook_json(&json, &environment);
    assert_eq!(told(&read.problems), "");
    let action = &read.playbooks.playbooks[0].actions[0];
    assert_eq!(action.parameters["x"], "3");
    assert_eq!(action.place.line, 0);
}

#[test]
fn the_values_may_hold_the_environment_of_the_runner() {
    let playbooks = sound(
        "
runner:
  additional_env_vars:
  - {name: TEAM, value: sre}
  - {name: COUNT, value: '9'}
  - {name: KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}
globalConfig: {team: '{{ env.TEAM }}', count: '{{ env.COUNT }}'}
",
    );
    let config = serde_json::to_string(&playbooks.global_config).unwrap();
    assert_eq!(config, r#"{"team":"sre","count":"3"}"#);
}

#[test]
fn what_nobody_has_filled_in_is_no_sink() {
    let text = "sinksConfig: [robusta_sink: {name: ui, token: <ROBUSTA_ACCOUNT_TOKEN>}]";
    assert!(sound(text).sinks.is_empty());
    for text in ["sinksConfig: null", "sinks_config:", "customPlaybooks: []"] {
        assert!(sound(text).sinks.is_empty());
    }
}

#[test]
fn the_examples_have_no_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/playbooks");
    let entries = fs_err::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    let read = read_playbooks(&files, &environment);
    assert_eq!(told(&read.problems), "");
    assert_eq!(read.playbooks.playbooks.len(), 11);
    assert_eq!(read.playbooks.global_config["argo_token"], "for-tests-only");
}
