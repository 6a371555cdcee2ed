//! A query as a graph in a finding.

use std::collections::BTreeSet;

use serde_json::json;
use squall_expression::value::text::float_repr;
use squall_model::finding::{Block, File, Graph};
use squall_model::{Json, Object};

use super::ask::{self, PrometheusParams, Series, Span};
use super::chart::{Chart, Line};
use crate::Case;
use crate::failure::{Code, Failure};

/// What the values of a graph count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// Whatever it is.
    #[default]
    Plain,
    /// Bytes.
    Bytes,
    /// Shares of one.
    Percentage,
    /// Cores.
    CpuUsage,
}

/// A graph that is wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    /// Its query, variables filled in.
    pub(crate) query: String,
    /// Its title; the query if there is none.
    pub(crate) title: Option<String>,
    /// What its values count, where that is known.
    pub(crate) format: Option<Format>,
    /// When what it is about began, in seconds since 1970.
    pub(crate) since: Option<f64>,
    /// How far it goes back at least.
    pub(crate) minutes: i64,
    /// Lines beside the series.
    pub(crate) marks: Vec<Mark>,
    /// What a series without a name of its own is called.
    pub(crate) otherwise: Option<String>,
    /// Whether several jobs that measure the same count as one.
    pub(crate) one_job: bool,
    /// Whether the lines are not named.
    pub(crate) hide_legends: bool,
    /// The labels that tell the series apart.
    pub(crate) legend_labels: Option<&'static [&'static str]>,
}

/// A line that is not measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mark {
    /// What may be used at most.
    Limit(f64),
    /// What was asked for.
    Request(f64),
    /// When a container was killed, in seconds since 1970.
    Killed(f64),
}

impl Format {
    /// The format of this name.
    pub(crate) fn named(name: &str) -> Result<Self, Failure> {
        match name {
            "Plain" => Ok(Self::Plain),
            "Bytes" => Ok(Self::Bytes),
            "Percentage" => Ok(Self::Percentage),
            "CPUUsage" => Ok(Self::CpuUsage),
            other => {
                let text = format!("{}: there is no format {other}", Code::Unexpected);
                Err(Failure::new(Code::Unexpected, text))
            }
        }
    }

    /// Its name.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "Plain",
            Self::Bytes => "Bytes",
            Self::Percentage => "Percentage",
            Self::CpuUsage => "CPUUsage",
        }
    }

    /// A value as an axis shows it.
    pub(crate) fn shown(self, value: f64) -> String {
        match self {
            Self::Plain if value.abs() >= 100.0 => format!("{value:.0}"),
            Self::Plain => float_repr((value * 1000.0).round() / 1000.0),
            Self::Bytes => bytes(value),
            Self::Percentage => format!("{:.1}%", value * 100.0),
            Self::CpuUsage => format!("{:.1}m", value * 1000.0),
        }
    }
}

