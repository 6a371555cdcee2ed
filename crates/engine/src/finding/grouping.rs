//! What a sink makes of many findings: it tells the first few of a kind only once there are enough, or it tells all of
//! them in one message that it keeps up to date.
//!
//! A state machine without a clock: [`Grouping::key`] says which group a finding belongs to, [`Grouping::step`] takes the
//! group as it was recorded, and gives it back as it is to be recorded with what to send.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use squall_model::finding::Finding;
use squall_model::finding::summary::{Row, Summary};
use squall_model::{Json, Object, Timestamp};

use super::attributes;
use super::complaints::Complaints;

/// How a sink groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Grouping {
    group_by: Vec<Item>,
    interval: i64,
    mode: Mode,
}

#[derive(Debug, Clone, PartialEq)]
enum Mode {
    Regular { ignore_first: usize },
    Summary { threaded: bool, by: Vec<Item> },
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Attribute(String),
    /// `labels` or `annotations`, and which of them, sorted.
    Members(&'static str, Vec<String>),
}

/// What grouping may go by besides the finding itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The cluster's name.
    pub cluster: &'a str,
    /// The workload that the subject belongs to, if that is known.
    pub workload: Option<&'a str>,
    /// The channel the finding goes to, where findings have channels of their own.
    pub channel: Option<&'a str>,
}

/// A group as it is recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// When the last findings came, at most as many as matter; seconds.
    #[serde(default)]
    times: Vec<f64>,
    /// When the summary began; seconds.
    #[serde(default)]
    started_at: f64,
    /// What the summary has counted.
    #[serde(default)]
    rows: Vec<Row>,
    /// What the sink said that names the summary's message.
    #[serde(default)]
    pub message: Option<Json>,
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Send {
    /// Nothing: there were not enough of them.
    Nothing,
    /// The finding.
    Finding,
    /// The summary, as a new message or in the place of `message`; then the finding below it if `threaded`.
    Summary {
        /// What it says.
        summary: Summary,
        /// The message to change.
        message: Option<Json>,
        /// Whether the finding follows, in the message's thread.
        threaded: bool,
    },
}

/// How many lines a summary counts; what comes after that is counted in one line.
const MOST_ROWS: usize = 1_000;

/// How often a finding can be ignored.
const MOST_IGNORED: u64 = 10_000;

impl Grouping {
    pub(super) fn read(written: &Json, complaints: &mut Complaints) -> Option<Self> {
        let mut items = |key: &str, written: Option<&Json>, otherwise: &str| match written {
            None | Some(Json::Null) => Some(vec![Item::Attribute(otherwise.to_owned())]),
            Some(items) => read_items(key, items, complaints),
        };
        let group_by = items("grouping.group_by", written.get("group_by"), "cluster")?;
        let mode = written.get("notification_mode");
        let part = |key: &str| {
            mode.and_then(|mode| mode.get(key))
                .filter(|part| !part.is_null())
        };
        let mode = match (part("regular"), part("summary")) {
            (Some(regular), None) => read_regular(regular, complaints)?,
            (None, Some(summary)) => Mode::Summary {
                threaded: summary
                    .get("threaded")
                    .and_then(Json::as_bool)
                    .unwrap_or(true),
                by: items(
                    "grouping.notification_mode.summary.by",
                    summary.get("by"),
                    "identifier",
                )?,
            },
            (None, None) if mode.is_none_or(Json::is_null) => Mode::Summary {
                threaded: true,
                by: vec![Item::Attribute("identifier".to_owned())],
            },
            _ => {
                let message = "must be exactly one of `regular` and `summary`".to_owned();
                complaints.error(
                    "grouping.notification_mode",
                    message,
                    "summary: {threaded: true}",
                );
                return None;
            }
        };
        let interval = written.get("interval").and_then(Json::as_i64);
        Some(Self {
            group_by,
            interval: interval.unwrap_or(15 * 60),
            mode,
        })
    }

    /// How long a group lasts, in seconds.
    pub const fn interval(&self) -> i64 {
        self.interval
    }

    /// The group that a finding belongs to, as a text that no other group has.
    pub fn key(&self, finding: &Finding, surroundings: Surroundings<'_>) -> String {
        let (mut values, _) = values(&self.group_by, finding, surroundings);
        values.push(surroundings.channel.map(str::to_owned));
        Json::from(values).to_string()
    }

    /// What a finding does to its group, which is `None` if it is the first.
    pub fn step(
        &self,
        group: Option<Group>,
        finding: &Finding,
        surroundings: Surroundings<'_>,
        now: Timestamp,
    ) -> (Group, Send) {
        let mut group = group.unwrap_or_default();
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds of centuries fit an f64"
        )]
        let seconds = now.micros() as f64 / 1e6;
        match &self.mode {
            Mode::Regular { ignore_first } => {
                let is_enough = group.count(seconds, self.seconds(), *ignore_first);
                (
                    group,
                    if is_enough {
                        Send::Finding
                    } else {
                        Send::Nothing
                    },
                )
            }
            Mode::Summary { threaded, by } => {
                if seconds - group.started_at > self.seconds() || group.rows.is_empty() {
                    group = Group {
                        started_at: seconds,
                        ..Group::default()
                    };
                }
                let (key, _) = values(by, finding, surroundings);
                group.add(key, finding.is_resolved());
                let send = Send::Summary {
                    summary: self.summary(&group, by, finding, surroundings),
                    message: group.message.clone(),
                    threaded: *threaded,
                };
                (group, send)
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "intervals are far below 2^52 seconds"
    )]
    fn seconds(&self) -> f64 {
        self.interval as f64
    }

    fn summary(
        &self,
        group: &Group,
        by: &[Item],
        finding: &Finding,
        surroundings: Surroundings<'_>,
    ) -> Summary {
        let mut rows = group.rows.clone();
        rows.sort_by_key(|row| {
            let (fired, resolved) = (u64::MAX - row.fired, u64::MAX - row.resolved);
            (fired, resolved, row.shown())
        });
        #[expect(clippy::cast_possible_truncation, reason = "a time of this universe")]
        let started_at = group.started_at as i64;
        Summary {
            header: values(&self.group_by, finding, surroundings).1,
            columns: by.iter().flat_map(Item::columns).collect(),
            rows,
            started_at,
            interval: self.interval,
        }
    }
}

