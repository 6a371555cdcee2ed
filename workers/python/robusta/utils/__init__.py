"""Small things that playbooks use."""
