//! Reads the parameters of sinks. What a playbook file may hold is told by `model::playbook::sinks`; here values become
//! types, and what is still wrong is told.

use squall_model::{Json, Object};

/// What is wrong with a sink's parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The parameter.
    pub key: String,
    /// What is wrong: a lower-case fragment without a final period.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
}

impl Fault {
    pub(crate) fn new(key: &str, message: impl Into<String>, hint: &str) -> Self {
        Self {
            key: key.to_owned(),
            message: message.into(),
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        }
    }
}

/// A sink's parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameters<'a>(&'a Object);

impl<'a> Parameters<'a> {
    pub(crate) fn new(given: &'a Object) -> Self {
        Self(given)
    }

    fn given(self, key: &str) -> Option<&'a Json> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(crate) fn needed(self, key: &str) -> Result<String, Fault> {
        let text = self.text(key)?;
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| Fault::new(key, "is missing", "a text"))
    }

    /// A text, or a number as one.
    pub(crate) fn text(self, key: &str) -> Result<Option<String>, Fault> {
        match self.given(key) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(Json::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(Fault::new(key, format!("`{other}` is no text"), "a text")),
        }
    }

    pub(crate) fn flag(self, key: &str, otherwise: bool) -> Result<bool, Fault> {
        Ok(self.optional_flag(key)?.unwrap_or(otherwise))
    }

    pub(crate) fn optional_flag(self, key: &str) -> Result<Option<bool>, Fault> {
        let Some(value) = self.given(key) else {
            return Ok(None);
        };
        let word = value.as_str().map(str::to_lowercase);
        match (value, word.as_deref()) {
            (Json::Bool(flag), _) => Ok(Some(*flag)),
            (_, Some("true" | "yes" | "on" | "1")) => Ok(Some(true)),
            (_, Some("false" | "no" | "off" | "0")) => Ok(Some(false)),
            _ => Err(Fault::new(
                key,
                format!("`{value}` is neither true nor false"),
                "true or false",
            )),
        }
    }

    /// A whole number that is not negative.
    pub(crate) fn whole(self, key: &str, otherwise: usize) -> Result<usize, Fault> {
        let Some(value) = self.given(key) else {
            return Ok(otherwise);
        };
        let number = match value {
            Json::String(text) => text.trim().parse().ok(),
            other => other.as_u64(),
        };
        number
            .and_then(|number: u64| usize::try_from(number).ok())
            .ok_or_else(|| Fault::new(key, format!("`{value}` is no whole number"), "such as 1000"))
    }

    /// A list of texts; nothing where it is left out.
    pub(crate) fn texts(self, key: &str) -> Result<Vec<String>, Fault> {
        let Some(value) = self.given(key) else {
            return Ok(Vec::new());
        };
        let text = |item: &Json| item.as_str().map(str::to_owned);
        let items = value
            .as_array()
            .map(|items| items.iter().map(text).collect());
        items
            .flatten()
            .ok_or_else(|| Fault::new(key, format!("`{value}` is no list of texts"), "[a, b]"))
    }

    /// Names and texts; none where it is left out.
    pub(crate) fn members(self, key: &str) -> Result<Object, Fault> {
        match self.given(key) {
            None => Ok(Object::new()),
            Some(Json::Object(members)) => Ok(members.clone()),
            Some(other) => Err(Fault::new(
                key,
                format!("`{other}` is no mapping"),
                "{a: b}",
            )),
        }
    }

    /// An address of HTTP.
    pub(crate) fn url(self, key: &str) -> Result<String, Fault> {
        let url = self.needed(key)?;
        if url.starts_with("https://") || url.starts_with("http://") {
            Ok(url)
        } else {
            Err(Fault::new(key, "is no address of HTTP", "https://..."))
        }
    }
}
