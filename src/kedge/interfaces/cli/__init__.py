"""The command line: ``kedge``.

Exit codes are those of ``diff``: 0 nothing found, 1 violations, 2 an error of any kind.
"""

from __future__ import annotations

import os
import sys
import traceback
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from kedge.adapters.presentation.words import plain
from kedge.errors import HookError, KedgeError
from kedge.version import __version__

COMMANDS = (
    "baseline",
    "check",
    "show",
    "merge",
    "replay",
    "serve",
    "worker",
    "execute",
    "query",
    "metric",
    "alarm",
    "notification",
    "export",
    "doctor",
    "capture",
    "serve-model",
    "model",
    "ground-truth",
    "apply",
    "schedule",
    "execution",
    "catalog",
    "workspace",
    "token",
    "config",
)


class Commands(TyperGroup):
    """The commands, each loaded when it is asked for: what one needs costs another's start nothing."""

    package: str = __name__
    names: tuple[str, ...] = COMMANDS

    def list_commands(self, ctx: Any) -> list[str]:
        """Return their names, in the order of the help."""
        del ctx
        return list(self.names)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command; all are loaded where there is none of that name, and the nearest is told."""
        for name in [cmd_name] if cmd_name in self.names else self.names:
            if name not in self.commands:
                self.commands[name] = _loaded(self.package, name)
        return super().get_command(ctx, cmd_name)


def _loaded(package: str, name: str) -> Any:
    """Return the command of a file: its group ``app``, or else the function that is called as the file is."""
    file, alone = name.replace("-", "_"), typer.Typer()
    module = import_module(f"{package}.{file}")
    if hasattr(module, "app"):
        alone.add_typer(module.app, name=name)
    else:
        alone.command(name)(getattr(module, file))
    return get_group(alone).commands[name]


app = typer.Typer(
    cls=Commands,
    help="Learn what normal looks like, hold live traffic against it, name what drifted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kedge {__version__}")
        raise typer.Exit


@app.callback()
def _common(
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
    except ImportError:  # what a command needs is loaded with it; ``kedge.__main__`` says how to mend it
        raise
    except Exception as error:
        traceback.print_exc()
        _end(f"kedge: unexpected {type(error).__name__}: {error}. This is a defect of kedge; please report it.")


def _run() -> None:
    """Run the command; what Click would end with a code of its own, such as 1, comes back as what it was."""
    if isinstance(sys.stdout, TextIOWrapper):  # names that come with data may hold what no file does
        sys.stdout.reconfigure(errors="backslashreplace")
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
