//! Who asks, and whether to believe them.
//!
//! A request shows a [`door::Credential`]: a token or an API key, in a header, the query or a cookie, just where
//! StackStorm looks for them. The caller fetches the record that belongs to it and [`door`] turns both into a
//! [`door::Principal`] or a [`door::Refusal`] with StackStorm's words. [`basic`] and [`password`] are the way to a first
//! token: a name and a password, checked against an htpasswd file, with [`attempts`] slowing down whoever guesses.
//! [`signature`] is for services that cannot sign in: they share a secret with us and sign what they send.
//! [`token`] makes what is handed out, and [`permission`] names what may be asked of a route.
//!
//! No text of a token or key is ever kept, only its hash ([`secret`]). Nothing here touches the store: these are
//! functions over what the server has looked up, except that [`password`] reads its file.
//!
//! Left out deliberately: roles. Without them everybody who is let in may do everything, as in StackStorm without RBAC.

pub mod attempts;
pub mod basic;
pub mod door;
pub mod password;
pub mod permission;
pub mod secret;
pub mod signature;
pub mod token;
