//! What triggers and sinks of playbooks take: a name, a type and what holds where nothing is written.

use serde_json::json;

use crate::Json;

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds where it is left out.
    pub otherwise: Otherwise,
}

impl Parameter {
    /// One that may be left out and then is nothing.
    pub const fn optional(name: &'static str, takes: Takes) -> Self {
        Self {
            name,
            takes,
            otherwise: Otherwise::Nothing,
        }
    }

    /// One that must be given.
    pub const fn required(name: &'static str, takes: Takes) -> Self {
        Self {
            name,
            takes,
            otherwise: Otherwise::Refused,
        }
    }

    /// The same with what holds where it is left out.
    pub const fn or(self, otherwise: Otherwise) -> Self {
        Self { otherwise, ..self }
    }

    /// Whether it must be given.
    pub const fn is_required(&self) -> bool {
        matches!(self.otherwise, Otherwise::Refused)
    }
}

/// What a parameter takes. Readers bring values into these types as far as Robusta does: a number where text is taken
/// becomes text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Text.
    Text,
    /// Text that is nobody's business.
    Secret,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// Text or a whole number.
    TextOrWhole,
    /// A list of texts.
    Texts,
    /// A list of these words.
    Words(&'static [&'static str]),
    /// A mapping of any content.
    Mapping,
    /// A mapping of texts.
    TextMapping,
    /// `k=v,k2=v2`.
    Labels,
    /// `{include: [...], exclude: [...]}`, each a list of mappings from an attribute to a pattern or several.
    Scope,
    /// `{include: [...], ignore: [...]}`.
    ChangeFilters,
    /// A list of `{name, namespace}`.
    NamedObjects,
    /// `{seconds_delay, repeat}`.
    FixedDelay,
    /// `{delay_periods: [...]}`.
    DynamicDelay,
    /// `{cron_expression}`.
    CronSchedule,
    /// A list of `{apiGroup, apiVersion, kind}`.
    ApiResources,
    /// `{timezone, intervals: [{days, hours: [{start, end}]}]}`.
    Activity,
    /// A list of `{start_date, end_date, timezone}`.
    MuteIntervals,
    /// `{group_by, interval, notification_mode: {regular or summary}}`.
    Grouping,
}

/// What holds where a parameter is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Otherwise {
    /// It must be given.
    Refused,
    /// Nothing.
    Nothing,
    /// This text.
    Text(&'static str),
    /// This number.
    Whole(i64),
    /// This.
    Flag(bool),
    /// These texts.
    Texts(&'static [&'static str]),
    /// An empty mapping.
    EmptyMapping,
    /// [`super::triggers::DEFAULT_INCLUDE`] and [`super::triggers::DEFAULT_IGNORE`].
    DefaultChangeFilters,
}

impl Otherwise {
    /// As a value; null where there is none.
    pub fn to_json(self) -> Json {
        match self {
            Self::Refused | Self::Nothing => Json::Null,
            Self::Text(text) => json!(text),
            Self::Whole(number) => json!(number),
            Self::Flag(flag) => json!(flag),
            Self::Texts(texts) => json!(texts),
            Self::EmptyMapping => json!({}),
            Self::DefaultChangeFilters => json!({
                "include": super::triggers::DEFAULT_INCLUDE,
                "ignore": super::triggers::DEFAULT_IGNORE,
            }),
        }
    }
}
