//! Addresses that follow from a finding's annotations.

use squall_model::Object;

use crate::parameters::Parameters;
use crate::{Fault, channel};

/// Reads `webhook_override`: a bare `annotations.x` is one, too.
pub(super) fn read(given: Parameters<'_>) -> Result<Option<String>, Fault> {
    const KEY: &str = "webhook_override";
    let Some(text) = given.text(KEY)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let bare = text.strip_prefix("annotations.");
    if bare.is_some_and(|name| !name.is_empty() && !name.contains('$')) {
        return Ok(Some(format!("${text}")));
    }
    if ["$annotations.", "${annotations."]
        .iter()
        .any(|name| text.contains(name))
    {
        return Ok(Some(text));
    }
    let message = format!("`{text}` names no annotation");
    Err(Fault::new(
        KEY,
        message,
        "annotations.foo, or `$annotations.foo` in a text",
    ))
}

/// The address; `otherwise` where an annotation is missing or what it gives is no address.
pub(super) fn fill(template: Option<&str>, otherwise: &str, annotations: &Object) -> String {
    let filled = template.and_then(|template| channel::fill_annotations(template, annotations));
    let is_address = |url: &String| {
        let rest = url
            .strip_prefix("https://")
            .or_else(|| url.strip_prefix("http://"));
        rest.is_some_and(|rest| is_host(rest) && !rest.contains(char::is_whitespace))
    };
    filled
        .filter(is_address)
        .unwrap_or_else(|| otherwise.to_owned())
}

/// Whether what follows `://` begins with a host: a name with a dot, `localhost`, or an address in brackets.
fn is_host(rest: &str) -> bool {
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let host = rest.get(..end).unwrap_or_default();
    if host.starts_with('[') {
        return host.contains(']');
    }
    let name = host.split_once(':').map_or(host, |(name, _)| name);
    let is_label = |label: &str| {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        !label.is_empty()
            && label.chars().all(is_part)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name == "localhost"
        || (name.contains('.') && name.trim_end_matches('.').split('.').all(is_label))
}
