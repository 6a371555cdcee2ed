//! Asking Prometheus for series.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;
use squall_expression::value::text::float_repr;
use squall_kubernetes::{Kind, Selection};
use squall_model::http::{Answer, Request};
use squall_model::{Json, Object};

use crate::Case;
use crate::cluster::word;
use crate::failure::{Code, Failure, chain};

/// How long Prometheus may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// How services of Prometheus and what speaks like it are labelled, the likeliest first.
const SERVICES: [&str; 15] = [
    "app=kube-prometheus-stack-prometheus",
    "app=prometheus,component=server,release!=kubecost",
    "app.kubernetes.io/name=prometheus,app.kubernetes.io/component=server",
    "app=prometheus-server",
    "app=prometheus-operator-prometheus",
    "app=rancher-monitoring-prometheus",
    "app=prometheus-prometheus",
    "app.kubernetes.io/component=query,app.kubernetes.io/name=thanos",
    "app.kubernetes.io/name=thanos-query",
    "app=thanos-query",
    "app=thanos-querier",
    "app.kubernetes.io/name=vmsingle",
    "app.kubernetes.io/name=victoria-metrics-single",
    "app.kubernetes.io/name=vmselect",
    "app=vmselect",
];

/// Parameters of actions that ask Prometheus.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct PrometheusParams {
    prometheus_url: Option<String>,
    prometheus_auth: Option<String>,
    prometheus_url_query_string: Option<String>,
    prometheus_additional_headers: Option<Object>,
    prometheus_additional_labels: Option<Object>,
    add_additional_labels: bool,
    pub(crate) prometheus_graphs_overrides: Option<Vec<Override>>,
}

/// Another query for a graph.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Override {
    pub(crate) resource_type: String,
    pub(crate) item_type: String,
    pub(crate) query: String,
    pub(crate) values_format: Option<String>,
}

/// Which time is asked for, in seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// One line of a graph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    /// Its labels.
    pub(crate) metric: Object,
    /// Seconds since 1970, and values as Prometheus wrote them.
    pub(crate) points: Vec<(f64, String)>,
}

impl Series {
    /// A label of it.
    pub(crate) fn label(&self, name: &str) -> Option<&str> {
        self.metric.get(name).and_then(Json::as_str)
    }

    /// Its last value, if that is a number.
    pub(crate) fn last(&self) -> Option<f64> {
        self.points.last()?.1.parse().ok()
    }

    /// Its greatest value.
    pub(crate) fn greatest(&self) -> Option<f64> {
        let values = self
            .points
            .iter()
            .filter_map(|(_, value)| value.parse().ok());
        values.reduce(f64::max)
    }
}

/// The series that a query gives over a time.
pub(crate) async fn range(
    case: &Case<'_>,
    params: &PrometheusParams,
    query: &str,
    span: Span,
) -> Result<Vec<Series>, Failure> {
    let step = float_repr(step(span));
    range_by(case, params, query, (span, &step)).await
}

/// The same, from point to point by a step of the caller's.
pub(crate) async fn range_by(
    case: &Case<'_>,
    params: &PrometheusParams,
    query: &str,
    (span, step): (Span, &str),
) -> Result<Vec<Series>, Failure> {
    let form = [
        ("query", params.with_labels(query)),
        ("start", format!("{:.0}", span.from.round_ties_even())),
        ("end", format!("{:.0}", span.to.round_ties_even())),
        ("step", step.to_owned()),
        ("timeout", float_repr(PATIENCE.as_secs_f64())),
    ];
    let answer = ask(case, params, "query_range", &form).await?;
    read(&answer)
}

/// What a query gives now: each series has one point.
pub(crate) async fn instant(
    case: &Case<'_>,
    params: &PrometheusParams,
    query: &str,
) -> Result<Vec<Series>, Failure> {
    let form = [
        ("query", params.with_labels(query)),
        ("timeout", float_repr(PATIENCE.as_secs_f64())),
    ];
    let answer = said(&ask(case, params, "query", &form).await?)?;
    let series = crate::cluster::items(&answer, "/data/result");
    Ok(series.map(series_at_one_time).collect())
}

