//! Every kind of sink that a playbook file can configure, with what it takes.

use super::parameter::{Otherwise, Parameter, Takes};

/// One kind of sink.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SinkKind {
    /// Its key in the file, such as `slack_sink`.
    pub name: &'static str,
    /// What it takes besides [`COMMON`].
    pub parameters: &'static [Parameter],
    /// Whether this build can deliver to it.
    pub is_available: bool,
    /// Whether it takes `grouping`.
    pub groups: bool,
}

impl SinkKind {
    /// What it takes under this name, be it of its own or of all sinks.
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.all_parameters()
            .find(|parameter| parameter.name == name)
    }

    /// All it takes.
    pub fn all_parameters(&self) -> impl Iterator<Item = &'static Parameter> + use<> {
        COMMON.iter().chain(self.parameters)
    }
}

/// The kind with this key.
pub fn named(name: &str) -> Option<&'static SinkKind> {
    ALL.iter().find(|sink| sink.name == name)
}

/// What every sink takes.
pub const COMMON: &[Parameter] = &[
    Parameter::required("name", Takes::Text),
    flag("default", true),
    Parameter::optional("match", Takes::Mapping).or(Otherwise::EmptyMapping),
    Parameter::optional("scope", Takes::Scope),
    Parameter::optional("activity", Takes::Activity),
    Parameter::optional("mute_intervals", Takes::MuteIntervals),
    Parameter::optional("grouping", Takes::Grouping),
    flag("stop", false),
    flag("send_svg", false),
    flag("prefer_redirect_to_platform", true),
];

/// All of them, alphabetically.
pub static ALL: &[SinkKind] = &[
    available(sink("datadog_sink", &[secret("api_key")])),
    available(sink("discord_sink", &[secret("url")])),
    available(sink("file_sink", &[text("file_name")])),
    available(sink("google_chat_sink", &[secret("webhook_url")])),
    available(sink("incidentio_sink", INCIDENT_IO)),
    available(sink("jira_sink", JIRA)),
    sink(
        "kafka_sink",
        &[
            needed("kafka_url"),
            needed("topic"),
            Parameter::optional("auth", Takes::Mapping).or(Otherwise::EmptyMapping),
        ],
    ),
    available(sink("mail_sink", MAIL)),
    available(sink("mattermost_sink", MATTERMOST)),
    available(sink("ms_teams_sink", MS_TEAMS)),
    available(sink("opsgenie_sink", OPSGENIE)),
    available(sink("pagerduty_sink", &[secret("api_key")])),
    available(sink("pushover_sink", PUSHOVER)),
    sink("robusta_sink", ROBUSTA),
    available(sink("rocketchat_sink", ROCKETCHAT)),
    available(sink("service_now_sink", SERVICE_NOW)),
    available(grouping(sink("slack_sink", SLACK))),
    available(grouping(sink("slack_sink_preview", SLACK_PREVIEW))),
    available(sink("telegram_sink", TELEGRAM)),
    available(sink("victorops_sink", &[secret("url")])),
    available(sink("webex_sink", WEBEX)),
    available(sink("webhook_sink", WEBHOOK)),
    available(sink("yamessenger_sink", YANDEX)),
    available(sink("zulip_sink", ZULIP)),
];

const INCIDENT_IO: &[Parameter] = &[
    secret("token"),
    needed("source_config_id"),
    text_or("base_url", "https://api.incident.io/v2/"),
];

const JIRA: &[Parameter] = &[
    needed("url"),
    needed("username"),
    secret("api_key"),
    needed("project_name"),
    text_or("issue_type", "Task"),
    Parameter::optional("dedups", Takes::Texts).or(Otherwise::Texts(&["fingerprint"])),
    Parameter::optional("project_type_id_override", Takes::Whole),
    Parameter::optional("issue_type_id_override", Takes::Whole),
    Parameter::optional("sendResolved", Takes::Flag),
    Parameter::optional("reopenIssues", Takes::Flag),
    text_or("doneStatusName", "Done"),
    text_or("reopenStatusName", "To Do"),
    text_or("noReopenResolution", ""),
    text_or("epic", ""),
    text_or("assignee", ""),
    Parameter::optional("priority_mapping", Takes::TextMapping),
];

const MAIL: &[Parameter] = &[
    secret("mailto"),
    flag("with_header", true),
    flag("use_ses", false),
    text("aws_region"),
    text("from_email"),
    text("aws_access_key_id"),
    Parameter::optional("aws_secret_access_key", Takes::Secret),
    text("configuration_set"),
    flag("skip_ses_init", false),
];

const MATTERMOST: &[Parameter] = &[
    needed("url"),
    secret("token"),
    needed("token_id"),
    needed("channel"),
    text("team"),
    text("team_id"),
];

const MS_TEAMS: &[Parameter] = &[
    secret("webhook_url"),
    text("webhook_override"),
    Parameter::optional("send_files", Takes::Flag),
];

const OPSGENIE: &[Parameter] = &[
    secret("api_key"),
    Parameter::optional("teams", Takes::Texts).or(Otherwise::Texts(&[])),
    text("default_team"),
    Parameter::optional("tags", Takes::Texts).or(Otherwise::Texts(&[])),
    text("host"),
    flag("extra_details_labels", false),
];

