//! `custom_graph_enricher`: a graph of any query.

use serde::Deserialize;
use squall_model::Object;
use squall_model::finding::Enrichment;

use crate::failure::Failure;
use crate::prometheus::ask::PrometheusParams;
use crate::prometheus::graph::{Format, Wanted, graph};
use crate::prometheus::resource::filled;
use crate::text::substitute::{Names, substitute};
use crate::{Action, Case};

/// Adds a graph.
pub(crate) struct CustomGraphEnricher;

#[derive(Deserialize)]
pub(crate) struct Params {
    promql_query: String,
    graph_title: Option<String>,
    graph_duration_minutes: i64,
    chart_values_format: String,
    hide_legends: Option<bool>,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

impl Action for CustomGraphEnricher {
    const NAME: &'static str = "custom_graph_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Adds a graph of any query to Prometheus.",
        "class": "CustomGraphEnricherParams",
        "also": ["prometheus"],
        "parameters": {
            "promql_query": {"type": "string", "required": true, "description": "The query. The alert's labels are variables in it, such as `$pod`."},
            "graph_title": {"type": ["string", "null"], "description": "Its title, with the same variables, and `$name`, `$namespace`, `$node` and `$container`."},
            "graph_duration_minutes": {"type": "integer", "default": 60, "description": "How far it goes back; further, if the alert began earlier."},
            "chart_values_format": {"type": "string", "default": "Plain", "description": "`Plain`, `Bytes`, `Percentage` or `CPUUsage`."},
            "hide_legends": {"type": ["boolean", "null"], "default": false, "description": "Whether the lines are not named."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let variables = case.variables().await;
        let Some(alert) = case.event.alert().cloned() else {
            return Ok(());
        };
        let format = match params.chart_values_format.as_str() {
            "" => None,
            name => Some(Format::named(name)?),
        };
        let title = params
            .graph_title
            .filter(|title| !title.is_empty())
            .map(|title| {
                substitute(&title, Names::Plain, |name| {
                    variables
                        .get(name)
                        .cloned()
                        .unwrap_or_else(|| "<missing>".to_owned())
                })
            });
        let labels: Object = alert.labels.clone();
        let wanted = Wanted {
            query: filled(&params.promql_query, &labels),
            title: title.clone(),
            format,
            since: alert.began_at(),
            minutes: params.graph_duration_minutes,
            hide_legends: params.hide_legends == Some(true),
            ..Wanted::default()
        };
        let block = graph(case, &params.prometheus, wanted).await?;
        let enrichment = Enrichment {
            enrichment_type: Some("graph".to_owned()),
            title,
            ..Enrichment::of(vec![block])
        };
        case.add_enrichment(enrichment).await;
        Ok(())
    }
}
