//! Why a trigger does not fire.

use std::fmt;

use squall_model::Timestamp;

/// Why a trigger does not fire for an event.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// It waits for another sort of event.
    OtherEvent,
    /// It is about objects of another kind.
    OtherKind,
    /// It is about another operation.
    OtherOperation,
    /// The name does not begin as `name_prefix` says.
    OtherName,
    /// The namespace does not begin as `namespace_prefix` says.
    OtherNamespace,
    /// A label differs from `labels_selector`.
    OtherLabels,
    /// The scope excludes it.
    Excluded,
    /// The scope includes others.
    NotIncluded,
    /// Nothing has changed that `change_filters` let through.
    NoChange,
    /// The object is not in the state that the trigger waits for.
    NotSo(&'static str),
    /// It fired for the same a short while ago: when it may fire again.
    RateLimited(Timestamp),
    /// An earlier trigger of the playbook has decided: it fired, or meant the object and its change filters let nothing through.
    DecidedBefore,
    /// An earlier playbook fired and stops the others: its number.
    Stopped(usize),
    /// It cannot be told; the original gives up the whole event here.
    Fault(Box<str>),
}

/// What a trigger of a playbook says to an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The number of the playbook, in order.
    pub playbook: usize,
    /// The number of the trigger in it.
    pub trigger: usize,
    /// Why it does not fire; `None` if it does.
    pub why_not: Option<Why>,
}

impl Why {
    pub(super) fn fault(text: &str) -> Self {
        Self::Fault(text.into())
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherEvent => f.write_str("it waits for another sort of event"),
            Self::OtherKind => f.write_str("it is about another kind of objects"),
            Self::OtherOperation => f.write_str("it is about another operation"),
            Self::OtherName => f.write_str("the name does not begin with its prefix"),
            Self::OtherNamespace => f.write_str("the namespace does not begin with its prefix"),
            Self::OtherLabels => f.write_str("the labels are not those of `labels_selector`"),
            Self::Excluded => f.write_str("`scope.exclude` matches"),
            Self::NotIncluded => f.write_str("nothing in `scope.include` matches"),
            Self::NoChange => f.write_str("nothing has changed that `change_filters` let through"),
            Self::NotSo(why) => f.write_str(why),
            Self::RateLimited(until) => {
                write!(
                    f,
                    "`rate_limit`: it fired for the same before, and may again after {until}"
                )
            }
            Self::DecidedBefore => f.write_str("an earlier trigger of the playbook has decided"),
            Self::Stopped(playbook) => {
                write!(f, "playbook {} fired and has `stop`", playbook + 1)
            }
            Self::Fault(fault) => write!(f, "it cannot be told: {fault}"),
        }
    }
}
