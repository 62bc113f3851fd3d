"""Model quality: what is remembered of labels and predictions, the documents, and the verdict."""
