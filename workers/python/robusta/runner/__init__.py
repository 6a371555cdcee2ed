"""What changes objects by path."""