const PUSHOVER: &[Parameter] = &[
    secret("token"),
    secret("user"),
    flag("send_files", true),
    flag("send_as_html", true),
    text("device"),
    text_or("pushover_url", "https://api.pushover.net/1/messages.json"),
];

const ROBUSTA: &[Parameter] = &[
    secret("token"),
    whole_or("ttl_hours", 4380),
    flag("persist_events", false),
    Parameter::optional("namespaceMonitoredResources", Takes::ApiResources),
    whole_or("namespace_discovery_seconds", 3600),
];

const ROCKETCHAT: &[Parameter] = &[
    needed("channel"),
    secret("token"),
    needed("user_id"),
    needed("server_url"),
];

const SERVICE_NOW: &[Parameter] = &[
    needed("instance"),
    needed("username"),
    secret("password"),
    text("caller_id"),
];

const SLACK: &[Parameter] = &[
    needed("slack_channel"),
    secret("api_key"),
    text("channel_override"),
    whole_or("max_log_file_limit_kb", 1000),
    flag("investigate_link", true),
    flag("disable_holmes_note", false),
];

const SLACK_PREVIEW: &[Parameter] = &[
    needed("slack_channel"),
    secret("api_key"),
    text("channel_override"),
    whole_or("max_log_file_limit_kb", 1000),
    flag("investigate_link", true),
    flag("disable_holmes_note", false),
    Parameter::optional("slack_custom_templates", Takes::TextMapping),
    flag("hide_buttons", false),
    flag("hide_enrichments", false),
];

const TELEGRAM: &[Parameter] = &[
    secret("bot_token"),
    Parameter::required("chat_id", Takes::TextOrWhole),
    Parameter::optional("thread_id", Takes::Whole),
    flag("send_files", true),
];

const WEBEX: &[Parameter] = &[
    secret("bot_access_token"),
    needed("room_id"),
    text("room_id_override"),
    text("namespace_room_id_override"),
    flag("send_to_default_if_missing", true),
    flag("disable_platform_links", false),
];

const WEBHOOK: &[Parameter] = &[
    needed("url"),
    whole_or("size_limit", 4096),
    Parameter::optional("authorization", Takes::Secret),
    Parameter::optional("format", Takes::Word(&["text", "json"])).or(Otherwise::Text("text")),
    flag("slack_webhook", false),
];

const YANDEX: &[Parameter] = &[
    secret("bot_token"),
    text("chat_id"),
    text("user_name"),
    flag("disable_notifications", false),
    flag("disable_links_preview", true),
    flag("mark_important", false),
    flag("send_files", true),
];

const ZULIP: &[Parameter] = &[
    needed("api_url"),
    needed("bot_email"),
    secret("bot_api_key"),
    text_or("stream_name", "Monitoring"),
    text_or("topic_name", "Robusta"),
    text("topic_override"),
    whole_or("log_preview_char_limit", 500),
];

const fn sink(name: &'static str, parameters: &'static [Parameter]) -> SinkKind {
    SinkKind {
        name,
        parameters,
        is_available: false,
        groups: false,
    }
}

const fn available(sink: SinkKind) -> SinkKind {
    SinkKind {
        is_available: true,
        ..sink
    }
}

const fn grouping(sink: SinkKind) -> SinkKind {
    SinkKind {
        groups: true,
        ..sink
    }
}

const fn needed(name: &'static str) -> Parameter {
    Parameter::required(name, Takes::Text)
}

const fn secret(name: &'static str) -> Parameter {
    Parameter::required(name, Takes::Secret)
}

const fn text(name: &'static str) -> Parameter {
    Parameter::optional(name, Takes::Text)
}

const fn text_or(name: &'static str, otherwise: &'static str) -> Parameter {
    text(name).or(Otherwise::Text(otherwise))
}

const fn whole_or(name: &'static str, otherwise: i64) -> Parameter {
    Parameter::optional(name, Takes::Whole).or(Otherwise::Whole(otherwise))
}

const fn flag(name: &'static str, otherwise: bool) -> Parameter {
    Parameter::optional(name, Takes::Flag).or(Otherwise::Flag(otherwise))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_24_each_with_a_name_and_parameters_of_its_own() {
        let names: BTreeSet<_> = ALL.iter().map(|sink| sink.name).collect();
        assert_eq!(names.len(), 24);
        for sink in ALL {
            let parameters: Vec<_> = sink.all_parameters().map(|one| one.name).collect();
            let distinct: BTreeSet<_> = parameters.iter().collect();
            assert_eq!(distinct.len(), parameters.len(), "{}", sink.name);
        }
    }

    #[test]
    fn nearly_all_can_be_delivered_to() {
        let missing = ALL.iter().filter(|sink| !sink.is_available);
        let names: Vec<_> = missing.map(|sink| sink.name).collect();
        assert_eq!(names, ["kafka_sink", "robusta_sink"]);
    }

    #[test]
    fn what_all_sinks_take_is_found_beside_what_is_their_own() {
        let file = named("file_sink").unwrap();
        assert_eq!(
            file.parameter("default").unwrap().otherwise,
            Otherwise::Flag(true)
        );
        assert_eq!(file.parameter("file_name").unwrap().takes, Takes::Text);
        assert_eq!(file.parameter("url"), None);
        assert!(named("slacks").is_none());
    }
}
