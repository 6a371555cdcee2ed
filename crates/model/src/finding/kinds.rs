//! What the kinds of blocks hold. The names are those of Robusta's classes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Json, Object};

/// Where Robusta cuts the text of a block: Slack takes 3000 characters.
pub const MARKDOWN_LIMIT: usize = 2997;

/// What every block has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Kept for playbooks; no sink goes by it.
    #[serde(default)]
    pub hidden: bool,
    /// The class of its element in HTML.
    #[serde(default)]
    pub html_class: Option<String>,
}

/// Text in Slack's Markdown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Markdown {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The text.
    #[serde(default)]
    pub text: String,
}

impl Markdown {
    /// The text, cut where Robusta cuts it.
    pub fn new(text: impl Into<String>) -> Self {
        let mut text = text.into();
        if let Some((end, last)) = text.char_indices().nth(MARKDOWN_LIMIT - 1) {
            text.truncate(end + last.len_utf8());
            text.push_str("...");
        }
        Self {
            look: Look::default(),
            text,
        }
    }
}

/// A heading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The text.
    #[serde(default)]
    pub text: String,
}

/// A line between others.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Divider {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
}

/// A list of texts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The texts.
    #[serde(default)]
    pub items: Vec<String>,
}

impl List {
    /// The list as Markdown.
    pub fn to_markdown(&self) -> Markdown {
        let lines: Vec<String> = self.items.iter().map(|item| format!("* {item}")).collect();
        Markdown::new(lines.join("\n"))
    }
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The texts that are shown.
    #[serde(default, deserialize_with = "rows_of_texts")]
    pub rows: Vec<Vec<String>>,
    /// The names of the columns.
    #[serde(default, deserialize_with = "texts")]
    pub headers: Vec<String>,
    /// How values were made into texts, by column.
    #[serde(default = "no_members")]
    pub column_renderers: Json,
    /// The table's name.
    #[serde(default)]
    pub table_name: String,
    /// How the width is shared out, where the sink can.
    #[serde(default)]
    pub column_width: Option<Vec<i64>>,
    /// Whatever the action wanted to say of it.
    #[serde(default)]
    pub metadata: Object,
    /// How it is laid out; always null, the metadata's `format` says it.
    #[serde(default)]
    pub table_format: Json,
    /// The values as they were given.
    #[serde(default)]
    pub values: Json,
}

impl Table {
    /// A table of texts.
    pub fn new(headers: &[&str], rows: Vec<Vec<String>>) -> Self {
        Self {
            values: Json::from(
                rows.iter()
                    .map(|row| Json::from(row.clone()))
                    .collect::<Vec<_>>(),
            ),
            rows,
            headers: headers.iter().map(|header| (*header).to_owned()).collect(),
            column_renderers: Json::Object(Object::new()),
            ..Self::default()
        }
    }

    /// The same under a name.
    #[must_use]
    pub fn named(self, table_name: impl Into<String>) -> Self {
        Self {
            table_name: table_name.into(),
            ..self
        }
    }
}

/// A table of events, and the events.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Events {
    /// The table.
    #[serde(flatten)]
    pub table: Table,
    /// The events: `type`, `reason`, `message`, `kind`, `name`, `namespace`, `time`.
    #[serde(default)]
    pub events: Vec<Json>,
}

/// Where events of an object are found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EventsRef {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The object's namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its kind.
    #[serde(default)]
    pub kind: String,
}

/// A file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// Its name.
    #[serde(default)]
    pub filename: String,
    /// What is in it.
    #[serde(
        default,
        serialize_with = "as_base64",
        deserialize_with = "from_base64"
    )]
    pub contents: Vec<u8>,
}

impl File {
    /// Whether it is read as text: only logs and `.txt` are.
    pub fn is_text(&self) -> bool {
        self.filename.ends_with(".txt") || self.filename.ends_with(".log")
    }
}

/// A file with nothing in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EmptyFile {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// Why there is nothing in it: `remarks`.
    #[serde(default)]
    pub metadata: Object,
    /// Its name.
    #[serde(default)]
    pub filename: String,
}

/// A picture of a graph.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Graph {
    /// The picture.
    #[serde(flatten)]
    pub file: File,
    /// What it shows.
    #[serde(default)]
    pub graph_data: Json,
}

/// What Prometheus answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Prometheus {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The answer.
    #[serde(default)]
    pub data: Json,
    /// The question: `query`, and what else is known of it.
    #[serde(default)]
    pub metadata: Object,
    /// Lines at moments.
    #[serde(default)]
    pub vertical_lines: Json,
    /// Lines at values.
    #[serde(default)]
    pub horizontal_lines: Json,
    /// What the values count.
    #[serde(default)]
    pub y_axis_type: Json,
    /// A title.
    #[serde(default)]
    pub graph_name: Option<String>,
}

