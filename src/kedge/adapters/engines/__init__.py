"""Engines read a dataset once and remember it."""
