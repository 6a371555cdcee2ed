//! Templates inside values: what no rendering will ever accept is told when the pack is read.

use std::rc::Rc;

use squall_expression::jinja::Template;
use squall_expression::jsonpath::Path;
use squall_expression::yaml::Node;

use crate::fields::join;
use crate::report::{Fault, Report};

/// Warns of every text below `node` that looks like a template and is none.
///
/// StackStorm takes such a file and fails each time it renders, so here are only warnings.
pub(crate) fn check(node: &Rc<Node>, key: &str, report: &mut Report) {
    if let Some(text) = node.as_text()
        && (text.contains("{{") || text.contains("{%"))
        && let Err(error) = Template::parse(text)
    {
        let message = format!("cannot be rendered: {}", error.message);
        report.warning(Some(node), key, message);
    }
    for pair in node.pairs() {
        check(&pair.value, &join(key, &pair.name()), report);
    }
    for (index, item) in node.items().iter().enumerate() {
        check(item, &format!("{key}[{index}]"), report);
    }
}

/// Warns of a criterion's key that finds nothing. What follows a `#` only tells two criteria on one key apart.
pub(crate) fn check_path(node: &Node, key: &str, roots: &[&str], report: &mut Report) {
    let Some(path) = node.as_text().and_then(|text| text.split('#').next()) else {
        return;
    };
    if Path::parse(path).is_err() {
        let hint = "quote names with other characters, as in trigger.headers['X-Event']".to_owned();
        let fault = Fault::with_hint(format!("`{path}` is not a path"), hint);
        report.warning(Some(node), key, fault);
        return;
    }
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let root = path
        .split(|letter| !is_word(letter))
        .next()
        .unwrap_or_default();
    if !root.is_empty() && !roots.contains(&root) {
        let hint = format!(
            "begin with `{}.`",
            roots.first().copied().unwrap_or_default()
        );
        let fault = Fault::with_hint(format!("finds nothing: there is no `{root}`"), hint);
        report.warning(Some(node), key, fault);
    }
}
