"""From files to batches: formats, layouts, records, and what to say of a record that cannot be read."""
