"""Where the history goes, for programs of others."""
