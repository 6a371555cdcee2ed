//! What Prometheus knows, as graphs in findings.

pub(crate) mod ask;
mod chart;
pub(crate) mod graph;
pub(crate) mod resource;

#[cfg(test)]
mod tests;
