//! What all pods of a cluster ask for, beside what its nodes have to give.

use serde::Deserialize;
use squall_expression::value::text::float_repr;
use squall_model::finding::{Block, Enrichment};

use super::ask::{PrometheusParams, number};
use crate::Case;
use crate::case::Overrides;
use crate::failure::Failure;

/// Parameters of both actions.
#[derive(Deserialize)]
pub(crate) struct Params {
    default_query_duration: i64,
    #[serde(flatten)]
    prometheus: PrometheusParams,
}

/// What is asked for.
pub(crate) struct Resource {
    /// As metrics of nodes name it.
    pub(crate) name: &'static str,
    /// As people do.
    pub(crate) shown: &'static str,
    /// How an amount of it is written.
    pub(crate) amount: fn(f64) -> String,
    /// What to do.
    pub(crate) advice: &'static str,
}

/// Adds both sums, and says what to do; nothing where Prometheus does not know them.
pub(crate) async fn explain(
    case: &mut Case<'_>,
    params: &Params,
    resource: &Resource,
) -> Result<(), Failure> {
    let Resource { name, shown, .. } = resource;
    let seconds = params.default_query_duration;
    let requested = format!(
        "sum(avg_over_time(namespace_{name}:kube_pod_container_resource_requests:sum{{}}[{seconds}s]))"
    );
    let given = format!(
        "sum(avg_over_time(kube_node_status_allocatable{{resource=\"{name}\"}}[{seconds}s]))"
    );
    let requested = number(case, &params.prometheus, &requested).await?;
    let given = number(case, &params.prometheus, &given).await?;
    let is_known = |amount: &f64| *amount != 0.0;
    let (Some(requested), Some(given)) = (requested.filter(is_known), given.filter(is_known))
    else {
        case.note(format!(
            "Prometheus does not know what pods ask for of {shown}"
        ));
        return Ok(());
    };
    let amount = resource.amount;
    let text = format!(
        "*Stats:* Currently the total of your pods requests is: {}, and total of allocatable {shown} is: {}.",
        amount(requested),
        amount(given)
    );
    let mut enrichment = Enrichment::of(vec![Block::markdown(text)]);
    let annotations = &mut enrichment.annotations;
    annotations.insert("unfurl".to_owned(), false.into());
    case.add_enrichment(enrichment).await;
    case.override_findings(&Overrides {
        description: Some(format!(
            "Your cluster is currently OK, but if a single node fails then some pods might not be scheduled. {}",
            resource.advice
        )),
        ..Overrides::default()
    });
    Ok(())
}

/// A number with two decimals at most, as Python writes it.
pub(crate) fn rounded(number: f64) -> String {
    float_repr((number * 100.0).round_ties_even() / 100.0)
}

/// Bytes in the largest unit of which there is one.
pub(crate) fn bytes(number: f64) -> String {
    let units = ["KB", "MB", "GB", "TB", "PB"];
    let (mut factor, mut unit) = (1.0, if number == 1.0 { "byte" } else { "bytes" });
    for next in units {
        if number < factor * 1024.0 {
            break;
        }
        factor *= 1024.0;
        unit = next;
    }
    format!("{} {unit}", rounded(number / factor))
}
