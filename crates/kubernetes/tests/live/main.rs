//! What Squall relies on in clusters, held against one: the fake cluster, or with `cargo xtask test-live` a real one, whose
//! kubeconfig `SQUALL_LIVE_KUBECONFIG` names. Each test has a namespace of its own with a random name, and takes it away.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "all of this is tests, where a panic is the verdict"
)]

mod containers;
mod objects;
mod place;
mod pods;
mod watches;
