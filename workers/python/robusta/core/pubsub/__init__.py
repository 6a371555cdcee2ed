"""Notes from actions to whoever listens."""
