//! The product from outside: one test binary, one file per user story, and the rules of the house.
#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "all of this is tests, where a panic is the verdict"
)]

mod tidy;