/// The number that a query gives now; nothing if it gives none.
pub(crate) async fn number(
    case: &Case<'_>,
    params: &PrometheusParams,
    query: &str,
) -> Result<Option<f64>, Failure> {
    let series = instant(case, params, query).await?;
    Ok(series.first().and_then(Series::last))
}

async fn ask(
    case: &Case<'_>,
    params: &PrometheusParams,
    path: &str,
    form: &[(&str, String)],
) -> Result<Answer, Failure> {
    let address = params.address(case).await?;
    let form: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let mut url = format!("{}/api/v1/{path}", address.trim_end_matches('/'));
    if let Some(more) = params
        .prometheus_url_query_string
        .as_deref()
        .filter(|more| !more.is_empty())
    {
        url = format!("{url}?{}", more.trim_start_matches('?'));
    }
    let mut request =
        Request::new("POST", url).body("application/x-www-form-urlencoded", form.join("&"));
    request.patience = PATIENCE;
    if let Some(auth) = &params.prometheus_auth {
        request = request.header("Authorization", auth);
    }
    for (name, value) in params.prometheus_additional_headers.iter().flatten() {
        request = request.header(name, crate::text::shown(value));
    }
    let answer = case.means.http.send(request).await;
    answer.map_err(|error| none(&chain(&error)))
}

fn none(why: &str) -> Failure {
    Failure::new(Code::NoPrometheus, format!("{}: {why}", Code::NoPrometheus))
}

/// Seconds from point to point: enough points for a smooth line, and no more.
fn step(span: Span) -> f64 {
    const HOUR: f64 = 3600.0;
    let seconds = span.to - span.from;
    let points = if seconds <= HOUR {
        250.0
    } else if seconds <= 24.0 * HOUR {
        (seconds / 60.0).ceil()
    } else if seconds <= 7.0 * 24.0 * HOUR {
        (seconds / 300.0).ceil()
    } else {
        3000.0
    };
    (seconds / points).max(1.0)
}

/// What Prometheus says, if it does not say what is wrong.
fn said(answer: &Answer) -> Result<Json, Failure> {
    let said = String::from_utf8_lossy(&answer.body);
    let wrong =
        |what: String| Failure::new(Code::Unexpected, format!("{}: {what}", Code::Unexpected));
    match answer.status {
        200 => {}
        // What Prometheus says of a query that it cannot answer.
        400 | 422 => {
            return Err(wrong(format!(
                "HTTP Status Code {} ({said})",
                answer.status
            )));
        }
        status => return Err(none(&format!("Prometheus answered with status {status}"))),
    }
    serde_json::from_slice(&answer.body)
        .map_err(|error| Failure::unexpected("cannot read the answer of Prometheus", &error))
}

fn read(answer: &Answer) -> Result<Vec<Series>, Failure> {
    let answer = said(answer)?;
    let kind = word(&answer, "/data/resultType");
    if kind != "matrix" {
        let wrong = format!(
            "{}: Unsupported query result for robusta chart, Type received: {kind}, type supported 'matrix'",
            Code::Unexpected
        );
        return Err(Failure::new(Code::Unexpected, wrong));
    }
    Ok(crate::cluster::items(&answer, "/data/result")
        .map(series)
        .collect())
}

fn series(told: &Json) -> Series {
    let metric = told.get("metric").and_then(Json::as_object);
    let points = crate::cluster::items(told, "/values").filter_map(|point| {
        let value = point.get(1).map(crate::text::shown)?;
        Some((point.get(0)?.as_f64()?, value))
    });
    Series {
        metric: metric.cloned().unwrap_or_default(),
        points: points.collect(),
    }
}

/// A series of an instant answer.
fn series_at_one_time(told: &Json) -> Series {
    let metric = told.get("metric").and_then(Json::as_object);
    let time = told.pointer("/value/0").and_then(Json::as_f64);
    let value = told.pointer("/value/1").map(crate::text::shown);
    Series {
        metric: metric.cloned().unwrap_or_default(),
        points: time.zip(value).into_iter().collect(),
    }
}

