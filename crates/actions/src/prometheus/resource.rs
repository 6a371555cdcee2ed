//! Graphs of what pods, containers and nodes use.

use squall_model::finding::Block;
use squall_model::{Json, Object};

use super::ask::PrometheusParams;
use super::graph::{Format, Mark, Wanted, graph};
use crate::Case;
use crate::cluster::pods::{self, Killed};
use crate::cluster::{items, said, word};
use crate::failure::{Code, Failure};
use crate::text::substitute::{Names, substitute};
use crate::text::{shown, time};

/// What is used of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Usage<'u> {
    /// `CPU`, `Memory` or `Disk`.
    pub(crate) resource: &'u str,
    /// `Pod`, `Node` or `Container`.
    pub(crate) item: &'u str,
}

/// How such a graph is to look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Look {
    pub(crate) title: Option<String>,
    pub(crate) since: Option<f64>,
    pub(crate) minutes: i64,
    pub(crate) marks: Vec<Mark>,
    pub(crate) legend_labels: Option<&'static [&'static str]>,
}

/// Robusta's queries.
#[rustfmt::skip]
const QUERIES: [(&str, &str, &str, Format); 7] = [
    ("CPU", "Pod", r#"sum(irate(container_cpu_usage_seconds_total{namespace="$namespace", pod=~"$pod"}[5m])) by (pod, job)"#, Format::CpuUsage),
    ("CPU", "Node", r#"1 - avg without (cpu) ( sum without (mode) (rate(node_cpu_seconds_total{job="node-exporter", instance=~"$node_internal_ip:[0-9]+", mode=~"idle|iowait|steal"}[5m]))) != 0"#, Format::Percentage),
    ("CPU", "Container", r#"sum(irate(container_cpu_usage_seconds_total{namespace="$namespace", pod=~"$pod", container=~"$container"}[5m])) by (container, pod, job)"#, Format::CpuUsage),
    ("Memory", "Pod", r#"sum(max(container_memory_working_set_bytes{namespace="$namespace", pod=~"$pod", container!="", image!=""}) by (container, pod, job)) by (container, pod, job)"#, Format::Bytes),
    ("Memory", "Node", r#"1 - ((node_memory_MemAvailable_bytes{job="node-exporter", instance=~"$node_internal_ip:[0-9]+"} or (node_memory_Buffers_bytes{job="node-exporter", instance=~"$node_internal_ip:[0-9]+"} + node_memory_Cached_bytes{job="node-exporter", instance=~"$node_internal_ip:[0-9]+"} + node_memory_MemFree_bytes{job="node-exporter", instance=~"$node_internal_ip:[0-9]+"} + node_memory_Slab_bytes{job="node-exporter", instance=~"$node_internal_ip:[0-9]+"} ) ) / node_memory_MemTotal_bytes{job="node-exporter", instance=~"$node_internal_ip:[0-9]+"}) != 0"#, Format::Percentage),
    ("Memory", "Container", r#"sum(max(container_memory_working_set_bytes{namespace="$namespace", pod=~"$pod", container=~"$container", image!=""}) by (container, pod, job)) by (container, pod, job)"#, Format::Bytes),
    ("Disk", "Node", r#"sum(sort_desc(1 -(max without (mountpoint, fstype) (node_filesystem_avail_bytes{job="node-exporter", fstype!="", instance=~"$node_internal_ip:[0-9]+"})/max without (mountpoint, fstype) (node_filesystem_size_bytes{job="node-exporter", fstype!="", instance=~"$node_internal_ip:[0-9]+"})) != 0))"#, Format::Percentage),
];

/// The graph, for an object with these labels.
pub(crate) async fn usage(
    case: &Case<'_>,
    params: &PrometheusParams,
    labels: &Object,
    (usage, look): (Usage<'_>, Look),
) -> Result<Block, Failure> {
    let (query, format) = usage.query(params)?;
    let verb = if format == Format::Percentage {
        "Utilization"
    } else {
        "Usage"
    };
    let title = look.title.unwrap_or_else(|| {
        format!(
            "{} {verb} for this {}",
            usage.resource,
            usage.item.to_lowercase()
        )
    });
    let wanted = Wanted {
        query: filled(&query, labels),
        title: Some(title),
        format: Some(format),
        since: look.since,
        minutes: look.minutes,
        marks: look.marks,
        otherwise: usage.otherwise(labels),
        one_job: true,
        hide_legends: false,
        legend_labels: look.legend_labels,
    };
    graph(case, params, wanted).await
}

/// A query with its variables filled in.
pub(crate) fn filled(query: &str, labels: &Object) -> String {
    substitute(query, Names::Plain, |name| {
        labels
            .get(name)
            .map_or_else(|| "<missing>".to_owned(), shown)
    })
}

impl Usage<'_> {
    fn query(&self, params: &PrometheusParams) -> Result<(String, Format), Failure> {
        let unknown = || {
            let text = format!(
                "{}: The following combination for resource chart is not supported: {} of {}",
                Code::Unexpected,
                self.resource,
                self.item
            );
            Failure::new(Code::Unexpected, text)
        };
        let known = |resource: &str, item: &str| resource == self.resource && item == self.item;
        let own = params.prometheus_graphs_overrides.iter().flatten();
        if let Some(own) = own
            .into_iter()
            .find(|own| known(&own.resource_type, &own.item_type))
        {
            let format = match own.values_format.as_deref() {
                Some(name) if !name.is_empty() => Format::named(name)?,
                _ => self.usual_format(),
            };
            return Ok((own.query.clone(), format));
        }
        let found = QUERIES
            .iter()
            .find(|(resource, item, ..)| known(resource, item));
        let (_, _, query, format) = found.ok_or_else(unknown)?;
        Ok(((*query).to_owned(), *format))
    }

    fn usual_format(&self) -> Format {
        match (self.resource, self.item) {
            (_, "Node") => Format::Percentage,
            ("CPU", _) => Format::CpuUsage,
            ("Memory", _) => Format::Bytes,
            _ => Format::Plain,
        }
    }

    /// What a series without labels is called.
    fn otherwise(&self, labels: &Object) -> Option<String> {
        let label = match (self.resource, self.item) {
            ("CPU", "Pod") => "pod",
            ("CPU", "Node") => "node",
            ("CPU" | "Memory", "Container") => "container",
            _ => return None,
        };
        let named = labels.get(label).map(shown);
        Some(named.unwrap_or_else(|| format!("{} Usage", self.resource)))
    }
}

/// The graph of a node.
pub(crate) async fn of_node(
    case: &Case<'_>,
    params: &PrometheusParams,
    node: &Json,
    (resource, minutes, legend_labels): (&str, i64, &'static [&'static str]),
) -> Result<Block, Failure> {
    let mut labels = Object::new();
    labels.insert("node".to_owned(), word(node, "/metadata/name").into());
    if let Some(address) = internal_address(node) {
        labels.insert("node_internal_ip".to_owned(), address.into());
    }
    let look = Look {
        minutes,
        legend_labels: Some(legend_labels),
        ..Look::default()
    };
    usage(
        case,
        params,
        &labels,
        (
            Usage {
                resource,
                item: "Node",
            },
            look,
        ),
    )
    .await
}

/// The graph of a container that was killed, with what it asked for and could have.
pub(crate) async fn of_container(
    case: &Case<'_>,
    params: &PrometheusParams,
    (pod, killed, container): (&Json, Killed<'_>, &Json),
    (resource, minutes, legend_labels): (&str, i64, &'static [&'static str]),
) -> Result<Block, Failure> {
    let name = word(container, "/name");
    let mut labels = Object::new();
    for (label, value) in [
        ("pod", word(pod, "/metadata/name")),
        ("container", name),
        ("namespace", word(pod, "/metadata/namespace")),
    ] {
        labels.insert(label.to_owned(), value.into());
    }
    let amount = |which: &str| pods::amount(pods::resources(container, which), resource);
    let (limit, request) = (amount("limits"), amount("requests"));
    let killed_at = said(killed.terminated, "/finishedAt").and_then(time::milliseconds);
    let marks = [
        Some(Mark::Limit(limit)).filter(|_| limit > 0.0),
        Some(Mark::Request(request)).filter(|_| request > 0.0),
        killed_at.map(|at| Mark::Killed(at / 1000.0)),
    ];
    let look = Look {
        title: Some(format!("{resource} Usage for container {name}")),
        minutes,
        marks: marks.into_iter().flatten().collect(),
        legend_labels: Some(legend_labels),
        since: None,
    };
    let what = Usage {
        resource,
        item: "Container",
    };
    usage(case, params, &labels, (what, look)).await
}

/// The address of a node inside its network.
pub(crate) fn internal_address(node: &Json) -> Option<&str> {
    let mut addresses = items(node, "/status/addresses");
    let found = addresses.find(|one| said(one, "/type") == Some("InternalIP"));
    found.and_then(|one| said(one, "/address"))
}
