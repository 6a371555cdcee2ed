//! Decides: rules, parameters, the life of an execution.