impl Group {
    /// Counts a finding, and says whether there were enough within the interval.
    fn count(&mut self, now: f64, interval: f64, enough: usize) -> bool {
        self.times.retain(|time| now - time <= interval);
        self.times.push(now);
        let surplus = self.times.len().saturating_sub(enough);
        self.times.drain(..surplus);
        self.times.len() >= enough
    }

    fn add(&mut self, key: Vec<Option<String>>, is_resolved: bool) {
        let is_full = self.rows.len() >= MOST_ROWS;
        let place = self.rows.iter().position(|row| row.key == key);
        let place = place.unwrap_or_else(|| {
            let key = if is_full {
                vec![Some("(others)".to_owned()); key.len()]
            } else {
                key
            };
            let others = self.rows.iter().position(|row| row.key == key);
            others.unwrap_or_else(|| {
                self.rows.push(Row {
                    key,
                    ..Row::default()
                });
                self.rows.len() - 1
            })
        });
        if let Some(row) = self.rows.get_mut(place) {
            let count = if is_resolved {
                &mut row.resolved
            } else {
                &mut row.fired
            };
            *count = count.saturating_add(1);
        }
    }
}

impl Item {
    fn columns(&self) -> Vec<String> {
        match self {
            Self::Attribute(name) => vec![called(name).to_owned()],
            Self::Members(of, names) => {
                let of = of.trim_end_matches('s');
                names.iter().map(|name| format!("{of}:{name}")).collect()
            }
        }
    }
}

/// What readers of summaries call an attribute.
fn called(attribute: &str) -> &str {
    if attribute == "identifier" {
        "notification"
    } else {
        attribute
    }
}

/// The values of the items, and what a header says of them.
fn values(
    items: &[Item],
    finding: &Finding,
    surroundings: Surroundings<'_>,
) -> (Vec<Option<String>>, Vec<String>) {
    let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "(undefined)".to_owned());
    let mut found = Vec::new();
    let mut header = Vec::new();
    for item in items {
        match item {
            Item::Attribute(name) => {
                let value = match name.as_str() {
                    "cluster" => Some(surroundings.cluster),
                    "workload" => surroundings.workload,
                    name => attributes::text(finding, name),
                };
                let value = value.map(str::to_owned);
                header.push(format!("{}: {}", called(name), shown(&value)));
                found.push(value);
            }
            Item::Members(of, names) => {
                let none = Object::new();
                let map = attributes::map(finding, of).unwrap_or(&none);
                let values = names
                    .iter()
                    .map(|name| (name, map.get(name).and_then(text_of)));
                let values: BTreeMap<&String, Option<String>> = values.collect();
                let pairs = values
                    .iter()
                    .map(|(name, value)| format!("{name}={}", shown(value)));
                header.push(format!("{of}: {}", pairs.collect::<Vec<_>>().join(", ")));
                found.extend(values.into_values());
            }
        }
    }
    (found, header)
}

fn text_of(value: &Json) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn read_regular(written: &Json, complaints: &mut Complaints) -> Option<Mode> {
    let ignore_first = written.get("ignore_first").and_then(Json::as_u64);
    let ignore_first = ignore_first.filter(|count| (1..=MOST_IGNORED).contains(count));
    let Some(ignore_first) = ignore_first.and_then(|count| usize::try_from(count).ok()) else {
        let key = "grouping.notification_mode.regular.ignore_first";
        complaints.error(
            key,
            "is no number of findings".to_owned(),
            "from 1 to 10000",
        );
        return None;
    };
    Some(Mode::Regular { ignore_first })
}

fn read_items(key: &str, written: &Json, complaints: &mut Complaints) -> Option<Vec<Item>> {
    let hint = "attributes such as identifier, workload, cluster, or {labels: [app]}";
    let Some(items) = written.as_array() else {
        complaints.error(key, "is not a list".to_owned(), hint);
        return None;
    };
    let mut read = Vec::new();
    for item in items {
        let Some(item) = read_item(item) else {
            complaints.error(key, format!("findings cannot be grouped by `{item}`"), hint);
            return None;
        };
        read.push(item);
    }
    Some(read)
}

fn read_item(written: &Json) -> Option<Item> {
    if let Some(name) = written.as_str() {
        let is_known = attributes::TEXTS.contains(&name) || ["cluster", "workload"].contains(&name);
        return is_known.then(|| Item::Attribute(name.to_owned()));
    }
    let members = written.as_object().filter(|members| members.len() == 1)?;
    let of = attributes::MAPS
        .into_iter()
        .find(|of| members.contains_key(*of))?;
    let names = members.get(of)?.as_array()?;
    let names: Option<Vec<String>> = names.iter().map(text_of).collect();
    let mut names = names?;
    names.sort();
    names.dedup();
    Some(Item::Members(of, names))
}
