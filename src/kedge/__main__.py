"""The command ``kedge``, also as ``python -m kedge``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; an installation that cannot be loaded ends with one sentence and exit code 2, too."""
    try:
        from kedge.interfaces import cli

        cli.main()
    except ImportError as error:
        mend = f"{sys.executable} -m pip install --force-reinstall kedge"
        print(f"kedge: A package that kedge needs cannot be loaded: {error}. Mend it: {mend}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
