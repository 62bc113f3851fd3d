"""Every item of every kind: ours, one file each; those of other packages, by entry point; and a project's own.

The file's name is the item's name. A module of ours that needs an optional package says so in ``NEEDS``, a mapping
from the package to the extra that brings it. Other packages add items under ``kedge.<kind>``, and a project in a
folder of plugins, which has to be named: ``<folder>/<kind>/<name>.py``.
"""

from __future__ import annotations

import pkgutil
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from inspect import isgenerator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.errors import KedgeError, PluginError, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

KINDS: dict[str, str] = {
    "sketch": "kedge.analysis.sketches",
    "statistic": "kedge.analysis.statistics",
    "distance": "kedge.analysis.distances",
    "vector_distance": "kedge.analysis.vector_distances",
    "score": "kedge.analysis.scores",
    "check": "kedge.analysis.checks",
    "metric": "kedge.analysis.metrics",
    "bias_metric": "kedge.analysis.bias_metrics",
    "monitor": "kedge.monitors",
    "engine": "kedge.adapters.engines",
    "store": "kedge.adapters.stores",
    "predictor": "kedge.adapters.predictors",
    "renderer": "kedge.adapters.renderers",
    "sink": "kedge.adapters.sinks",
}
PLUGGABLE = ("statistic", "distance", "check", "metric")
OURS = "kedge"


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a kind: its name, where it lives, who brings it, and the optional packages it needs.

    ``source`` is ``kedge``, the name of another package, or the path of a file.
    """

    kind: str
    name: str
    module: str
    needs: Mapping[str, str] = field(default_factory=dict)
    source: str = OURS

    @property
    def missing(self) -> dict[str, str]:
        """The packages it needs that are not installed, each with the extra that brings it."""
        return {package: extra for package, extra in self.needs.items() if find_spec(package) is None}

    def load(self) -> Any:
        """Return the item itself: what its module defines under its name.

        Raises
        ------
        PluginError
            The module of a plugin fails, or defines no function of that name; and later, when that fails.
        """
        if self.source == OURS:
            return getattr(import_module(self.module), self.name)
        with _blaming(self):
            module = _executed(self.module, self.source) if self.source.endswith(".py") else import_module(self.module)
        found = getattr(module, self.name, None)
        if not callable(found):
            raise PluginError(
                f"It defines no function {self.name!r}.",
                file=_named(str(module.__file__), item=self),
                next_step=f"A {self.kind} is a function of that name.",
            )
        return _guarded(found, self)


def items(kind: str, plugins: str | None = None) -> Iterator[Item]:
    """Yield the items of a kind: ours by name, those of packages, and those of the folder ``plugins``.

    Raises
    ------
    PluginError
        Two have the same name.
    SettingError
        There is no such folder.
    """
    known: dict[str, Item] = {}
    for item in chain(_ours(kind), _of_packages(kind), _of_folder(kind, plugins) if plugins else ()):
        if (other := known.setdefault(item.name, item)) is not item:
            raise PluginError(
                f"There is a {kind} {item.name!r} already, of {other.source}.",
                file=item.source,
                next_step="Give it another name.",
            )
        yield item


def _ours(kind: str) -> Iterator[Item]:
    package = import_module(KINDS[kind])
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        module = f"{package.__name__}.{found.name}"
        yield Item(kind, found.name, module, getattr(import_module(module), "NEEDS", {}))


def _of_packages(kind: str) -> Iterator[Item]:
    for point in _added(tuple(map(_dated, sys.path))).select(group=f"kedge.{kind}"):
        yield Item(kind, point.name, point.module, source=point.dist.name if point.dist else point.module)


@lru_cache(maxsize=1)
def _added(_: tuple[tuple[str, int], ...]) -> Any:
    """Return what packages add: a file of every one of them is read, so again only after one came or went."""
    return entry_points()


def _dated(folder: str) -> tuple[str, int]:
    try:
        return folder, Path(folder).stat().st_mtime_ns
    except OSError:
        return folder, 0


def _of_folder(kind: str, plugins: str) -> Iterator[Item]:
    folder = Path(plugins)
    if not folder.is_dir():
        raise SettingError("There is no such folder.", file=plugins, field="plugins", next_step="Name one, or none.")
    for found in folder.iterdir():
        _refuse_astray(found)
    for file in sorted((folder / kind).glob("[!_]*.py")):
        yield Item(kind, file.stem, f"kedge_plugins.{kind}.{file.stem}", source=str(file))


def _refuse_astray(found: Path) -> None:
    """Refuse what would be passed over: a plugin in no folder, or in the folder of an unknown kind."""
    if found.name.startswith(("_", ".")) or found.name in PLUGGABLE:
        return
    if found.is_dir() or found.suffix == ".py":
        raise PluginError(
            f"This is not in a folder of its kind.{did_you_mean(found.stem, PLUGGABLE)}",
            file=found,
            next_step=f"The kinds are {', '.join(PLUGGABLE)}; a name that starts with _ is passed over.",
        )


def _executed(name: str, file: str) -> ModuleType:
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is no module")
    module = module_from_spec(spec)
    sys.modules[name] = module  # where dataclasses look for the names of their fields
    spec.loader.exec_module(module)
    return module


def _guarded(function: Callable[..., Any], item: Item) -> Callable[..., Any]:
    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        with _blaming(item):
            found = function(*arguments, **options)
            if item.kind == "check":
                return list(found) if isgenerator(found) else found
            if item.kind == "metric" and getattr(found, "shape", False):
                return [float(value) for value in found]  # one for each replica
            return None if found is None else float(found)

    return call


@contextmanager
def _blaming(item: Item) -> Iterator[None]:
    """Tell whatever goes wrong in a plugin with its file and line."""
    try:
        yield
    except KedgeError:
        raise
    except (Exception, SystemExit) as error:  # an exit code of a plugin's own would look like a verdict
        file, line = _place(error, item)
        raise PluginError(
            f"The {item.kind} {item.name!r} fails: {type(error).__name__}: {getattr(error, 'msg', error)}.",
            file=file,
            line=line,
            next_step="Mend it there, or take it out.",
        ) from error


def _place(error: BaseException, item: Item) -> tuple[str, int | None]:
    """Return where a plugin was when it failed: in its own code, however deep the failure lies."""
    if isinstance(error, SyntaxError) and error.filename:
        return _named(error.filename, item), error.lineno
    ours = str(Path(__file__).parent)
    theirs = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(("<", ours))]
    own = [frame for frame in theirs if frame.filename == theirs[0].filename]
    return (_named(own[-1].filename, item), own[-1].lineno) if own else (item.source, None)


def _named(file: str, item: Item) -> str:
    """Return a file by the name that the user gave it."""
    return item.source if file == str(Path(item.source).absolute()) else file