/// The series as Robusta keeps them in a finding.
pub(crate) fn told(series: &[Series]) -> Json {
    let series: Vec<Json> = series
        .iter()
        .map(|one| {
            let (times, values): (Vec<f64>, Vec<&str>) = one
                .points
                .iter()
                .map(|(time, value)| (*time, value.as_str()))
                .unzip();
            json!({"metric": one.metric, "timestamps": times, "values": values})
        })
        .collect();
    json!({
        "result_type": "matrix",
        "vector_result": null,
        "series_list_result": series,
        "scalar_result": null,
        "string_result": null,
    })
}

impl PrometheusParams {
    /// Where Prometheus is, looked for in the cluster if nobody says it.
    async fn address(&self, case: &Case<'_>) -> Result<String, Failure> {
        match self.prometheus_url.as_deref() {
            Some(url) if url.starts_with("http") => return Ok(url.to_owned()),
            Some(url) if !url.is_empty() => return Ok(format!("http://{url}")),
            _ => {}
        }
        let Some(cluster) = case.means.cluster else {
            return Err(none(
                "there is no `prometheus_url`, and no cluster to look for one",
            ));
        };
        for labels in SERVICES {
            let found = cluster
                .list(&Kind::SERVICE, &Selection::default().labels(labels), 1)
                .await;
            let found = found.map_err(|error| none(&chain(&error)))?;
            if let Some(service) = found.first() {
                return Ok(address_of(service));
            }
        }
        Err(none(
            "Prometheus url could not be found. Add 'prometheus_url' under global_config",
        ))
    }

    /// The query with the labels of this cluster in each of its selectors.
    fn with_labels(&self, query: &str) -> String {
        let labels = self
            .prometheus_additional_labels
            .as_ref()
            .filter(|labels| !labels.is_empty());
        let Some(labels) = labels.filter(|_| self.add_additional_labels) else {
            return query.to_owned();
        };
        let more: String = labels
            .iter()
            .map(|(name, value)| format!(", {name}=\"{}\"", crate::text::shown(value)))
            .collect();
        let query = query.replace('}', &format!("{more}}}"));
        // A selector without labels of its own would begin with a comma.
        let mut parts = query.split('{');
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out.push('{');
            out.push_str(part.trim_start().strip_prefix(',').unwrap_or(part));
        }
        out
    }
}

fn address_of(service: &Json) -> String {
    let (name, namespace) = (
        word(service, "/metadata/name"),
        word(service, "/metadata/namespace"),
    );
    let port = service
        .pointer("/spec/ports/0/port")
        .and_then(Json::as_u64)
        .unwrap_or(80);
    format!("http://{name}.{namespace}.svc.cluster.local:{port}")
}

/// What may stand in a form as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_of_a_cluster_go_into_each_selector() {
        let params = PrometheusParams {
            prometheus_additional_labels: json!({"cluster": "a"}).as_object().cloned(),
            add_additional_labels: true,
            ..PrometheusParams::default()
        };
        for (query, becomes) in [
            ("up", "up"),
            ("up{}", "up{ cluster=\"a\"}"),
            (
                "sum(a{b=\"c\"}) / d{ }",
                "sum(a{b=\"c\", cluster=\"a\"}) / d{ cluster=\"a\"}",
            ),
        ] {
            assert_eq!(params.with_labels(query), becomes);
        }
    }

    #[test]
    fn there_are_enough_points_and_no_more() {
        for (seconds, is) in [
            (60.0, 1.0),
            (3600.0, 14.4),
            (86_400.0, 60.0),
            (604_800.0, 300.0),
            (1_209_600.0, 403.2),
        ] {
            assert!(
                (step(Span {
                    from: 0.0,
                    to: seconds
                }) - is)
                    .abs()
                    < 1e-9,
                "{seconds}"
            );
        }
    }
}
