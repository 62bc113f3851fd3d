"""Metrics: what executions leave is published as numbers over time."""
