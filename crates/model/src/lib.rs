//! The nouns of Squall: what an event, a rule, an action, an execution and their kin *are*.
//!
//! Every crate speaks these words and no others. The types here are plain data: no I/O, no clock, no randomness; the
//! few functions are about the data itself (parse a reference, mask a secret, tell a final status from an active one).
//!
//! Serialize is a promise: a type that implements it here is a recorded or public shape, and changing it is a format
//! change. The wire shapes of StackStorm and Robusta are not here; each is made from these nouns in `api`.
//!
//! Reading order: [`id`], [`time`] and [`reference`] name things; [`event`], [`trigger`], [`rule`] and [`decision`] are
//! the first half of the pipeline; [`action`], [`runner`], [`execution`] and [`outcome`] the second; [`content`] is all
//! that packs bring; [`playbook`], [`change`] and [`finding`] are the Robusta side of rules, events and what is told of
//! them; [`record`] is what a transaction can write; [`http`] is how those speak of requests who do not send them.

pub mod action;
pub mod change;
pub mod cloudevent;
pub mod content;
pub mod decision;
pub mod delivery;
pub mod event;
pub mod execution;
pub mod finding;
pub mod histogram;
pub mod http;
pub mod id;
pub mod identity;
pub mod key;
pub mod mask;
pub mod memo;
pub mod outcome;
pub mod outgoing;
pub mod pack;
pub mod playbook;
pub mod problem;
pub mod record;
pub mod reference;
pub mod rule;
pub mod runner;
pub mod schema;
pub mod sensor;
pub mod time;
pub mod trace;
pub mod traceparent;
pub mod trigger;

/// A JSON value as it was received: objects keep their order, integers beyond 64 bits become floats.
pub type Json = serde_json::Value;

/// A JSON object, in the order it was written.
pub type Object = serde_json::Map<String, Json>;

pub use id::Id;
pub use reference::Reference;
pub use time::Timestamp;
