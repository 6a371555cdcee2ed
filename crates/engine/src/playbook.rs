//! Which playbooks fire for an event, and why the others do not.
//!
//! Robusta's triggers, decided on the raw JSON of what happened: nothing is parsed into objects, and Python is entered only
//! when a Python action runs. [`PlaybookSet`] holds all playbooks made ready and an index over them; what a decision may
//! not fetch is handed to it as [`Facts`], what it would remember comes out as [`Mark`]s for the server to record.
//!
//! Reading order: [`set`](PlaybookSet) asks the playbooks in order; `trigger` is one trigger made ready; `selector`,
//! `scope` and `attribute` say which objects it means; `pod`, `job` and `warning` are the triggers that look into an object;
//! [`differences`](Difference) and `shape` compare an object with what it was; [`limits`](RateLimits) say how often a trigger
//! may fire, [`services`](Services) to which workload a name belongs; `alert`, `helm`, `schedule` and `cron` are what playbooks
//! wait for beside changes.

mod alert;
mod attribute;
mod compile;
mod cron;
mod difference;
mod explain;
mod filtered;
mod helm;
mod identity;
mod index;
mod job;
mod limits;
mod parameters;
mod pod;
mod prometheus;
mod provider;
mod schedule;
mod scope;
mod selector;
mod services;
mod set;
mod shape;
mod subject;
mod trigger;
mod warning;

pub use alert::{Alert, Named, NamedNode};
pub use compile::check_trigger;
pub use cron::Cron;
pub use difference::{Difference, DifferenceKind};
pub use explain::{Answer, Why};
pub use filtered::{change_filters, without_ignored};
pub use helm::{Chart, Info, Metadata, Release, ReleaseError, SECRET_TYPE};
pub use identity::playbook_id;
pub use limits::{Mark, RateLimits};
pub use provider::provider;
pub use schedule::{Progress, Schedule};
pub use services::{Service, Services};
pub use set::{Facts, Fault, Fired, Happened, PlaybookSet, Verdict};
pub use trigger::Watched;

#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
