//! Python-like values and the small languages over them.
//!
//! StackStorm's users write Jinja templates, JSONPath keys and YAML files whose meaning is defined by Python. This crate
//! has one value type that behaves as Python's do ([`value::Value`]), and the languages that read and make such values.
//! No I/O and no clock; every evaluation is bounded in steps, depth and output.
//!
//! Reading order: [`value`], then [`yaml`], [`jsonpath`], [`regex`], [`keyczar`], [`jinja`].

pub mod dates;
pub mod jinja;
pub mod jsonpath;
pub mod keyczar;
pub mod regex;
pub mod value;
pub mod yaml;
