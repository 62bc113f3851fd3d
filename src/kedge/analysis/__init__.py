"""Pure: from batches to sketches, from sketches to statistics, distances, checks and violations."""
