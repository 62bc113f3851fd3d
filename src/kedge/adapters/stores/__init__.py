"""Stores keep files behind URLs."""
