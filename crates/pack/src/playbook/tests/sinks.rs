//! Sinks: what all of them take, and what is their own.

use insta::assert_snapshot;

use super::*;

#[test]
fn values_are_brought_into_their_types_with_what_holds_below_them() {
    let playbooks = sound(
        "
sinksConfig:
- slack_sink:
    name: main slack
    api_key: '{{ env.SLACK_KEY }}'
    slack_channel: 12
    max_log_file_limit_kb: '100'
    channel_override: labels.team
    match: {namespace: [prod, 'stage.*'], labels: 'a=b, c=d', severity: HIGH}
    scope: {exclude: [{namespace: kube-system}]}
    activity:
      timezone: Europe/Berlin
      intervals: [{days: [mon, THR, THU], hours: [{start: '09:00', end: '17:30'}]}]
    mute_intervals: [{start_date: '2026-12-24 00:00', end_date: '2026-12-26 23:59'}]
    grouping: {group_by: [workload, {labels: [app]}], notification_mode: {summary: {by: [identifier, {annotations: [a]}]}}}
    stop: true
- webhook_sink: {name: hook, url: 'http://example.com', format: json, authorization: 'Bearer x'}
- mail_sink: {name: mail, mailto: 'mailtos://a:b@example.com', default: 'no'}
- ms_teams_sink: {name: teams, webhook_url: 'https://example.com', webhook_override: '$annotations.hook'}
- pagerduty_sink: {name: 5, api_key: k}
",
    );
    let lines = playbooks.sinks.iter().map(|sink| {
        let parameters = sink.parameters.iter();
        let lines = parameters.map(|(name, value)| format!("\n  {name}: {value}"));
        format!("{} {}{}", sink.kind, sink.name, lines.collect::<String>())
    });
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r#"
    slack_sink main slack
      match: {"namespace":["prod","stage.*"],"labels":"a=b, c=d","severity":"HIGH"}
      scope: {"exclude":[{"namespace":["kube-system"]}]}
      activity: {"timezone":"Europe/Berlin","intervals":[{"days":["mon","THR","THU"],"hours":[{"start":"09:00","end":"17:30"}]}]}
      mute_intervals: [{"start_date":"2026-12-24 00:00","end_date":"2026-12-26 23:59","timezone":"UTC"}]
      grouping: {"group_by":["workload",{"labels":["app"]}],"interval":900,"notification_mode":{"summary":{"threaded":true,"by":["identifier",{"annotations":["a"]}]}}}
      stop: true
      slack_channel: "12"
      api_key: "xoxb-secret"
      channel_override: "labels.team"
      max_log_file_limit_kb: 100
    webhook_sink hook
      url: "http://example.com"
      authorization: "Bearer x"
      format: "json"
    mail_sink mail
      default: false
      mailto: "mailtos://a:b@example.com"
    ms_teams_sink teams
      webhook_url: "https://example.com"
      webhook_override: "$annotations.hook"
    pagerduty_sink 5
      api_key: "k"
    "#);
}

