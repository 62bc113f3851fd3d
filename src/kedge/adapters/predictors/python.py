"""A function of one's own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kedge.errors import KedgeError, PluginError, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.attribution.table import Table
    from kedge.ports import Predictor


def python(model: object, config: PredictorConfig) -> Predictor:
    """Return the predictor that calls a function, or the one at ``module:function``.

    It is given a :class:`~kedge.analysis.attribution.table.Table` of rows and returns a number, or a list of them, for
    each. A module is looked for in the present folder, too.

    Raises
    ------
    SettingError
        There is no such function.
    PluginError
        Its module fails.
    """
    del config
    name = model if isinstance(model, str) else getattr(model, "__name__", type(model).__name__)
    function: Callable[[Table], Any] = _loaded(model) if isinstance(model, str) else model  # type: ignore[assignment]

    def answer(rows: Table) -> NDArray[np.float64]:
        with _blaming(name):
            return np.asarray(function(rows))

    return answer


def _loaded(name: str) -> Any:
    module, _, function = name.partition(":")
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        with _blaming(name):
            found = import_module(module)
    except PluginError as error:
        if isinstance(error.__cause__, ModuleNotFoundError) and error.__cause__.name == module:
            raise _missing(f"There is no module {module!r} here or installed.") from None
        raise
    finally:
        sys.path.remove(here)
    if not callable(made := getattr(found, function, None)):
        raise _missing(f"{module} has no function {function!r}.{did_you_mean(function, vars(found))}")
    return made


def _missing(message: str) -> SettingError:
    return SettingError(message, field="--predictor", next_step="Give one as module:function.")


@contextmanager
def _blaming(name: str) -> Iterator[None]:
    """Tell whatever goes wrong in somebody's function by its name."""
    try:
        yield
    except KedgeError:
        raise
    except (Exception, SystemExit) as error:
        raise PluginError(
            f"The predictor fails: {type(error).__name__}: {error}.", file=name, next_step="Mend it there."
        ) from error
