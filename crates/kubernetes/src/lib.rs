//! Kubernetes clusters: how Squall asks them, watches them and acts on them; and a fake one, to test against and to try
//! playbooks on.
//!
//! Objects are plain JSON here, of any kind, custom resources included: which kinds there are is found out by asking the
//! cluster. Every request goes through one [`Cluster`], so it can be authorised, bounded and recorded in one place.
//!
//! Reading order: [`cluster`] (one request, one answer).

pub mod cluster;

pub use cluster::{Answer, Ask, Cluster, Error};
