//! What can be asked of Squall, in the words of StackStorm's roles.

use std::fmt;
use std::str::FromStr;

/// One thing that may be allowed. Every route names the one it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Permission {
    /// List runners.
    RunnerTypeList,
    /// See a runner.
    RunnerTypeView,
    /// Change a runner.
    RunnerTypeModify,
    /// Everything about runners.
    RunnerTypeAll,
    /// List packs.
    PackList,
    /// See a pack.
    PackView,
    /// Make a pack.
    PackCreate,
    /// Change a pack.
    PackModify,
    /// Delete a pack.
    PackDelete,
    /// Install packs.
    PackInstall,
    /// Remove packs.
    PackUninstall,
    /// Read packs anew.
    PackRegister,
    /// Write a pack's configuration.
    PackConfig,
    /// Search the index of packs.
    PackSearch,
    /// See how the index of packs fares.
    PackViewsIndexHealth,
    /// Everything about packs.
    PackAll,
    /// List sensors.
    SensorTypeList,
    /// See a sensor.
    SensorTypeView,
    /// Change a sensor.
    SensorTypeModify,
    /// Everything about sensors.
    SensorTypeAll,
    /// List actions.
    ActionList,
    /// See an action.
    ActionView,
    /// Make an action.
    ActionCreate,
    /// Change an action.
    ActionModify,
    /// Delete an action.
    ActionDelete,
    /// Run an action.
    ActionExecute,
    /// Everything about actions.
    ActionAll,
    /// List aliases.
    ActionAliasList,
    /// See an alias.
    ActionAliasView,
    /// Make an alias.
    ActionAliasCreate,
    /// Change an alias.
    ActionAliasModify,
    /// Match a text against aliases.
    ActionAliasMatch,
    /// List what aliases offer.
    ActionAliasHelp,
    /// Delete an alias.
    ActionAliasDelete,
    /// Everything about aliases.
    ActionAliasAll,
    /// List executions.
    ExecutionList,
    /// See an execution.
    ExecutionView,
    /// Run an execution again.
    ExecutionRerun,
    /// Cancel, pause or resume an execution.
    ExecutionStop,
    /// Everything about executions.
    ExecutionAll,
    /// List by what executions can be filtered.
    ExecutionViewsFiltersList,
    /// List rules.
    RuleList,
    /// See a rule.
    RuleView,
    /// Make a rule.
    RuleCreate,
    /// Change a rule.
    RuleModify,
    /// Delete a rule.
    RuleDelete,
    /// Everything about rules.
    RuleAll,
    /// List decisions.
    RuleEnforcementList,
    /// See a decision.
    RuleEnforcementView,
    /// List keys.
    KeyValuePairList,
    /// See a key.
    KeyValuePairView,
    /// Write a key.
    KeyValuePairSet,
    /// Delete a key.
    KeyValuePairDelete,
    /// Everything about keys.
    KeyValuePairAll,
    /// List webhooks.
    WebhookList,
    /// See a webhook.
    WebhookView,
    /// Make a webhook.
    WebhookCreate,
    /// Send to a webhook.
    WebhookSend,
    /// Delete a webhook.
    WebhookDelete,
    /// Everything about webhooks.
    WebhookAll,
    /// List timers.
    TimerList,
    /// See a timer.
    TimerView,
    /// Everything about timers.
    TimerAll,
    /// List API keys.
    ApiKeyList,
    /// See an API key.
    ApiKeyView,
    /// Make an API key.
    ApiKeyCreate,
    /// Change an API key.
    ApiKeyModify,
    /// Delete an API key.
    ApiKeyDelete,
    /// Everything about API keys.
    ApiKeyAll,
    /// List traces.
    TraceList,
    /// See a trace.
    TraceView,
    /// Everything about traces.
    TraceAll,
    /// List triggers.
    TriggerList,
    /// See a trigger.
    TriggerView,
    /// Everything about triggers.
    TriggerAll,
    /// List kinds of policies.
    PolicyTypeList,
    /// See a kind of policy.
    PolicyTypeView,
    /// Everything about kinds of policies.
    PolicyTypeAll,
    /// List policies.
    PolicyList,
    /// See a policy.
    PolicyView,
    /// Make a policy.
    PolicyCreate,
    /// Change a policy.
    PolicyModify,
    /// Delete a policy.
    PolicyDelete,
    /// Everything about policies.
    PolicyAll,
    /// Follow the stream of events.
    StreamView,
    /// List inquiries.
    InquiryList,
    /// See an inquiry.
    InquiryView,
    /// Answer an inquiry.
    InquiryRespond,
    /// Everything about inquiries.
    InquiryAll,
}

