//! Robusta's playbooks: what their files say is checked against the actions there are, which are Squall's own and those of
//! playbook repositories.

mod load;
pub mod repositories;

pub use load::{Loaded, load};
