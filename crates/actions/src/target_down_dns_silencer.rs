//! `target_down_dns_silencer`: alerts about a DNS service that the cluster does not have end here.

use squall_kubernetes::{Kind, Selection};

use crate::cluster::events::no_cluster;
use crate::cluster::{MOST, word};
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Ends the processing of an alert.
pub(crate) struct TargetDownDnsSilencer;

impl Action for TargetDownDnsSilencer {
    const NAME: &'static str = "target_down_dns_silencer";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{"description": "Ends the processing of an alert about `coredns` or `kube-dns` if the cluster has the other one, or not the service that the alert names."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(alert) = case.event.alert().cloned() else {
            return Ok(());
        };
        let other = match alert.label("job").as_deref() {
            Some("coredns") => "kube-dns",
            Some("kube-dns") => "coredns",
            _ => return Ok(()),
        };
        let cluster = case.means.cluster.ok_or_else(no_cluster)?;
        let failed = |error| Failure::unexpected("cannot look for the DNS service", &error);
        let system = Selection::of(Some("kube-system"));
        let services = cluster
            .list(&Kind::SERVICE, &system, MOST)
            .await
            .map_err(failed)?;
        let service = alert.label("service").unwrap_or_default();
        let is_there = services
            .iter()
            .any(|one| word(one, "/metadata/name") == service);
        let mut has_other = false;
        if let Some(namespace) = alert.label("namespace") {
            for label in ["k8s-app", "app.kubernetes.io/name", "app"] {
                let selection = Selection::of(Some(&namespace)).labels(format!("{label}={other}"));
                let found = cluster
                    .list(&Kind::DEPLOYMENT, &selection, 1)
                    .await
                    .map_err(failed)?;
                has_other |= !found.is_empty();
            }
        }
        if has_other || !is_there {
            case.note(format!(
                "the alert is silenced: the cluster's DNS is another one than `{service}`"
            ));
            case.stopped = true;
        }
        Ok(())
    }
}
