"""What playbooks are made of."""
