//! The wire: StackStorm's REST and SSE, exact enough for the stock client, what Robusta takes from Alertmanager and
//! kubewatch, what Kubernetes and Prometheus ask for, and what is Squall's own.
//!
//! Each dialect has its own shapes and its own translator of errors; both know the same [`Wire`] and nothing of each
//! other. [`route`] is the only way to make a route: it names the permission, and everything that guards a request
//! (limits first, then who asks) happens there, so that no route can be made without it.
//!
//! Reading order: [`route`], [`call`], [`signed`], [`wire`], [`serve`], then the dialects. What browsers need to be told is in
//! `envelope`, `origin` and `cookie`.

pub mod about;
pub mod call;
pub mod robusta;
pub mod route;
pub mod serve;
pub mod signed;
pub mod squall;
pub mod stackstorm;
pub mod wire;

mod cookie;
mod envelope;
mod json;
mod openapi;
mod origin;
mod probes;
pub mod tls;

pub use wire::{Settings, SignIn, Wire};
