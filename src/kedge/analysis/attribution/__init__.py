"""Which features a model's answers come from, and whether that has changed. Pure: the predictor is handed in."""
