//! Which rules an event matches, and why.
//!
//! [`RuleSet`] finds the rules that could match by an index and evaluates those; [`criteria`] says what a rule's
//! conditions mean; [`operator`] are the words they use.

pub mod criteria;
pub mod matcher;
pub mod operator;

mod explain;
mod index;
mod pattern;

pub(crate) use criteria::Subject;
pub use criteria::{Criteria, Verdict as CriteriaVerdict};
pub use explain::Explained;
pub use matcher::{RuleSet, Verdict};

/// Every operator name, for those who check rules.
pub fn operator_names() -> Vec<&'static str> {
    operator::OPERATORS
        .iter()
        .map(|operator| operator.name)
        .collect()
}
