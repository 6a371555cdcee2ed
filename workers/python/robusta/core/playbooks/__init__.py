"""Actions, and what several of them share."""
