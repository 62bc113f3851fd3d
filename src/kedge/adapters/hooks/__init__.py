"""Hooks run the user's scripts."""