fn bytes(value: f64) -> String {
    let (mut value, mut unit) = (value, "Bytes");
    for next in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
        if value.abs() < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "Bytes" {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// The graph as a block.
pub(crate) async fn graph(
    case: &Case<'_>,
    params: &PrometheusParams,
    wanted: Wanted,
) -> Result<Block, Failure> {
    let span = wanted.span(case);
    let series = ask::range(case, params, &wanted.query, span).await?;
    let chart = wanted.chart(&series, span);
    let data = wanted.told(&series, &chart.title);
    Ok(Block::Graph(Graph {
        file: File {
            filename: format!("{}.svg", chart.title),
            contents: chart.svg().into_bytes(),
            ..File::default()
        },
        graph_data: data,
    }))
}

impl Wanted {
    /// From when to when: to now, and around the moment when a container was killed.
    fn span(&self, case: &Case<'_>) -> Span {
        const HOUR: f64 = 3600.0;
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds of this era are exact"
        )]
        let now = case.means.now.micros() as f64 / 1e6;
        #[expect(
            clippy::cast_precision_loss,
            reason = "nobody asks for that many minutes"
        )]
        let least = self.minutes as f64 * 60.0;
        let mut span = Span {
            from: now - least.max(now - self.since.unwrap_or(now)),
            to: now,
        };
        for mark in &self.marks {
            if let Mark::Killed(at) = mark {
                span.from = span.from.min(at - HOUR);
                span.to = span.to.max(at + HOUR / 2.0);
            }
        }
        span
    }

    fn chart(&self, series: &[Series], span: Span) -> Chart {
        let chosen = if self.one_job {
            of_one_job(series)
        } else {
            series.iter().collect()
        };
        let times = chosen
            .iter()
            .flat_map(|one| &one.points)
            .map(|(time, _)| *time);
        let (mut from, mut to) = times
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(from, to), time| {
                (from.min(time), to.max(time))
            });
        let is_killed = self
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Killed(_)));
        if from > to {
            (from, to) = (span.from, span.to);
        } else if is_killed {
            (from, to) = (from.min(span.from), to.max(span.to));
        }
        let mut lines: Vec<Line> = chosen.iter().map(|one| self.line(one)).collect();
        let values = lines
            .iter()
            .flat_map(|line| &line.points)
            .map(|(_, value)| *value);
        let highest =
            self.marks
                .iter()
                .fold(values.fold(0.0, f64::max), |highest, mark| match mark {
                    Mark::Limit(value) | Mark::Request(value) => highest.max(*value),
                    Mark::Killed(_) => highest,
                });
        lines.extend(self.marks.iter().map(|mark| mark.line((from, to), highest)));
        Chart {
            title: self
                .title
                .clone()
                .filter(|title| !title.is_empty())
                .unwrap_or_else(|| self.query.clone()),
            format: self.format.unwrap_or_default(),
            times: (from, to),
            lines,
            has_legend: !self.hide_legends,
        }
    }

    fn line(&self, series: &Series) -> Line {
        let own = target(series).map_or_else(
            || {
                let labels = series
                    .metric
                    .iter()
                    .filter(|(name, _)| name.as_str() != "job");
                let labels: Vec<String> =
                    labels.map(|(_, value)| crate::text::shown(value)).collect();
                labels.join(" ")
            },
            str::to_owned,
        );
        let label = if own.is_empty() {
            self.otherwise.clone().unwrap_or_default()
        } else {
            own
        };
        let points = series.points.iter();
        let points = points.filter_map(|(time, value)| Some((*time, value.parse().ok()?)));
        Line {
            label,
            color: None,
            is_dashed: false,
            points: points.collect(),
        }
    }

    /// What was measured, as Robusta keeps it beside the picture.
    fn told(&self, series: &[Series], title: &str) -> Json {
        let mut metadata = Object::new();
        metadata.insert("query-result-version".to_owned(), "1.0".into());
        metadata.insert("query".to_owned(), self.query.as_str().into());
        if let Some(labels) = self.legend_labels {
            let labels: Vec<String> = labels.iter().map(|label| format!("\"{label}\"")).collect();
            metadata.insert(
                "metrics_legends_labels".to_owned(),
                format!("[{}]", labels.join(", ")).into(),
            );
        }
        let lines = |is_vertical: bool| {
            let marks = self
                .marks
                .iter()
                .filter(|mark| matches!(mark, Mark::Killed(_)) == is_vertical);
            marks.map(|mark| mark.told()).collect::<Vec<Json>>()
        };
        json!({
            "hidden": false,
            "html_class": null,
            "data": ask::told(series),
            "metadata": metadata,
            "vertical_lines": lines(true),
            "horizontal_lines": lines(false),
            "y_axis_type": self.format.map(Format::as_str),
            "graph_name": title,
        })
    }
}

impl Mark {
    /// Where it is.
    pub(crate) const fn value(self) -> f64 {
        match self {
            Self::Limit(value) | Self::Request(value) | Self::Killed(value) => value,
        }
    }

    const fn label(self) -> &'static str {
        match self {
            Self::Limit(_) => "Limit",
            Self::Request(_) => "Request",
            Self::Killed(_) => "OOM Kill Time",
        }
    }

    fn line(self, (from, to): (f64, f64), highest: f64) -> Line {
        let (color, points) = match self {
            Self::Limit(value) => ("#FF5959", vec![(from, value), (to, value)]),
            Self::Request(value) => ("#0DC291", vec![(from, value), (to, value)]),
            Self::Killed(at) => ("#FF5959", vec![(at, highest), (at, 0.0)]),
        };
        Line {
            label: self.label().to_owned(),
            color: Some(color),
            is_dashed: matches!(self, Self::Killed(_)),
            points,
        }
    }

    fn told(self) -> Json {
        json!({"hidden": false, "html_class": null, "legend": self.label(), "value": self.value()})
    }
}

/// What a series is about.
fn target(series: &Series) -> Option<&str> {
    ["container", "pod", "node"]
        .iter()
        .find_map(|label| series.label(label))
}

/// Of what several jobs measure, that of the kubelet, or else of the first job by name.
fn of_one_job(series: &[Series]) -> Vec<&Series> {
    if series.len() < 2 {
        return series.iter().collect();
    }
    let mut seen = BTreeSet::new();
    let targets = series
        .iter()
        .filter_map(target)
        .filter(|target| seen.insert(*target));
    let chosen = targets.filter_map(|wanted| {
        let mut same: Vec<&Series> = series
            .iter()
            .filter(|one| target(one) == Some(wanted))
            .collect();
        let mut kubelets = same
            .iter()
            .filter(|one| one.label("job") == Some("kubelet"));
        match (kubelets.next(), kubelets.next()) {
            (Some(kubelet), None) => Some(*kubelet),
            _ => {
                same.sort_by_key(|one| one.label("job").unwrap_or_default());
                same.first().copied()
            }
        }
    });
    chosen.collect()
}
