//! What findings are made of, but for blocks and subjects.

use serde::{Deserialize, Deserializer, Serialize};

use super::Block;
use crate::Object;

/// How bad it is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// For those who look closely.
    Debug,
    /// Good to know.
    #[default]
    Info,
    /// Should be looked at.
    Low,
    /// Must be looked at.
    High,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Info, Self::Low, Self::High];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Low => "LOW",
            Self::High => "HIGH",
        }
    }

    /// The severity of that name; `MEDIUM` counts as high.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "MEDIUM" {
            return Some(Self::High);
        }
        Self::ALL.into_iter().find(|known| known.as_str() == text)
    }

    /// The word with one capital letter, as messages show it.
    pub const fn capitalized(self) -> &'static str {
        match self {
            Self::Debug => "Debug",
            Self::Info => "Info",
            Self::Low => "Low",
            Self::High => "High",
        }
    }

    /// A coloured dot.
    pub const fn emoji(self) -> &'static str {
        match self {
            Self::Debug => "🔵",
            Self::Info => "⚪️",
            Self::Low => "🟡",
            Self::High => "🔴",
        }
    }
}

/// What told of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A change in a cluster.
    KubernetesApiServer,
    /// An alert.
    Prometheus,
    /// Somebody ran an action.
    Manual,
    /// A release of Helm.
    HelmRelease,
    /// Somebody pressed a button.
    Callback,
    /// A timer.
    Scheduler,
}

impl Source {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KubernetesApiServer => "kubernetes_api_server",
            Self::Prometheus => "prometheus",
            Self::Manual => "manual",
            Self::HelmRelease => "helm_release",
            Self::Callback => "callback",
            Self::Scheduler => "scheduler",
        }
    }

    /// The name that a sink's `match` is asked with.
    pub const fn constant(self) -> &'static str {
        match self {
            Self::KubernetesApiServer => "KUBERNETES_API_SERVER",
            Self::Prometheus => "PROMETHEUS",
            Self::Manual => "MANUAL",
            Self::HelmRelease => "HELM_RELEASE",
            Self::Callback => "CALLBACK",
            Self::Scheduler => "SCHEDULER",
        }
    }
}

/// What a finding is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FindingType {
    /// Something is wrong.
    #[default]
    #[serde(rename = "issue")]
    Issue,
    /// Somebody changed something.
    #[serde(rename = "configuration_change")]
    ConfigurationChange,
    /// Whether something is well.
    #[serde(rename = "health_check")]
    HealthCheck,
    /// A report.
    #[serde(rename = "report")]
    Report,
    /// What an assistant found out.
    #[serde(rename = "ai_analysis")]
    AiAnalysis,
}

impl FindingType {
    /// The word in records and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issue => "issue",
            Self::ConfigurationChange => "configuration_change",
            Self::HealthCheck => "health_check",
            Self::Report => "report",
            Self::AiAnalysis => "ai_analysis",
        }
    }

    /// The name that a sink's `match` is asked with.
    pub const fn constant(self) -> &'static str {
        match self {
            Self::Issue => "ISSUE",
            Self::ConfigurationChange => "CONF_CHANGE",
            Self::HealthCheck => "HEALTH_CHECK",
            Self::Report => "REPORT",
            Self::AiAnalysis => "AI_ANALYSIS",
        }
    }
}

/// A link beside a finding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Where it leads.
    pub url: String,
    /// What it is called.
    #[serde(default = "see_more")]
    pub name: String,
    /// What sinks show: the name, with a sign for what it leads to.
    #[serde(default)]
    pub text: String,
    /// What it leads to: `video`, `prometheus_generator_url` or `opsgenie_list_alert_by_alias`.
    #[serde(default, rename = "type")]
    pub link_type: Option<String>,
}

fn see_more() -> String {
    "See more".to_owned()
}

impl Link {
    /// A link, `link_type` being what it leads to.
    pub fn new(url: impl Into<String>, name: impl Into<String>, link_type: Option<&str>) -> Self {
        let mut link = Self {
            url: url.into(),
            name: name.into(),
            text: String::new(),
            link_type: link_type.map(str::to_owned),
        };
        link.text = link.shown();
        link
    }

    /// What sinks show of it.
    pub fn shown(&self) -> String {
        if !self.text.is_empty() {
            return self.text.clone();
        }
        match self.link_type.as_deref() {
            Some("prometheus_generator_url") => format!("📈 {}", self.name),
            Some("video") => format!("🎬 {}", self.name),
            _ => self.name.clone(),
        }
    }
}

/// Blocks that belong together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Enrichment {
    /// The blocks.
    #[serde(default)]
    pub blocks: Vec<Block>,
    /// What sinks may go by: `unfurl`, `attachment`, `scan`.
    #[serde(default, deserialize_with = "or_empty")]
    pub annotations: Object,
    /// What the blocks show, such as `crash_info`.
    #[serde(default, rename = "type")]
    pub enrichment_type: Option<String>,
    /// A title for them.
    #[serde(default)]
    pub title: Option<String>,
}

fn or_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Object, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Enrichment {
    /// These blocks, and nothing said about them.
    pub fn of(blocks: Vec<Block>) -> Self {
        Self {
            blocks,
            ..Self::default()
        }
    }
}
