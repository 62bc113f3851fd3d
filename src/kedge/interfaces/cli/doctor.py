"""``kedge doctor``: what is installed, what is missing, the command that adds it; which channels and actions fail."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from typer import Exit, echo

from kedge.errors import PluginError
from kedge.interfaces.cli import options
from kedge.interfaces.cli.deliveries import receivers
from kedge.interfaces.cli.place import Where
from kedge.interfaces.cli.reading import takes
from kedge.interfaces.cli.terminal import output as console
from kedge.registry import KINDS, OURS, items
from kedge.settings import load
from kedge.version import __version__

if TYPE_CHECKING:
    from kedge.registry import Item

PACKAGES = {
    "duckdb": "",
    "jinja2": "",
    "nanoarrow": "",
    "numpy": "",
    "pydantic": "",
    "rich": "",
    "typer": "",
    "obstore": "remote",
    "scipy": "stats",
    "jmespath": "jmespath",
    "scikit-learn": "forest",
    "xgboost": "xgboost",
    "onnxruntime": "onnx",
    "shap": "shap",
    "httptools": "endpoint",
    "cryptography": "encryption",
    "httpx": "client",
    "sqlalchemy": "server",
    "fastapi": "server",
    "psutil": "server",
    "psycopg": "postgresql",
    "authlib": "oidc",
    "opentelemetry-exporter-otlp-proto-http": "otel",
    "skops": "skops",
    "mlflow-skinny": "mlflow",
}
USED_FOR = {
    "duckdb": "reading files",
    "jinja2": "the report's page",
    "nanoarrow": "batches and frames",
    "numpy": "sketches",
    "pydantic": "documents and settings",
    "rich": "tables and progress bars",
    "typer": "the command line",
    "obstore": "s3://, gs:// and az:// URLs",
    "scipy": "the distances t_test, kolmogorov_smirnov, ChiSquared",
    "jmespath": "--input-rows and --output-rows",
    "scikit-learn": "--score isolation_forest, and its models",
    "xgboost": "models of XGBoost",
    "onnxruntime": "models in the ONNX format",
    "shap": "exact attributions of trees",
    "httpx": "servers elsewhere: --server, kedge.Client",
    "httptools": "kedge capture proxy; kedge serve-model at its best",
    "cryptography": "sealed captures",
    "sqlalchemy": "kedge serve, and all that knows its catalog",
    "fastapi": "the REST interface of kedge serve",
    "psutil": "limits of executions",
    "psycopg": "a postgresql:// database",
    "authlib": "logins of people, by OpenID Connect",
    "opentelemetry-exporter-otlp-proto-http": "the sink otlp",
    "skops": "models of scikit-learn that run no code",
    "mlflow-skinny": "models of MLflow",
}


@takes(Where)
def doctor(where: Where, plugins: options.Plugins = None) -> None:
    """Show what is installed, what is missing, the command that adds it; and which channels and actions fail."""
    echo(f"kedge {__version__}, Python {platform.python_version()} on {platform.system()} {platform.machine()}")
    packages = Table("package", "version", "used for", "to add it", box=None, pad_edge=False)
    for package, extra in PACKAGES.items():
        found = _version(package)
        add = "" if found else f"{sys.executable} -m pip install " + (f"'kedge[{extra}]'" if extra else package)
        packages.add_row(package, found or "missing", USED_FOR[package], add)
    kinds = Table("kind", "items", box=None, pad_edge=False)
    for kind in KINDS:
        kinds.add_row(kind, ", ".join(i.name + _lacking(i.missing) for i in items(kind) if i.source == OURS))
    screen = console()
    screen.print(packages, "", kinds, sep="\n")
    settings, _ = load(plugins=plugins)
    faults: list[str] = []
    added = Table("plugin", "kind", "from", "state", box=None, pad_edge=False)
    for item in (item for kind in KINDS for item in items(kind, settings.plugins) if item.source != OURS):
        fault = _fault(item)
        faults += [fault] if fault else []
        added.add_row(*map(Text, (item.name, item.kind, item.source, "fails" if fault else "fine")))
    if added.row_count:
        screen.print("", added, sep="\n")
    faults += receivers(where)
    for fault in faults:
        echo(fault)
    raise Exit(2 if faults else 0)


def _fault(item: Item) -> str | None:
    try:
        item.load()
    except PluginError as error:
        return str(error)
    return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _lacking(missing: dict[str, str]) -> str:
    return f" (needs {', '.join(missing)})" if missing else ""
