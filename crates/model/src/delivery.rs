//! Something that was taken from outside, remembered so that it is not taken twice.

use serde::{Deserialize, Serialize};

use crate::{Id, Timestamp};

/// One delivery of a sender who may send it again, or whom somebody may imitate.
///
/// It is recorded in the batch of its event: what is remembered as taken is always durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What makes it the same delivery, made by [`Id::of`].
    pub key: Id,
    /// The event it became.
    pub event: Id,
    /// When it was taken.
    pub taken_at: Timestamp,
    /// When it is forgotten.
    pub forgotten_at: Timestamp,
}
