"""How one reaches kedge. Thin: translate, call, translate back; none knows another."""
