//! `memory_overcommited_enricher`: how much of the memory all pods ask for.

use crate::failure::Failure;
use crate::prometheus::overcommit::{Params, Resource, bytes, explain};
use crate::{Action, Case};

/// Adds the sums.
pub(crate) struct MemoryOvercommitedEnricher;

const MEMORY: Resource = Resource {
    name: "memory",
    shown: "memory",
    amount: bytes,
    advice: "Add more Memory to your cluster to increase resilience.",
};

impl Action for MemoryOvercommitedEnricher {
    const NAME: &'static str = "memory_overcommited_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds how much of the memory all pods ask for and all nodes can give, from Prometheus, and what to do.",
        "class": "TimedPrometheusParams",
        "also": ["prometheus"],
        "parameters": {
            "default_query_duration": {"type": "integer", "default": 600, "description": "The seconds over which the mean is taken."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        explain(case, &params, &MEMORY).await
    }
}
