"""Events, parameters and what is computed of pods."""
