//! Which rules an event matches, and why.
//!
//! [`RuleSet`] finds the rules that could match by an index and evaluates those; [`criteria`] says what a rule's
//! conditions mean; [`operator`] are the words they use. A rule may name a trigger of playbooks: `playbook_triggers`.

pub mod criteria;
pub mod matcher;
pub mod operator;

mod explain;
mod index;
mod pattern;
mod playbook_triggers;

pub(crate) use criteria::Subject;
pub use criteria::{Criteria, Verdict as CriteriaVerdict};
pub use explain::Explained;
pub use matcher::{RuleSet, Verdict};
pub use playbook_triggers::Answers;

/// Every operator name, for those who check rules.
pub fn operator_names() -> Vec<&'static str> {
    operator::OPERATORS
        .iter()
        .map(|operator| operator.name)
        .collect()
}
