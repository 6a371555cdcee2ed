//! The loop: ingest, decide, schedule, supervise; hands out one Handle.
