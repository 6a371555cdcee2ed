//! Cases computed by CPython 3.11.
