//! Catalogue: what produces events. A source sees neither the engine nor the store: it hands what happened to whoever
//! started it, and is told when that is durable.
