"""How good the answers of a model were: the joint sketch of label and answer, and what it tells."""
