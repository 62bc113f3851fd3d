"""The catalog: what is declared and what was run, and the rules that hold between them."""
