//! Catalogue: what produces events. A source sees neither the engine nor the store: it hands what happened to whoever
//! started it, and is told when that is durable.
//!
//! [`kubernetes`] tells what happens to the objects of a cluster.

use std::future::Future;
use std::pin::Pin;

pub mod kubernetes;

/// A boxed future, for the traits that sources are handed as objects.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