/// What changed of an object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KubernetesDiff {
    /// The differences that somebody cares for.
    #[serde(default)]
    pub diffs: Vec<Difference>,
    /// The object as it was.
    #[serde(default)]
    pub old: Json,
    /// The object as it is.
    #[serde(default)]
    pub new: Json,
    /// A name as of a file: `pod/default/web.yaml`.
    #[serde(default)]
    pub resource_name: Option<String>,
    /// How many differences add something.
    #[serde(default)]
    pub num_additions: Option<u64>,
    /// How many take something away.
    #[serde(default)]
    pub num_deletions: Option<u64>,
    /// How many change something.
    #[serde(default)]
    pub num_modifications: Option<u64>,
    /// The object's kind.
    #[serde(default)]
    pub kind: String,
    /// What happened, in a line or two.
    #[serde(default)]
    pub description: String,
}

/// One difference between two objects.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What was done: `ADDED`, `REMOVED`, `VALUE_CHANGED` and others.
    #[serde(default, rename = "type")]
    pub difference_type: String,
    /// Where, in pieces.
    #[serde(default)]
    pub path: Vec<Json>,
    /// Where, as a text.
    #[serde(default)]
    pub formatted_path: String,
    /// What is there.
    #[serde(default)]
    pub value: Json,
    /// What was there.
    #[serde(default)]
    pub other_value: Json,
}

/// JSON as text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextOfJson {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The text.
    #[serde(default)]
    pub json_str: String,
}

/// Buttons.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Callback {
    /// By their texts, in order, each a [`Choice`].
    #[serde(default)]
    pub choices: Object,
}

impl Callback {
    /// The buttons that can be read, with their texts.
    pub fn buttons(&self) -> Vec<(&str, Choice)> {
        let mut buttons = Vec::new();
        for (text, choice) in &self.choices {
            if let Ok(choice) = serde_json::from_value(choice.clone()) {
                buttons.push((text.as_str(), choice));
            }
        }
        buttons
    }
}

/// What a button does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// The action it runs.
    pub action: String,
    /// Its parameters, the object's kind, name and namespace included.
    #[serde(default)]
    pub action_params: Option<Object>,
    /// The object that it is done to.
    #[serde(default)]
    pub object: Option<ObjectReference>,
}

/// Names an object of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectReference {
    /// Its kind.
    pub kind: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its namespace.
    pub namespace: Option<String>,
}

/// Links.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Links {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The links.
    #[serde(default)]
    pub links: Vec<LinksItem>,
}

/// One link among others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinksItem {
    /// What is shown.
    pub text: String,
    /// Where it leads.
    pub url: String,
}

/// A scan's report.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScanReport {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// The title.
    #[serde(default)]
    pub title: String,
    /// The scan's id.
    #[serde(default)]
    pub scan_id: String,
    /// Who scanned: `popeye` or `krr`.
    #[serde(default, rename = "type")]
    pub scan_type: String,
    /// When it began.
    #[serde(default)]
    pub start_time: Json,
    /// When it ended.
    #[serde(default)]
    pub end_time: Json,
    /// From 0 to 100, as text; below 0 for "none".
    #[serde(default)]
    pub score: String,
    /// What it says about each object.
    #[serde(default)]
    pub results: Vec<ScanRow>,
    /// How it was asked to scan.
    #[serde(default)]
    pub config: String,
    /// Whatever the action wanted to say of it.
    #[serde(default)]
    pub metadata: Object,
}

/// What a scan says about one object.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScanRow {
    /// The scan's id.
    #[serde(default)]
    pub scan_id: String,
    /// Who scanned.
    #[serde(default)]
    pub scan_type: String,
    /// The object's kind.
    #[serde(default)]
    pub kind: Option<String>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its namespace.
    #[serde(default)]
    pub namespace: Option<String>,
    /// The container in it.
    #[serde(default)]
    pub container: Option<String>,
    /// What was found.
    #[serde(default)]
    pub content: Vec<Json>,
    /// How much it matters.
    #[serde(default)]
    pub priority: f64,
}

/// What Holmes found out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Holmes {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// `analysis`, `tool_calls`, `sections`, `instructions`.
    #[serde(default)]
    pub holmes_result: Json,
}

/// What Holmes said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chat {
    /// What every block has.
    #[serde(flatten)]
    pub look: Look,
    /// `analysis`, `files`, `tool_calls`, `conversation_history`, `metadata`.
    #[serde(default)]
    pub holmes_result: Json,
}

fn no_members() -> Json {
    Json::Object(Object::new())
}

fn as_base64<S: Serializer>(contents: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(contents))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    STANDARD.decode(text).map_err(serde::de::Error::custom)
}

fn rows_of_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<String>>, D::Error> {
    let rows: Vec<Vec<Json>> = Vec::deserialize(deserializer)?;
    let texts = |row: Vec<Json>| row.into_iter().map(python_text).collect();
    Ok(rows.into_iter().map(texts).collect())
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let values: Vec<Json> = Vec::deserialize(deserializer)?;
    Ok(values.into_iter().map(python_text).collect())
}

/// A value as Python's `str` shows it, as far as findings that were written by hand need it.
fn python_text(value: Json) -> String {
    match value {
        Json::Null => "None".to_owned(),
        Json::Bool(true) => "True".to_owned(),
        Json::Bool(false) => "False".to_owned(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}
