//! `cpu_overcommited_enricher`: how much of the processors all pods ask for.

use crate::failure::Failure;
use crate::prometheus::overcommit::{Params, Resource, explain, rounded};
use crate::{Action, Case};

/// Adds the sums.
pub(crate) struct CpuOvercommitedEnricher;

const CPU: Resource = Resource {
    name: "cpu",
    shown: "CPU",
    amount: rounded,
    advice: "Add more CPU to your cluster to increase resilience.",
};

impl Action for CpuOvercommitedEnricher {
    const NAME: &'static str = "cpu_overcommited_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds how much of the processors all pods ask for and all nodes can give, from Prometheus, and what to do.",
        "class": "TimedPrometheusParams",
        "also": ["prometheus"],
        "parameters": {
            "default_query_duration": {"type": "integer", "default": 600, "description": "The seconds over which the mean is taken."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        explain(case, &params, &CPU).await
    }
}