#[test]
fn kinds_that_are_not_there() {
    assert_snapshot!(problems("
sinksConfig:
- slak_sink: {name: a}
- telepathy: {name: a}
- kafka_sink: {name: a, topic: '{{ env.GONE }}'}
- robusta_sink: {name: ui, token: abc}
- slack_sink_preview: {name: b, slack_channel: c, api_key: k, slack_custom_templates: {a: b}}
- webex_sink: {name: w, bot_access_token: t, room_id: r, namespace_room_id_override: labels.room}
- file_sink
- {}
- file_sink: {name: x}
  default: false
- file_sink: {name: y}
  webhook_sink: {name: z, url: u}
"), @"
    error: values.yaml:3:3: sinksConfig[0]: unknown kind of sink `slak_sink` (did you mean `slack_sink`?)
    error: values.yaml:4:3: sinksConfig[1]: unknown kind of sink `telepathy` (there are datadog_sink, discord_sink, file_sink, google_chat_sink, incidentio_sink, jira_sink, mail_sink, mattermost_sink, ms_teams_sink, opsgenie_sink, pagerduty_sink, pushover_sink, rocketchat_sink, service_now_sink, slack_sink, slack_sink_preview, telegram_sink, victorops_sink, webex_sink, webhook_sink, yamessenger_sink, zulip_sink)
    error: values.yaml:5:3: sinksConfig[2].kafka_sink: Squall cannot deliver to `kafka_sink` yet (a `webhook_sink` to a bridge of Kafka's can stand in)
    warning: values.yaml:6:3: sinksConfig[3].robusta_sink: nothing is delivered to Robusta's own service (leave it out: Squall itself keeps the history)
    warning: values.yaml:7:87: sinksConfig[4].slack_sink_preview.slack_custom_templates: has no effect: messages have the usual heading
    warning: values.yaml:8:86: sinksConfig[5].webex_sink.namespace_room_id_override: has no effect: what a namespace says is not asked for (`room_id_override` goes by the labels and annotations of the subject)
    error: values.yaml:9:3: sinksConfig[6]: must be a mapping of a sink's kind to its parameters, but is text
    error: values.yaml:10:3: sinksConfig[7]: must be a mapping of a sink's kind to its parameters, but is an empty one
    warning: values.yaml:12:3: sinksConfig[8]: `default` stands beside `file_sink`, not in it (indent it below `file_sink`)
    error: values.yaml:13:3: sinksConfig[9]: must name one kind of sink, but has `file_sink` and `webhook_sink` (begin each sink with a dash of its own)
    ");
}

#[test]
fn names_are_given_once() {
    assert_snapshot!(problems("
sinksConfig:
- file_sink: {name: out}
- webhook_sink: {name: out, url: u}
- file_sink: {}
"), @"
    error: values.yaml:4:3: sinksConfig[1].webhook_sink.name: the name `out` is taken by the sink in values.yaml, line 3 (give each sink a name of its own)
    error: values.yaml:5:14: sinksConfig[2].file_sink.name: is missing
    ");
}

#[test]
fn own_parameters() {
    assert_snapshot!(problems("
sinksConfig:
- slack_sink: {name: a, slack_chanel: x, max_log_file_limit_kb: many, channel_override: team}
- webhook_sink: {name: b, url: u, format: xml, size_limit: [1], slack_webhook: perhaps}
- mail_sink: {name: c, mailto: 'smtp://a', use_ses: true, from_email: a@example.com}
- ms_teams_sink: {name: d, webhook_url: u, webhook_override: labels.x}
- file_sink:
"), @"
    error: values.yaml:3:15: sinksConfig[0].slack_sink.slack_channel: is missing
    error: values.yaml:3:15: sinksConfig[0].slack_sink.api_key: is missing
    warning: values.yaml:3:25: sinksConfig[0].slack_sink.slack_chanel: is not a known key and has no effect (did you mean `slack_channel`?)
    error: values.yaml:3:65: sinksConfig[0].slack_sink.max_log_file_limit_kb: must be a whole number, but is text
    error: values.yaml:3:89: sinksConfig[0].slack_sink.channel_override: `team` takes nothing from a finding (write labels.NAME, annotations.NAME or cluster_name, or a text with $labels.NAME in it)
    warning: values.yaml:4:43: sinksConfig[1].webhook_sink.format: `xml` means nothing here (there are text, json)
    error: values.yaml:4:60: sinksConfig[1].webhook_sink.size_limit: must be a whole number, but is a list
    error: values.yaml:4:80: sinksConfig[1].webhook_sink.slack_webhook: must be a boolean, but is text (write true or false, without quotes)
    error: values.yaml:5:14: sinksConfig[2].mail_sink.aws_region: is missing, but `use_ses` needs it
    error: values.yaml:5:32: sinksConfig[2].mail_sink.mailto: is no address of mail (write mailtos://USER:PASSWORD@SERVER?from=...&to=...)
    error: values.yaml:6:62: sinksConfig[3].ms_teams_sink.webhook_override: `labels.x` takes nothing from a finding (write annotations.NAME, or a text with $annotations.NAME in it)
    error: values.yaml:7:12: sinksConfig[4].file_sink: must be a mapping, but is empty
    ");
}

#[test]
fn matching() {
    assert_snapshot!(problems("
sinksConfig:
- file_sink:
    name: a
    match: {namespaces: prod, name: '[', labels: [a=b, c], kind: {a: b}}
    scope: {include: [{namespace_labels: app}]}
- file_sink: {name: b, match: prod, scope: {}}
"), @"
    warning: values.yaml:5:13: sinksConfig[0].file_sink.match.namespaces: findings have no `namespaces`, so the sink takes none (did you mean `namespace`?)
    error: values.yaml:5:37: sinksConfig[0].file_sink.match.name: `[` is not a pattern: error: unterminated character set at position 0 (it is a regular expression of Python's `re`)
    error: values.yaml:5:56: sinksConfig[0].file_sink.match.labels: `c` is not a label and its value (write name=value, and commas between several)
    error: values.yaml:5:66: sinksConfig[0].file_sink.match.kind: must be text, but is a mapping
    error: values.yaml:6:42: sinksConfig[0].file_sink.scope.include[0].namespace_labels: `app` is not a name and a pattern (write name=pattern or name!=pattern, and commas between several)
    error: values.yaml:7:31: sinksConfig[1].file_sink.match: must be a mapping, but is text
    error: values.yaml:7:44: sinksConfig[1].file_sink.scope: says neither what is included nor what is excluded (write `include`, `exclude` or both)
    ");
}

#[test]
fn times() {
    assert_snapshot!(problems("
sinksConfig:
- file_sink: {name: a, activity: {intervals: []}}
- file_sink: {name: b, activity: {timezone: Europe/Berlim, intervals: [{days: [MON, THUR, funday]}]}}
- file_sink: {name: c, activity: {intervals: [{days: [MON], hours: [{start: 12:30, end: '25:00'}, {start: '22:00', end: '06:00'}]}]}}
- file_sink: {name: d, activity: {intervals: [{hours: []}]}}
- file_sink: {name: e, mute_intervals: [{start_date: 2026-01-01, end_date: '2026-13-01 00:00'}]}
- file_sink: {name: f, mute_intervals: [{start_date: '2026-02-01 00:00', end_date: '2026-01-01 00:00', timezone: 5}]}
"), @r#"
    error: values.yaml:3:46: sinksConfig[0].file_sink.activity.intervals: is an empty list (write at least one, or leave `activity` out)
    error: values.yaml:4:45: sinksConfig[1].file_sink.activity.timezone: `Europe/Berlim` is no time zone (did you mean `Europe/Berlin`?)
    error: values.yaml:4:79: sinksConfig[1].file_sink.activity.intervals[0].days: `THUR` is no day (did you mean `THR`?)
    error: values.yaml:4:79: sinksConfig[1].file_sink.activity.intervals[0].days: `funday` is no day (there are MON, TUE, WED, THU, FRI, SAT, SUN)
    error: values.yaml:5:77: sinksConfig[2].file_sink.activity.intervals[0].hours[0].start: `750` is no time of a day (write "HH:MM", in quotes: without them YAML reads 12:30 as a number)
    error: values.yaml:5:89: sinksConfig[2].file_sink.activity.intervals[0].hours[0].end: `25:00` is no time of a day (write "HH:MM", in quotes: without them YAML reads 12:30 as a number)
    warning: values.yaml:5:99: sinksConfig[2].file_sink.activity.intervals[0].hours[1]: ends before it begins, so it never is the case (intervals do not reach over midnight: write two)
    error: values.yaml:6:47: sinksConfig[3].file_sink.activity.intervals[0].days: is missing
    error: values.yaml:7:54: sinksConfig[4].file_sink.mute_intervals[0].start_date: must be text, but is a date (quote it to have the text)
    warning: values.yaml:8:41: sinksConfig[5].file_sink.mute_intervals[0]: ends before it begins, so it mutes nothing
    error: values.yaml:8:114: sinksConfig[5].file_sink.mute_intervals[0].timezone: must be the name of a time zone, but is an integer
    "#);
}

#[test]
fn grouping() {
    assert_snapshot!(problems("
sinksConfig:
- slack_sink: {name: a, slack_channel: c, api_key: k, grouping: {}}
- slack_sink: {name: b, slack_channel: c, api_key: k, grouping: {notification_mode: {}}}
- slack_sink: {name: c, slack_channel: c, api_key: k, grouping: {notification_mode: {regular: {ignore_first: 1}, summary: {}}}}
- slack_sink: {name: d, slack_channel: c, api_key: k, grouping: {notification_mode: {regular: {ignore_first: 0}}}}
- slack_sink: {name: e, slack_channel: c, api_key: k, grouping: {interval: soon, notification_mode: {regular: {}}}}
- file_sink: {name: f, grouping: {notification_mode: {summary: {}}}}
"), @"
    error: values.yaml:3:65: sinksConfig[0].slack_sink.grouping.notification_mode: is missing (write `notification_mode: {summary: {}}` for one message that counts, or `notification_mode: {regular: {ignore_first: 5}}` for no message before the fifth)
    error: values.yaml:4:85: sinksConfig[1].slack_sink.grouping.notification_mode: is neither `regular` nor `summary` (write `regular: {ignore_first: 5}` or `summary: {}`)
    error: values.yaml:5:85: sinksConfig[2].slack_sink.grouping.notification_mode: is both `regular` and `summary`: write one of them
    error: values.yaml:6:110: sinksConfig[3].slack_sink.grouping.notification_mode.regular.ignore_first: must be at least 1
    error: values.yaml:7:76: sinksConfig[4].slack_sink.grouping.interval: must be a whole number, but is text
    warning: values.yaml:8:34: sinksConfig[5].file_sink.grouping: has no effect: `file_sink` does not group (slack_sink does)
    ");
}
