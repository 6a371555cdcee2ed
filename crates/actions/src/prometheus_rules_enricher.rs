//! `prometheus_rules_enricher`: why rules of Prometheus may fail.

use squall_kubernetes::{Kind, Selection};
use squall_model::finding::Block;

use crate::cluster::events::no_cluster;
use crate::cluster::{MOST, word};
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Looks for services of kubelets that stand side by side.
pub(crate) struct PrometheusRulesEnricher;

const KUBELETS: &str = "k8s-app=kubelet,app.kubernetes.io/managed-by=prometheus-operator";

impl Action for PrometheusRulesEnricher {
    const NAME: &'static str = "prometheus_rules_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{"description": "Adds that there are several services of kubelets, if a group of rules about kubelets fails."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let group = case
            .event
            .alert()
            .and_then(|alert| alert.label("rule_group"));
        if !group.is_some_and(|group| group.contains("kubelet")) {
            return Ok(());
        }
        let cluster = case.means.cluster.ok_or_else(no_cluster)?;
        let found = cluster
            .list(&Kind::SERVICE, &Selection::default().labels(KUBELETS), MOST)
            .await;
        let found = found.map_err(|error| Failure::unexpected("cannot list services", &error))?;
        if found.len() < 2 {
            return Ok(());
        }
        let names = found.iter().map(|service| {
            format!(
                "{}/{}",
                word(service, "/metadata/namespace"),
                word(service, "/metadata/name")
            )
        });
        let names: Vec<String> = names.collect();
        let text = format!(
            "The rule failure might be caused by multiple kubelet services running in your cluster: {}.",
            names.join(", ")
        );
        case.add_blocks(vec![Block::markdown(text)]).await;
        Ok(())
    }
}
