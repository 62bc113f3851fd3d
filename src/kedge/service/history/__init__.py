"""The history as rows of tables: what ran, what was seen, and what was found."""
