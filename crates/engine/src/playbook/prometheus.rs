//! The trigger on alerts.

use super::alert::Alert;
use super::explain::Why;
use super::scope::{Attributes, Scope};
use super::selector::begins;

/// Which alerts a trigger means.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    pub(super) alert_name: Option<String>,
    /// `all` for any; none for any.
    pub(super) status: Option<String>,
    pub(super) pod_name_prefix: Option<String>,
    pub(super) namespace_prefix: Option<String>,
    pub(super) instance_name_prefix: Option<String>,
    /// In small letters.
    pub(super) providers: Vec<String>,
    pub(super) scope: Option<Scope>,
}

impl Alerts {
    pub(super) fn check(&self, alert: &Alert, provider: Option<&str>) -> Result<(), Why> {
        let name = alert.labels.get("alertname");
        let name = name.ok_or_else(|| Why::fault("the alert has no label `alertname`"))?;
        if self
            .alert_name
            .as_deref()
            .is_some_and(|wanted| name.as_str() != Some(wanted))
        {
            return Err(Why::NotSo("it is about another `alert_name`"));
        }
        let status = self.status.as_deref().filter(|status| *status != "all");
        if status.is_some_and(|status| status != alert.status) {
            return Err(Why::NotSo("it is about another `status`"));
        }
        for (prefix, label, why) in [
            (&self.pod_name_prefix, "pod", Why::OtherName),
            (&self.namespace_prefix, "namespace", Why::OtherNamespace),
            (
                &self.instance_name_prefix,
                "instance",
                Why::NotSo("the instance does not begin with its prefix"),
            ),
        ] {
            if !begins(prefix.as_deref(), alert.label(label)) {
                return Err(why);
            }
        }
        let provider =
            provider.filter(|provider| !provider.is_empty() && !self.providers.is_empty());
        if provider.is_some_and(|provider| !self.providers.contains(&provider.to_lowercase())) {
            return Err(Why::NotSo(
                "the cluster's provider is not among `k8s_providers`",
            ));
        }
        match &self.scope {
            Some(scope) => scope.check(&Attributes {
                labels: Some(&alert.labels),
                annotations: Some(&alert.annotations),
                ..Attributes::default()
            }),
            None => Ok(()),
        }
    }
}
