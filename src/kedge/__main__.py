"""``python -m kedge``."""

from kedge.interfaces.cli import main

main()
