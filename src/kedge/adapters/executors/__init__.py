"""What runs executions: each where it can do no harm."""
