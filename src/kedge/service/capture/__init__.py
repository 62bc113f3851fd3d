"""What becomes of a journal: it is shipped, told about, watched, and its settings are changed."""
