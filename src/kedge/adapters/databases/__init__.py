"""Databases keep records and leases."""
