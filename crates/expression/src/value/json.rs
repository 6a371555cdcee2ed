//! JSON text as Python's `json` and `orjson` read and write it, and the way to and from `serde_json`'s values.
//!
//! StackStorm uses `json` to write in filters and `orjson` to read and to carry values through templates. They differ in
//! what they accept and in blanks, so both are here.

mod convert;
mod read;
mod write;

pub use convert::{from_json, to_json};
pub use read::{Reader, loads};
pub use write::{Layout, Library, dumps};

#[cfg(test)]
mod tests;
