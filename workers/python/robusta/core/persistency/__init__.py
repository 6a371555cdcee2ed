"""Data that outlives an action."""
