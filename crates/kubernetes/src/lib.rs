//! Kubernetes clusters: how Squall asks them, watches them and acts on them; and a fake one, to test against and to try
//! playbooks on.
//!
//! Objects are plain JSON here, of any kind, custom resources included: which kinds there are is found out by asking the
//! cluster. Every request goes through one [`Cluster`], so it can be authorised, bounded and recorded in one place.
//!
//! Reading order: [`ask`] (one request, one answer), [`cluster`] (who is asked, and how patiently), [`kind`] and
//! [`discovery`] (which kinds of objects there are), [`objects`] (objects of any kind), [`logs`], [`exec`] and [`port`]
//! (inside pods), [`watch`] and [`cache`] (what happens to objects); [`fake`] is an API server to test against.

pub mod ask;
pub mod cache;
pub mod cluster;
pub mod discovery;
pub mod exec;
pub mod fake;
pub mod kind;
pub mod logs;
pub mod objects;
mod pause;
pub mod port;
#[cfg(test)]
mod testing;
pub mod watch;

pub use ask::{Answer, Ask};
pub use cache::{Cache, Keep, Kept};
pub use cluster::{Cluster, Error, Limits};
pub use discovery::Kinds;
pub use exec::{Exec, Executed, Exit};
pub use kind::Kind;
pub use logs::Logs;
pub use objects::{Page, Patch, Selection};
pub use watch::{Remembered, Seen, Version, Watch, Watched};
