"""Embeddings: vectors of texts, images or anything else, remembered, held against a baseline, told."""
