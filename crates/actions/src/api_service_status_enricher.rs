//! `api_service_status_enricher`: why an API that extends the cluster's is not there.

use squall_expression::yaml::{self, Layout, Node};
use squall_kubernetes::{Kind, Selection};
use squall_model::Json;
use squall_model::finding::Block;

use crate::cluster::events::no_cluster;
use crate::cluster::{is_name, items, said, word};
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Says what is wrong.
pub(crate) struct ApiServiceStatusEnricher;

const API_SERVICE: Kind =
    Kind::of_cluster("apiregistration.k8s.io", "v1", "APIService", "apiservices");

/// What people do not want to read of an object.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Action for ApiServiceStatusEnricher {
    const NAME: &'static str = "api_service_status_enricher";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{"description": "Adds why the APIService that the label `name` of the alert names is not available, and its definition."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let name = case.event.alert().and_then(|alert| alert.label("name"));
        let Some(name) = name.filter(|name| is_name(name)) else {
            case.note("api_service_status_enricher: the alert names no APIService");
            return Ok(());
        };
        let cluster = case.means.cluster.ok_or_else(no_cluster)?;
        let selection = Selection::default().fields(format!("metadata.name={name}"));
        let found = cluster.list(&API_SERVICE, &selection, 2).await;
        let found =
            found.map_err(|error| Failure::unexpected("cannot look for the APIService", &error))?;
        let [service] = found.as_slice() else {
            case.note(format!(
                "api_service_status_enricher: there is no APIService {name}"
            ));
            return Ok(());
        };
        let mut conditions = items(service, "/status/conditions");
        let Some(available) = conditions.find(|one| said(one, "/type") == Some("Available")) else {
            case.note(format!(
                "api_service_status_enricher: {name} does not say whether it is available"
            ));
            return Ok(());
        };
        let is_lost =
            word(available, "/reason") == "ServiceNotFound" && word(available, "/status") != "True";
        let blocks = if is_lost {
            without_service(&name, service)
        } else {
            defined(&name, service)
        };
        case.add_blocks(blocks).await;
        Ok(())
    }
}

fn backing(service: &Json) -> (Option<&str>, Option<&str>) {
    let name = said(service, "/spec/service/name");
    (name, said(service, "/spec/service/namespace"))
}

fn without_service(name: &str, service: &Json) -> Vec<Block> {
    let (service, namespace) = backing(service);
    let (service, namespace) = (service.unwrap_or("None"), namespace.unwrap_or("None"));
    vec![
        Block::markdown(format!(
            "The APIServer was extended with APIs from `{namespace}/{service}`. However, this service doesn't exist."
        )),
        Block::markdown(format!(
            "To fix this alert, restore that service or remove it from the APIServer by running: ```kubectl delete apiservice {name}```"
        )),
    ]
}

fn defined(name: &str, service: &Json) -> Vec<Block> {
    let text = match backing(service) {
        (Some(service), Some(namespace)) => format!(
            "The APIServer was extended with APIs from `{service}/{namespace}` which has an error. "
        ),
        _ => format!("The APIService {name} has an error. "),
    };
    let mut shown = service.clone();
    if let Some(metadata) = shown.pointer_mut("/metadata").and_then(Json::as_object_mut) {
        metadata.shift_remove("managedFields");
        let annotations = metadata
            .get_mut("annotations")
            .and_then(Json::as_object_mut);
        annotations.map(|annotations| annotations.shift_remove(LAST_APPLIED));
    }
    let layout = Layout {
        indent: None,
        allow_unicode: false,
    };
    let written = yaml::dump(&Node::from_json(&shown).to_value(), &layout);
    vec![
        Block::markdown(format!("{text}Below is the relevant YAML definition.")),
        Block::file(
            format!("{name}.yaml"),
            written.unwrap_or_default().into_bytes(),
        ),
    ]
}
