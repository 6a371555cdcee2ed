//! The wire: StackStorm's REST and SSE, and ours.
