"""The command line: ``kedge``.

Exit codes are those of ``diff``: 0 nothing found, 1 violations, 2 an error of any kind.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from kedge.adapters.presentation.words import plain
from kedge.errors import HookError, KedgeError
from kedge.interfaces.cli import baseline, capture, check, config, doctor, ground_truth, merge, replay, show
from kedge.version import __version__

app = typer.Typer(
    help="Learn what normal looks like, hold live traffic against it, name what drifted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (baseline, check, show, merge, replay, doctor):
    name = command.__name__.rpartition(".")[2]
    app.command(name)(getattr(command, name))
app.add_typer(ground_truth.app, name="ground-truth")
app.add_typer(capture.app, name="capture")
app.add_typer(config.app, name="config")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kedge {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Learn what normal looks like, hold live traffic against it, name what drifted."""


def main() -> None:
    """Run the command line; whatever goes wrong ends with one sentence and exit code 2."""
    try:
        _run()
    except HookError as error:
        _end(*f"kedge: {error}".splitlines())
    except KedgeError as error:
        _end(f"kedge: {error}")
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except KeyboardInterrupt:
        _end("kedge: interrupted; nothing was written.")
    except MemoryError:
        _end("kedge: out of memory. Lower memory_limit or threads (kedge config show).")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _end(f"kedge: {where}{error.strerror or error}.")
    except Exception as error:
        traceback.print_exc()
        _end(f"kedge: unexpected {type(error).__name__}: {error}. This is a defect of kedge; please report it.")


def _run() -> None:
    """Run the command; what Click would end with a code of its own, such as 1, comes back as what it was."""
    try:
        app(prog_name="kedge")
    except SystemExit as end:
        cause = end.__context__ and (end.__context__.__cause__ or end.__context__)
        if isinstance(cause, (BrokenPipeError, EOFError, KeyboardInterrupt)):
            raise cause from None
        raise


def _end(*lines: str) -> None:
    # A name or a value that came with the data may be in it.
    print(*(plain(line, 2000) for line in lines if line.strip()), sep="\n", file=sys.stderr)
    sys.exit(2)
