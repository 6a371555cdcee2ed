//! What comes over REST instead of in a file: the same documents, held to the same rules.

use std::path::Path;

use squall_expression::yaml::Node;
use squall_model::Json;
use squall_model::action::Action;
use squall_model::problem::Problem;
use squall_model::rule::Rule;
use squall_model::runner::Kinds;
use squall_model::trigger::TriggerType;

use crate::overrides::Overrides;
use crate::report::Report;
use crate::{ReadFile, Surroundings, action, rule, trigger};

/// The pack of what names none.
const DEFAULT_PACK: &str = "default";

/// A document and what it is held against.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The document.
    pub document: &'a Json,
    /// The folder of its pack, if there is one: entry points are looked for there.
    pub pack_dir: Option<&'a Path>,
    /// The runners and operators there are.
    pub kinds: &'a Kinds,
}

impl Draft<'_> {
    /// The pack it says it belongs to.
    pub fn pack(&self) -> &str {
        let named = self.document.get("pack").and_then(Json::as_str);
        named
            .filter(|pack| !pack.is_empty())
            .unwrap_or(DEFAULT_PACK)
    }

    /// The rule it describes, or all that is wrong with it.
    pub fn rule(&self) -> Result<Rule, Vec<Problem>> {
        let mut drafted = self.read("rule", rule::read)?;
        drafted.metadata_file = None;
        Ok(drafted)
    }

    /// The action it describes, or all that is wrong with it.
    pub fn action(&self) -> Result<Action, Vec<Problem>> {
        let mut drafted = self.read("action", action::read)?;
        drafted.metadata_file = None;
        Ok(drafted)
    }

    /// The trigger type it describes, or all that is wrong with it.
    pub fn trigger_type(&self) -> Result<TriggerType, Vec<Problem>> {
        let mut drafted = self.read("trigger type", trigger::read)?;
        drafted.metadata_file = None;
        Ok(drafted)
    }

    fn read<T>(&self, what: &str, read: ReadFile<T>) -> Result<T, Vec<Problem>> {
        let mut report = Report::on(what);
        // Files are held against where they really are.
        let root = self.pack_dir.and_then(|dir| fs_err::canonicalize(dir).ok());
        let around = Surroundings {
            pack: self.pack(),
            root: root.as_deref().unwrap_or(Path::new("")),
            kinds: self.kinds,
            overrides: &Overrides::default(),
            file: String::new(),
        };
        let drafted = read(&Node::from_json(&said(self.document)), &around, &mut report);
        drafted.ok_or_else(|| {
            let mut problems = report.problems;
            // A document that was sent has no lines.
            for problem in &mut problems {
                (problem.line, problem.column) = (None, None);
            }
            problems
        })
    }
}

/// The document without members that are null: they say nothing.
fn said(document: &Json) -> Json {
    match document {
        Json::Array(items) => items.iter().map(said).collect(),
        Json::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !member.is_null());
            Json::Object(
                kept.map(|(name, member)| (name.clone(), said(member)))
                    .collect(),
            )
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => document.clone(),
    }
}

#[cfg(test)]
mod tests {
    //! Documents as the stock client sends them.

    use serde_json::json;

    use super::*;

    fn check(document: &Json) -> Result<Rule, String> {
        let kinds = Kinds {
            operators: vec!["equals"],
            ..Kinds::default()
        };
        let draft = Draft {
            document,
            pack_dir: None,
            kinds: &kinds,
        };
        draft.rule().map_err(|problems| {
            problems
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        })
    }

    #[test]
    fn a_rule_without_a_pack_belongs_to_default() {
        let rule = check(&json!({
            "name": "r", "description": null, "enabled": true,
            "trigger": {"type": "core.st2.webhook", "parameters": {"url": "a"}},
            "criteria": {"trigger.body.x": {"type": "equals", "pattern": 1}},
            "action": {"ref": "core.local", "parameters": {"cmd": "date"}},
        }));
        let rule = rule.unwrap();
        assert_eq!(rule.reference.to_string(), "default.r");
        assert!(rule.enabled && rule.metadata_file.is_none());
    }

    #[test]
    fn what_is_wrong_is_told_without_lines() {
        let told = check(
            &json!({"name": "r", "trigger": {"type": "core.x"}, "action": {"ref": "core.local"},
            "criteria": {"trigger.a": {"type": "equal", "pattern": 1}}}),
        );
        insta::assert_snapshot!(told.unwrap_err(), @"error: rule: criteria.trigger.a.type: there is no operator `equal` (did you mean `equals`?)");
    }
}
