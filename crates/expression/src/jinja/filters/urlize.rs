//! `urlize`: makes links of what looks like URLs and mail addresses.

use std::sync::LazyLock;

use fancy_regex::Regex;

use crate::jinja::callable::Given;
use crate::jinja::iterate::collect;
use crate::jinja::lexer::is_space;
use crate::jinja::markup::{Markup, escape_text, escaped};
use crate::value::access::Slice;
use crate::value::order::{Comparison, compare};
use crate::value::{Error, Value, access, budget, text};

/// An address with its scheme, with `www.`, or under one of the oldest domains.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let label = r"[\w%-]";
    let named = format!(r"(?:https?://|www\.)(?:{label}+\.)*(?:[a-z]{{2,63}}|xn--[\w%]{{2,59}})");
    let bare = format!(r"(?:{label}{{2,63}}\.)+(?:com|net|int|edu|gov|org|info|mil)");
    let numbered =
        r"https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\])";
    Regex::new(&format!(
        r"(?i)^(?:{named}|{bare}|{numbered})(?::\d{{1,5}})?(?:[/?#]\S*)?$"
    ))
    .ok()
});

static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\S+@\w[\w.-]*\.\w+$").ok());

static SCHEME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\w.+-]{2,}:/{0,2}$").ok());

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
}

/// How links are made.
struct Links {
    limit: Option<Value>,
    rel: String,
    target: String,
    schemes: Vec<String>,
}

pub(super) fn urlize(given: &Given<'_>) -> Result<Value, Error> {
    let limit = given.some(1).cloned();
    let mut rel: Vec<String> = match given.get(4) {
        Some(rel) if access::truth(rel)? => words(&text::str(rel)?).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    if given.truth_or(2, false)? {
        rel.push("nofollow".to_owned());
    }
    rel.push("noopener".to_owned());
    rel.sort();
    rel.dedup();
    let target = match given.some(3) {
        Some(target) if access::truth(target)? => format!(" target=\"{}\"", escaped(target)?),
        _ => String::new(),
    };
    let links = Links {
        limit,
        rel: format!(" rel=\"{}\"", escape_text(&rel.join(" "))),
        target,
        schemes: given.some(5).map_or(Ok(Vec::new()), schemes)?,
    };
    let escaped = escaped(given.value())?;
    let mut out = String::new();
    for part in split_at_blanks(&escaped) {
        let part = links.word(part)?;
        budget::text(part.len())?;
        out.push_str(&part);
        if out.len() > budget::TEXT_CAP {
            budget::text(out.len())?;
        }
    }
    let safe = given.context()?.runtime.autoescape.get();
    Ok(if safe { Markup::safe(out) } else { out.into() })
}

fn schemes(value: &Value) -> Result<Vec<String>, Error> {
    let mut schemes = Vec::new();
    for scheme in collect(value)? {
        let Some(text) = scheme.as_text() else {
            let message = format!(
                "expected string or bytes-like object, got '{}'",
                scheme.type_name()
            );
            return Err(Error::type_error(message));
        };
        if !matches(&SCHEME, &text) {
            let message = format!("{} is not a valid URI scheme prefix.", text::repr(&scheme)?);
            return Err(Error::raised("FilterArgumentError", message));
        }
        schemes.push(text.to_string());
    }
    Ok(schemes)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// Words and the blanks between them.
fn split_at_blanks(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let blank = is_space(first);
        let end = rest
            .find(|character| is_space(character) != blank)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parts.push(part);
        rest = after;
    }
    parts
}

impl Links {
    /// A word, with a link if it is an address.
    fn word(&self, word: &str) -> Result<String, Error> {
        let head = word.len() - strip_opening(word).len();
        let (head, middle) = word.split_at_checked(head).unwrap_or(("", word));
        let kept = strip_closing(middle).len();
        let (middle, tail) = middle.split_at_checked(kept).unwrap_or((middle, ""));
        let (middle, tail) = balance(middle.to_owned(), tail.to_owned())?;
        Ok(format!("{head}{}{tail}", self.link(&middle)?))
    }

    fn link(&self, middle: &str) -> Result<String, Error> {
        let Self { rel, target, .. } = self;
        if matches(&LINK, middle) {
            let shown = self.shorten(middle)?;
            let scheme = if middle.starts_with("https://") || middle.starts_with("http://") {
                ""
            } else {
                "https://"
            };
            return Ok(format!(
                "<a href=\"{scheme}{middle}\"{rel}{target}>{shown}</a>"
            ));
        }
        if let Some(address) = middle.strip_prefix("mailto:")
            && matches(&MAIL, address)
        {
            return Ok(format!("<a href=\"{middle}\">{address}</a>"));
        }
        let may_be_mail =
            middle.contains('@') && !middle.starts_with("www.") && !middle.starts_with('@');
        if may_be_mail && !middle.contains(':') && matches(&MAIL, middle) {
            return Ok(format!("<a href=\"mailto:{middle}\">{middle}</a>"));
        }
        let mut link = middle.to_owned();
        for scheme in &self.schemes {
            if link != *scheme && link.starts_with(scheme.as_str()) {
                link = format!("<a href=\"{link}\"{rel}{target}>{link}</a>");
            }
        }
        Ok(link)
    }

    fn shorten(&self, text: &str) -> Result<String, Error> {
        let Some(limit) = &self.limit else {
            return Ok(text.to_owned());
        };
        let length = Value::from(text.chars().count());
        if !compare(&length, Comparison::Greater, limit)? {
            return Ok(text.to_owned());
        }
        let slice = Slice {
            start: Value::None,
            stop: limit.clone(),
            step: Value::None,
        };
        let kept = text::str(&access::slice(&text.into(), &slice)?)?;
        Ok(format!("{kept}..."))
    }
}

fn strip_opening(word: &str) -> &str {
    let mut rest = word;
    while let Some(inner) = rest
        .strip_prefix(['(', '<'])
        .or_else(|| rest.strip_prefix("&lt;"))
    {
        rest = inner;
    }
    rest
}

fn strip_closing(word: &str) -> &str {
    let mut rest = word;
    while let Some(inner) = rest
        .strip_suffix([')', '>', '.', ','])
        .or_else(|| rest.strip_suffix("&gt;"))
    {
        rest = inner;
    }
    rest
}

/// Gives closing brackets back to an address that has opening ones.
fn balance(mut middle: String, mut tail: String) -> Result<(String, String), Error> {
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
        let opened = middle.matches(open).count();
        if opened <= middle.matches(close).count() {
            continue;
        }
        for _ in 0..opened.min(tail.matches(close).count()) {
            budget::spend(1 + tail.len() / 64)?;
            let end = tail.find(close).map_or(tail.len(), |at| at + close.len());
            middle.extend(tail.drain(..end));
        }
    }
    Ok((middle, tail))
}
