"""Channels and actions, ready to be given messages: one file each, with a function ``notifier``."""
