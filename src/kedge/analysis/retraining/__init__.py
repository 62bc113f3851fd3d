"""When a model is worth retraining: the last labelled rows, and a policy that looks at them."""
