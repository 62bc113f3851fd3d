"""Serving with capture and no change of code: reverse proxy, model host, sink for payload loggers."""
