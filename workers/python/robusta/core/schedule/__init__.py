"""Actions that run later, or again and again."""
