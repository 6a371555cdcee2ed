"""Classes that are alike for every kind."""
