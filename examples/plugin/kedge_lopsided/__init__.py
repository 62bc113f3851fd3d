"""A statistic, a distance and a check for kedge."""
