"""Bias: whom a model favours, and whether that has changed (bias.md)."""
