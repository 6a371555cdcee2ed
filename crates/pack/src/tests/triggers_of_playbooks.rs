//! Rules that name triggers of playbooks.

use super::*;

/// What is told of a rule with this trigger, and what it gives the trigger.
fn check(trigger: &str) -> (String, Json) {
    let text =
        format!("name: r\nenabled: true\ntrigger:\n{trigger}\naction: {{ref: core.local}}\n");
    let folder = pack(&[("rules/r.yaml", &text)]);
    let read = read_in(&folder);
    let told = told(&read.problems, &folder);
    let rules = read.content.unwrap().rules;
    let given = rules.first().map(|rule| rule.trigger.parameters.clone());
    // What comes with Squall needs nobody who brings it.
    let of_triggers = |mention: &&Mention| matches!(mention.what, Mentioned::TriggerType(..));
    assert_eq!(read.mentions.iter().filter(of_triggers).count(), 0);
    (told, given.map(Json::Object).unwrap_or_default())
}

#[test]
fn parameters_become_what_a_playbook_would_make_of_them() {
    let (told, given) = check(
        "  type: robusta.on_pod_crash_loop
  parameters:
    restart_reason: CrashLoopBackOff
    namespace_prefix: 7
    labels_selector: app=web
    rate_limit: 60
    scope: {include: [{name: web.*}]}",
    );
    assert_eq!(told, "");
    let expected = json!({
        "restart_reason": "CrashLoopBackOff", "namespace_prefix": "7", "labels_selector": "app=web", "rate_limit": 60,
        "scope": {"include": [{"name": ["web.*"]}]},
    });
    assert_eq!(given, expected);
    assert_eq!(
        check("  type: robusta.on_pod_update"),
        (String::new(), json!({}))
    );
    let cron = "  type: robusta.on_schedule\n  parameters: {cron_schedule_repeat: {cron_expression: '0 12 * * 1'}}";
    let (told, given) = check(cron);
    assert_eq!(told, "");
    assert_eq!(
        given["cron_schedule_repeat"]["cron_expression"],
        "0 12 * * 1"
    );
}

#[test]
fn what_is_wrong_with_them_is_told_as_for_a_playbook() {
    let all = [
        "  type: robusta.on_pod_crash_loop\n  parameters: {restart_reson: x, rate_limit: '60'}",
        "  type: robusta.on_pod_update\n  parameters: {labels_selector: app, scope: {include: [{name: '('}]}}",
        "  type: robusta.on_helm_release_unhealthy",
        "  type: robusta.on_schedule",
        "  type: robusta.on_schedule\n  parameters: {cron_schedule_repeat: {cron_expression: '61 * * * *'}}",
        "  type: robusta.on_pod_update\n  parameters: [name_prefix]",
    ];
    let told: Vec<String> = all.iter().map(|trigger| check(trigger).0).collect();
    assert_snapshot!(told.concat(), @"
    error: demo/rules/r.yaml:5:16: trigger.parameters.restart_reson: is not a known key (did you mean `restart_reason`?)
    error: demo/rules/r.yaml:5:46: trigger.parameters.rate_limit: must be a number, but is text (write 60 without quotes)
    error: demo/rules/r.yaml:5:33: trigger.parameters.labels_selector: `app` is not a label and its value (write name=value, and commas between several: there is no `!=` and no `in`)
    error: demo/rules/r.yaml:5:63: trigger.parameters.scope.include[0].name: `(` is not a pattern: error: missing ), unterminated subpattern at position 0 (it is a regular expression of Python's `re`)
    error: demo/rules/r.yaml:4:3: trigger.parameters.rate_limit: is missing
    error: demo/rules/r.yaml:4:3: trigger.parameters: does not say when (write one of fixed_delay_repeat, dynamic_delay_repeat, cron_schedule_repeat)
    error: demo/rules/r.yaml:5: trigger.parameters.cron_schedule_repeat: there is no minute 61
    error: demo/rules/r.yaml:5:15: trigger.parameters: must be a mapping, but is a list
    ");
}
