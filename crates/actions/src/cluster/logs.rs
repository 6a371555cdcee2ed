//! Logs of containers, with what must not be seen hidden.

use serde::Deserialize;
use squall_expression::regex::{Flags, Pattern};
use squall_expression::value::{Error as NoPattern, Value};
use squall_kubernetes::{Error, Logs};
use squall_model::Json;
use squall_model::finding::{Block, EmptyFile};

use super::{is_name, pods, word};
use crate::Case;
use crate::failure::{Code, Failure, chain};

/// How many lines are read of a log that is too long to be read whole: the last ones.
const LAST_LINES: u64 = 20_000;

/// Parameters of actions that read logs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LogParams {
    pub(crate) container_name: Option<String>,
    pub(crate) warn_on_missing_label: bool,
    pub(crate) regex_replacer_patterns: Option<Vec<Hidden>>,
    pub(crate) regex_replacement_style: Option<String>,
    pub(crate) previous: bool,
    pub(crate) filter_regex: Option<String>,
}

/// What must not be seen.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Hidden {
    name: String,
    regex: String,
}

/// What stands in the place of what must not be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Asterisks,
    Named,
}

impl LogParams {
    /// Whether the style is one.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.style().map(|_| ())
    }

    fn style(&self) -> Result<Style, Failure> {
        match self.regex_replacement_style.as_deref() {
            None | Some("" | "SAME_LENGTH_ASTERISKS") => Ok(Style::Asterisks),
            Some("NAMED") => Ok(Style::Named),
            Some(other) => {
                let text = format!(
                    "{}: there is no replacement style {other}",
                    Code::Unexpected
                );
                Err(Failure::new(Code::Unexpected, text))
            }
        }
    }
}

/// The log of a container as a file, or what says that there is none. What must not be seen is hidden, and what nobody asked
/// for left out.
pub(crate) async fn log_block(
    case: &mut Case<'_>,
    pod: &Json,
    container: &str,
    params: &LogParams,
) -> Result<Block, Failure> {
    let filename = format!("{}.log", word(pod, "/metadata/name"));
    let log = log(case, pod, container, params).await?;
    Ok(match log.filter(|log| !log.is_empty()) {
        Some(log) => Block::file(filename, log.into_bytes()),
        None => nothing_of(filename, container),
    })
}

fn nothing_of(filename: String, container: &str) -> Block {
    let remarks = format!("Logs unavailable for container: {container}");
    let metadata = [
        ("is_empty".to_owned(), true.into()),
        ("remarks".to_owned(), remarks.into()),
    ];
    Block::EmptyFile(EmptyFile {
        filename,
        metadata: metadata.into_iter().collect(),
        ..EmptyFile::default()
    })
}

/// The log of a container; nothing if it cannot be had, which is noted.
pub(crate) async fn log(
    case: &mut Case<'_>,
    pod: &Json,
    container: &str,
    params: &LogParams,
) -> Result<Option<String>, Failure> {
    let style = params.style()?;
    let Some(log) = fetch(case, pod, container, params.previous).await else {
        return Ok(None);
    };
    let hide = || -> Result<String, NoPattern> {
        let mut log = log;
        if let Some(filter) = params
            .filter_regex
            .as_deref()
            .filter(|filter| !filter.is_empty())
        {
            log = filtered(&log, filter)?;
        }
        for hidden in params.regex_replacer_patterns.iter().flatten() {
            log = hidden.hide(&log, style)?;
        }
        Ok(log)
    };
    hide()
        .map(Some)
        .map_err(|error| Failure::unexpected("cannot search the log", &error))
}

async fn fetch(
    case: &mut Case<'_>,
    pod: &Json,
    container: &str,
    is_previous: bool,
) -> Option<String> {
    let (namespace, name) = (
        word(pod, "/metadata/namespace"),
        word(pod, "/metadata/name"),
    );
    let container = if container.is_empty() {
        pods::first_container(pod).unwrap_or_default()
    } else {
        container
    };
    if !is_name(namespace) || !is_name(name) {
        return None;
    }
    let logs = Logs {
        container: Some(container.to_owned()),
        previous: is_previous,
        ..Logs::of(namespace, name)
    };
    let cluster = case.means.cluster?;
    let mut log = cluster.logs(&logs).await;
    if matches!(log, Err(Error::TooLong)) {
        let last = Logs {
            tail_lines: Some(LAST_LINES),
            ..logs
        };
        log = cluster.logs(&last).await;
    }
    match log {
        Ok(log) => Some(String::from_utf8_lossy(&log).into_owned()),
        Err(error) => {
            case.note(format!(
                "cannot read the log of {namespace}/{name}/{container}: {}",
                chain(&error)
            ));
            None
        }
    }
}

/// What a pattern finds, a line each.
fn filtered(log: &str, pattern: &str) -> Result<String, NoPattern> {
    let pattern = Pattern::new(pattern, Flags::default())?;
    let found = pattern.find_all(log)?;
    let lines: Vec<&str> = found
        .iter()
        .map(|value| match value {
            Value::Str(text) => text.as_ref(),
            _ => "",
        })
        .collect();
    Ok(lines.join("\n"))
}

impl Hidden {
    fn hide(&self, log: &str, style: Style) -> Result<String, NoPattern> {
        let pattern = Pattern::new(&self.regex, Flags::default())?;
        if style == Style::Named {
            return pattern.sub(&format!("[{}]", self.name.to_uppercase()), log, 0);
        }
        let mut out = String::with_capacity(log.len());
        let mut copied = 0;
        for found in pattern.matches(log, usize::MAX)? {
            let (start, end) = found.span();
            out.push_str(log.get(copied..start).unwrap_or_default());
            let length = log.get(start..end).unwrap_or_default().chars().count();
            out.extend(std::iter::repeat_n('*', length));
            copied = end;
        }
        out.push_str(log.get(copied..).unwrap_or_default());
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(name: &str, regex: &str) -> Hidden {
        Hidden {
            name: name.to_owned(),
            regex: regex.to_owned(),
        }
    }

    #[test]
    fn what_must_not_be_seen_is_hidden() {
        let log = "password=hünter2 at 10.0.0.1\npassword=x";
        let password = hidden("pass", "password=\\S+");
        assert_eq!(
            password.hide(log, Style::Asterisks).unwrap(),
            "**************** at 10.0.0.1\n**********"
        );
        assert_eq!(
            password.hide(log, Style::Named).unwrap(),
            "[PASS] at 10.0.0.1\n[PASS]"
        );
        assert!(hidden("x", "(").hide(log, Style::Named).is_err());
    }

    #[test]
    fn a_filter_shows_what_it_finds() {
        let log = "INFO a\nERROR b\nERROR c";
        assert_eq!(filtered(log, "ERROR.*").unwrap(), "ERROR b\nERROR c");
        assert_eq!(filtered(log, "ERROR (.)").unwrap(), "b\nc");
    }
}
