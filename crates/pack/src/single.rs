//! One rule that is in no pack's folder: a file that somebody names.

use std::path::Path;
use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::problem::Problem;
use squall_model::rule::Rule;
use squall_model::runner::Kinds;

use crate::overrides::Overrides;
use crate::report::Report;
use crate::{Mention, Surroundings, document, rule};

/// The pack of what does not say to which one it belongs.
const DEFAULT: &str = "default";

/// A rule read by itself.
#[derive(Debug)]
pub struct ReadRule {
    /// The rule, if it can be used.
    pub rule: Option<Rule>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// What it needs of packs, for [`crate::check_references`].
    pub mentions: Vec<Mention>,
}

/// The rule in `text`, YAML or JSON, which came from `file`.
pub fn read_rule(text: &str, file: &Path, kinds: &Kinds) -> ReadRule {
    let mut report = Report::on(file);
    let node = document::parse(text, &mut report);
    read(node.as_ref(), kinds, report)
}

fn read(node: Option<&Rc<Node>>, kinds: &Kinds, mut report: Report) -> ReadRule {
    let stated = node.and_then(|node| node.get("pack")?.as_text());
    let around = Surroundings {
        pack: stated.filter(|pack| !pack.is_empty()).unwrap_or(DEFAULT),
        root: Path::new(""),
        kinds,
        overrides: &Overrides::default(),
        file: String::new(),
    };
    let rule = node.and_then(|node| rule::read(node, &around, &mut report));
    ReadRule {
        rule,
        problems: report.problems,
        mentions: report.mentions,
    }
}

#[cfg(test)]
mod tests {
    //! A rule in a file of its own.

    use super::*;

    fn kinds() -> Kinds {
        Kinds {
            runners: Vec::new(),
            operators: vec!["eq"],
            check_trigger: None,
        }
    }

    #[test]
    fn a_rule_without_a_pack_is_of_the_pack_default() {
        let text = "name: r\ntrigger: {type: a.b}\naction: {ref: c.d}\n";
        let read = read_rule(text, Path::new("r.yaml"), &kinds());
        let rule = read.rule.unwrap();
        assert_eq!(rule.reference.as_str(), "default.r");
        assert_eq!(rule.metadata_file, None);
    }
}