/// The text names no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a permission")]
pub struct Unknown(String);

impl Permission {
    /// Every permission there is.
    pub const ALL: &[Self] = &[
        Self::RunnerTypeList,
        Self::RunnerTypeView,
        Self::RunnerTypeModify,
        Self::RunnerTypeAll,
        Self::PackList,
        Self::PackView,
        Self::PackCreate,
        Self::PackModify,
        Self::PackDelete,
        Self::PackInstall,
        Self::PackUninstall,
        Self::PackRegister,
        Self::PackConfig,
        Self::PackSearch,
        Self::PackViewsIndexHealth,
        Self::PackAll,
        Self::SensorTypeList,
        Self::SensorTypeView,
        Self::SensorTypeModify,
        Self::SensorTypeAll,
        Self::ActionList,
        Self::ActionView,
        Self::ActionCreate,
        Self::ActionModify,
        Self::ActionDelete,
        Self::ActionExecute,
        Self::ActionAll,
        Self::ActionAliasList,
        Self::ActionAliasView,
        Self::ActionAliasCreate,
        Self::ActionAliasModify,
        Self::ActionAliasMatch,
        Self::ActionAliasHelp,
        Self::ActionAliasDelete,
        Self::ActionAliasAll,
        Self::ExecutionList,
        Self::ExecutionView,
        Self::ExecutionRerun,
        Self::ExecutionStop,
        Self::ExecutionAll,
        Self::ExecutionViewsFiltersList,
        Self::RuleList,
        Self::RuleView,
        Self::RuleCreate,
        Self::RuleModify,
        Self::RuleDelete,
        Self::RuleAll,
        Self::RuleEnforcementList,
        Self::RuleEnforcementView,
        Self::KeyValuePairList,
        Self::KeyValuePairView,
        Self::KeyValuePairSet,
        Self::KeyValuePairDelete,
        Self::KeyValuePairAll,
        Self::WebhookList,
        Self::WebhookView,
        Self::WebhookCreate,
        Self::WebhookSend,
        Self::WebhookDelete,
        Self::WebhookAll,
        Self::TimerList,
        Self::TimerView,
        Self::TimerAll,
        Self::ApiKeyList,
        Self::ApiKeyView,
        Self::ApiKeyCreate,
        Self::ApiKeyModify,
        Self::ApiKeyDelete,
        Self::ApiKeyAll,
        Self::TraceList,
        Self::TraceView,
        Self::TraceAll,
        Self::TriggerList,
        Self::TriggerView,
        Self::TriggerAll,
        Self::PolicyTypeList,
        Self::PolicyTypeView,
        Self::PolicyTypeAll,
        Self::PolicyList,
        Self::PolicyView,
        Self::PolicyCreate,
        Self::PolicyModify,
        Self::PolicyDelete,
        Self::PolicyAll,
        Self::StreamView,
        Self::InquiryList,
        Self::InquiryView,
        Self::InquiryRespond,
        Self::InquiryAll,
    ];

