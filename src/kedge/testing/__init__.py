"""The laws, for us and for the authors of plugins; needs Hypothesis."""
