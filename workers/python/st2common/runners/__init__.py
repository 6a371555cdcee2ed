"""What actions are made of."""
