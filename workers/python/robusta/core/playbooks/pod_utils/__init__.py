"""What is told about pods in trouble."""