    /// Its name in StackStorm's role files.
    #[expect(clippy::too_many_lines, reason = "one line for each")]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RunnerTypeList => "runner_type_list",
            Self::RunnerTypeView => "runner_type_view",
            Self::RunnerTypeModify => "runner_type_modify",
            Self::RunnerTypeAll => "runner_type_all",
            Self::PackList => "pack_list",
            Self::PackView => "pack_view",
            Self::PackCreate => "pack_create",
            Self::PackModify => "pack_modify",
            Self::PackDelete => "pack_delete",
            Self::PackInstall => "pack_install",
            Self::PackUninstall => "pack_uninstall",
            Self::PackRegister => "pack_register",
            Self::PackConfig => "pack_config",
            Self::PackSearch => "pack_search",
            Self::PackViewsIndexHealth => "pack_views_index_health",
            Self::PackAll => "pack_all",
            Self::SensorTypeList => "sensor_type_list",
            Self::SensorTypeView => "sensor_type_view",
            Self::SensorTypeModify => "sensor_type_modify",
            Self::SensorTypeAll => "sensor_type_all",
            Self::ActionList => "action_list",
            Self::ActionView => "action_view",
            Self::ActionCreate => "action_create",
            Self::ActionModify => "action_modify",
            Self::ActionDelete => "action_delete",
            Self::ActionExecute => "action_execute",
            Self::ActionAll => "action_all",
            Self::ActionAliasList => "action_alias_list",
            Self::ActionAliasView => "action_alias_view",
            Self::ActionAliasCreate => "action_alias_create",
            Self::ActionAliasModify => "action_alias_modify",
            Self::ActionAliasMatch => "action_alias_match",
            Self::ActionAliasHelp => "action_alias_help",
            Self::ActionAliasDelete => "action_alias_delete",
            Self::ActionAliasAll => "action_alias_all",
            Self::ExecutionList => "execution_list",
            Self::ExecutionView => "execution_view",
            Self::ExecutionRerun => "execution_rerun",
            Self::ExecutionStop => "execution_stop",
            Self::ExecutionAll => "execution_all",
            Self::ExecutionViewsFiltersList => "execution_views_filters_list",
            Self::RuleList => "rule_list",
            Self::RuleView => "rule_view",
            Self::RuleCreate => "rule_create",
            Self::RuleModify => "rule_modify",
            Self::RuleDelete => "rule_delete",
            Self::RuleAll => "rule_all",
            Self::RuleEnforcementList => "rule_enforcement_list",
            Self::RuleEnforcementView => "rule_enforcement_view",
            Self::KeyValuePairList => "key_value_pair_list",
            Self::KeyValuePairView => "key_value_pair_view",
            Self::KeyValuePairSet => "key_value_pair_set",
            Self::KeyValuePairDelete => "key_value_pair_delete",
            Self::KeyValuePairAll => "key_value_pair_all",
            Self::WebhookList => "webhook_list",
            Self::WebhookView => "webhook_view",
            Self::WebhookCreate => "webhook_create",
            Self::WebhookSend => "webhook_send",
            Self::WebhookDelete => "webhook_delete",
            Self::WebhookAll => "webhook_all",
            Self::TimerList => "timer_list",
            Self::TimerView => "timer_view",
            Self::TimerAll => "timer_all",
            Self::ApiKeyList => "api_key_list",
            Self::ApiKeyView => "api_key_view",
            Self::ApiKeyCreate => "api_key_create",
            Self::ApiKeyModify => "api_key_modify",
            Self::ApiKeyDelete => "api_key_delete",
            Self::ApiKeyAll => "api_key_all",
            Self::TraceList => "trace_list",
            Self::TraceView => "trace_view",
            Self::TraceAll => "trace_all",
            Self::TriggerList => "trigger_list",
            Self::TriggerView => "trigger_view",
            Self::TriggerAll => "trigger_all",
            Self::PolicyTypeList => "policy_type_list",
            Self::PolicyTypeView => "policy_type_view",
            Self::PolicyTypeAll => "policy_type_all",
            Self::PolicyList => "policy_list",
            Self::PolicyView => "policy_view",
            Self::PolicyCreate => "policy_create",
            Self::PolicyModify => "policy_modify",
            Self::PolicyDelete => "policy_delete",
            Self::PolicyAll => "policy_all",
            Self::StreamView => "stream_view",
            Self::InquiryList => "inquiry_list",
            Self::InquiryView => "inquiry_view",
            Self::InquiryRespond => "inquiry_respond",
            Self::InquiryAll => "inquiry_all",
        }
    }
}

impl FromStr for Permission {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        Self::ALL
            .iter()
            .find(|permission| permission.as_str() == text)
            .copied()
            .ok_or_else(|| Unknown(text.to_owned()))
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_of_them_are_known_by_name() {
        let names: BTreeSet<&str> = Permission::ALL.iter().map(|one| one.as_str()).collect();
        assert_eq!((names.len(), Permission::ALL.len()), (89, 89));
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(*permission));
        }
        assert!("rule_dream".parse::<Permission>().is_err());
    }
}
