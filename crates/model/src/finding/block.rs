//! A block: one piece of what a finding tells.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::kinds::{
    Callback, Chat, Divider, EmptyFile, Events, EventsRef, File, Graph, Header, Holmes,
    KubernetesDiff, Links, List, Markdown, Prometheus, ScanReport, Table, TextOfJson,
};
use crate::{Json, Object};

/// One piece of what a finding tells. Sinks decide how each looks, and leave out what they have no form for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "block", remote = "Self")]
pub enum Block {
    /// Text in Slack's Markdown.
    #[serde(rename = "MarkdownBlock")]
    Markdown(Markdown),
    /// A heading.
    #[serde(rename = "HeaderBlock")]
    Header(Header),
    /// A line between others.
    #[serde(rename = "DividerBlock")]
    Divider(Divider),
    /// A list of texts.
    #[serde(rename = "ListBlock")]
    List(List),
    /// A table.
    #[serde(rename = "TableBlock")]
    Table(Table),
    /// A table of an object's fields.
    #[serde(rename = "KubernetesFieldsBlock")]
    KubernetesFields(Table),
    /// A table of events, and the events.
    #[serde(rename = "EventsBlock")]
    Events(Events),
    /// Where events are found; no sink shows it.
    #[serde(rename = "EventsRef")]
    EventsRef(EventsRef),
    /// A file.
    #[serde(rename = "FileBlock")]
    File(File),
    /// A file with nothing in it.
    #[serde(rename = "EmptyFileBlock")]
    EmptyFile(EmptyFile),
    /// A picture of a graph.
    #[serde(rename = "GraphBlock")]
    Graph(Graph),
    /// What Prometheus answered.
    #[serde(rename = "PrometheusBlock")]
    Prometheus(Prometheus),
    /// What changed of an object.
    #[serde(rename = "KubernetesDiffBlock")]
    KubernetesDiff(KubernetesDiff),
    /// JSON as text.
    #[serde(rename = "JsonBlock")]
    Json(TextOfJson),
    /// Buttons.
    #[serde(rename = "CallbackBlock")]
    Callback(Callback),
    /// Links.
    #[serde(rename = "LinksBlock")]
    Links(Links),
    /// A scan's report.
    #[serde(rename = "ScanReportBlock")]
    ScanReport(ScanReport),
    /// Popeye's report.
    #[serde(rename = "PopeyeScanReportBlock")]
    PopeyeReport(ScanReport),
    /// KRR's report.
    #[serde(rename = "KRRScanReportBlock")]
    KrrReport(ScanReport),
    /// What Holmes found out.
    #[serde(rename = "HolmesResultsBlock")]
    Holmes(Holmes),
    /// What Holmes said.
    #[serde(rename = "HolmesChatResultsBlock")]
    HolmesChat(Chat),
    /// A block of a class that a playbook made itself.
    #[serde(untagged)]
    Own(OwnBlock),
}

/// A block of a class that is not Robusta's, as it was written: `block`, `bases`, and its members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnBlock(pub Object);

impl Block {
    /// Text in Slack's Markdown, cut where Robusta cuts it.
    pub fn markdown(text: impl Into<String>) -> Self {
        Self::Markdown(Markdown::new(text))
    }

    /// A heading.
    pub fn header(text: impl Into<String>) -> Self {
        Self::Header(Header {
            text: text.into(),
            ..Header::default()
        })
    }

    /// A line between others.
    pub fn divider() -> Self {
        Self::Divider(Divider::default())
    }

    /// A list of texts.
    pub fn list(items: Vec<String>) -> Self {
        Self::List(List {
            items,
            ..List::default()
        })
    }

    /// A file.
    pub fn file(filename: impl Into<String>, contents: Vec<u8>) -> Self {
        Self::File(File {
            filename: filename.into(),
            contents,
            ..File::default()
        })
    }

    /// The name of its class.
    pub fn class(&self) -> &str {
        match self {
            Self::Markdown(_) => "MarkdownBlock",
            Self::Header(_) => "HeaderBlock",
            Self::Divider(_) => "DividerBlock",
            Self::List(_) => "ListBlock",
            Self::Table(_) => "TableBlock",
            Self::KubernetesFields(_) => "KubernetesFieldsBlock",
            Self::Events(_) => "EventsBlock",
            Self::EventsRef(_) => "EventsRef",
            Self::File(_) => "FileBlock",
            Self::EmptyFile(_) => "EmptyFileBlock",
            Self::Graph(_) => "GraphBlock",
            Self::Prometheus(_) => "PrometheusBlock",
            Self::KubernetesDiff(_) => "KubernetesDiffBlock",
            Self::Json(_) => "JsonBlock",
            Self::Callback(_) => "CallbackBlock",
            Self::Links(_) => "LinksBlock",
            Self::ScanReport(_) => "ScanReportBlock",
            Self::PopeyeReport(_) => "PopeyeScanReportBlock",
            Self::KrrReport(_) => "KRRScanReportBlock",
            Self::Holmes(_) => "HolmesResultsBlock",
            Self::HolmesChat(_) => "HolmesChatResultsBlock",
            Self::Own(own) => own.0.get("block").and_then(Json::as_str).unwrap_or(""),
        }
    }

    /// The block as sinks show it: one of a playbook's own class as the nearest of Robusta's classes that it is one of.
    pub fn shown(&self) -> Cow<'_, Self> {
        let Self::Own(own) = self else {
            return Cow::Borrowed(self);
        };
        let bases = own.0.get("bases").and_then(Json::as_array);
        let nearest = bases
            .into_iter()
            .flatten()
            .find_map(|base| own.read_as(base));
        nearest.map_or(Cow::Borrowed(self), Cow::Owned)
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) | Self::KubernetesFields(table) => Some(table),
            Self::Events(events) => Some(&events.table),
            _ => None,
        }
    }

    /// The file, if it is one.
    pub fn as_file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Graph(graph) => Some(&graph.file),
            _ => None,
        }
    }
}

impl OwnBlock {
    fn read_as(&self, class: &Json) -> Option<Block> {
        let mut members = self.0.clone();
        members.shift_remove("bases");
        members.insert("block".to_owned(), class.clone());
        let read = serde_json::from_value(Json::Object(members)).ok()?;
        (!matches!(read, Block::Own(_))).then_some(read)
    }
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Object::deserialize(deserializer)?;
        if members.contains_key("bases") {
            // Its class may have the name of one of Robusta's.
            return Ok(Self::Own(OwnBlock(members)));
        }
        Self::deserialize(Json::Object(members)).map_err(serde::de::Error::custom)
    }
}
