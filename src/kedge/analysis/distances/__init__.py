"""How far a window is from its baseline: pure functions of two features. One file an item."""
