//! Catalogue: actions that Squall brings itself, written in Rust; one file an action. They are named as Robusta's are, take
//! the same parameters, and do the same, without a Python interpreter.
