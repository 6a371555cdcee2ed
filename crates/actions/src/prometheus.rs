//! What Prometheus knows, as graphs in findings.

pub(crate) mod ask;
pub(crate) mod bars;
mod chart;
pub(crate) mod graph;
pub(crate) mod overcommit;
pub(crate) mod resource;

#[cfg(test)]
mod tests;
