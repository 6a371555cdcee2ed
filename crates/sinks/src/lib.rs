//! Catalogue: where findings go; one file a sink. A sink turns a finding into the messages of a service, within that
//! service's limits. It neither waits nor tries again: whoever delivers does that.
