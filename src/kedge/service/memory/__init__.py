"""Profiles as memory: which there are, rolled up by day and month, and merged for any interval."""
