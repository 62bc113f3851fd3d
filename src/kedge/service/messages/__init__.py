"""Messages: alerts become groups, groups messages, and each is sent until that succeeds; what became of it is kept."""
