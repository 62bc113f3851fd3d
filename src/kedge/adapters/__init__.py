"""One file for each thing outside: engines, stores, renderers."""
