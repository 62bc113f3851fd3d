"""Kedge in your tests: ``assert_no_violations`` for your data, and in ``laws`` what every sketch keeps to."""

from kedge.testing.assertions import assert_no_violations

__all__ = ["assert_no_violations"]
