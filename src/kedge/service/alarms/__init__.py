"""Alarms: which there are, how they stand, and what became of them."""
