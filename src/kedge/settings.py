"""Settings: defaults < ``kedge.toml`` < ``KEDGE_*`` < flags; unknown keys are refused."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kedge.domain.secret import Secret, SecretUrl
from kedge.errors import SettingError, did_you_mean

SIZE = r"^\d+(\.\d+)? ?([KMGT]i?B|B)$"
FILE = Path("kedge.toml")
PREFIX = "KEDGE_"
# Variables of the project's own tests, which are no settings.
FOREIGN = ("KEDGE_TEST_",)
TOLD = frozenset(("KEDGE_ALARM", "KEDGE_STATE", "KEDGE_NOTIFICATION", "KEDGE_PUBLISH"))  # what actions are given
# Of these an unusable value is not shown: it may be the secret itself, where the place of it is wanted.
SECRET = frozenset(("admin_token", "capture_key", "database", "token", "oidc_client_secret"))
TOKEN = "KEDGE_TOKEN"  # who asks a server: it is read where it is needed, and shown nowhere
# What only the server goes by: no option of a job.
SERVER = frozenset(
    (
        "data",
        "database",
        "listen",
        "output",
        "execution_memory",
        "jitter_seconds",
        "lease_seconds",
        "late_days",
        "metric_days",
        "metric_fine_days",
        "metric_sinks",
        "notification_days",
        "pass_environment",
        "script_environment",
        "containers",
        "container_network",
        "workspace",
        "allowed_places",
        "allowed_programs",
        "allowed_addresses",
        "hosts",
        "most_body",
        "rate",
        "tls_cert",
        "tls_key",
        "oidc_issuer",
        "admin_token",
        "oidc_client_id",
        "oidc_client_secret",
        "oidc_claim",
        "oidc_roles",
        "public_url",
        "server",
        "token_file",
    )
)


def _hidden(cls: type[Secret]) -> BeforeValidator:
    return BeforeValidator(lambda value: cls.of(value) if isinstance(value, str) else value)


Hidden = Annotated[Secret, _hidden(Secret)]
HiddenUrl = Annotated[SecretUrl, _hidden(SecretUrl)]


class Settings(BaseModel):
    """What can be set once for every command.

    Parameters
    ----------
    sample_rows
        Rows that a profile remembers whole; 0 remembers none.
    raw_values
        Whether profiles keep rows and texts as they are; else no row, and of texts only hashes.
    score
        How rows that stand out are found: an item of the kind ``score``.
    unreadable_share
        Above this share of unreadable records, 0 to 1, a run fails.
    threads
        Threads that read and sketch; unset takes one a processor.
    memory_limit
        What reading may use before it spills to disk, such as ``2GB``; unset leaves it to DuckDB.
    hook_timeout_seconds
        How long a script may take to load, for one record, and to end.
    hook_memory
        What the process of a script may use, such as ``2GB``, where the platform can bound it.
    plugins
        The folder of the project's own statistics, distances and checks; unset loads none.
    capture_key
        Where the key is that opens sealed captures: ``file:PATH``, ``env:NAME`` or ``kms:KEY``; never the key itself.
    data
        The server's folder: its database, and what it writes.
    database
        The URL of a database that several servers share, or where it is: ``file:PATH``, ``env:NAME``; unset takes a
        file in ``data``.
    listen
        Where the server takes requests over HTTP: ``HOST:PORT``; port 0 takes a free one, and ``none`` takes none.
    output
        The folder or URL for reports; unset takes one in ``data``.
    execution_memory
        What an execution may use, such as ``4GB``, where its definition says nothing.
    jitter_seconds
        Up to how long after its slot an execution starts; of each schedule always the same.
    lease_seconds
        How long a worker or a scheduler may be silent before another takes over.
    late_days
        How long after its slot a window is judged again when data or labels come for it; 0 never does.
    metric_days
        How long points of metrics are kept, and how alarms stood.
    metric_fine_days
        How long they are kept as they came; later those of an hour are one.
    metric_sinks
        Where they go besides, with commas between them, such as ``otlp:https://collector:4318``; unset sends none.
    notification_days
        How long messages are kept, with what became of them.
    pass_environment
        Names of variables that executions see, with commas between them, such as ``AWS_*``; unset shows none.
    script_environment
        The same for the user's own scripts and analyzers, beside those that their definition gives them.
    containers
        The program that runs container images: ``docker``, or one that takes the same arguments.
    container_network
        The network of a container, as that program names it.
    workspace
        Whose catalog commands show and change.
    allowed_places
        The folders and prefixes of URLs that requests may name, with commas between them; unset allows the folder
        ``files`` in ``data``, and everything where nobody logs in.
    allowed_programs
        Which programs of their own requests may name: ``none``, ``scripts``, ``all``; unset is ``none``, and ``all``
        where nobody logs in.
    allowed_addresses
        Networks and hosts that may be called though they are private, with commas between them; ``*`` allows all.
    hosts
        Names under which the server is asked, with commas between them, besides the one that it listens to.
    most_body
        The largest body of a request, such as ``32MB``.
    rate
        How many requests a caller may send, such as ``50/s`` or ``600/m``; 0 is no bound. Unset is ``100/s`` where
        callers log in.
    tls_cert, tls_key
        The files of the server's certificate and of its key; unset serves without TLS.
    admin_token
        A token that may do everything, or where it is: the first one of a server that nobody has made one for.
    oidc_issuer, oidc_client_id, oidc_client_secret
        Who people log in with by OpenID Connect, and what this server is there; the secret, or where it is.
    oidc_claim
        The claim of an identity that says what somebody may do.
    oidc_roles
        What each value of that claim may do, such as ``ml-team=fraud:operator, admins=*:admin``.
    public_url
        The URL under which people reach the server, where that is not where it listens.
    server
        The URL of a server that commands ask, such as ``http://127.0.0.1:8750``; unset takes the database.
    token_file
        The file of the token that it is shown, where the environment has no ``KEDGE_TOKEN``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    sample_rows: int = Field(default=256, ge=0, le=100_000)
    raw_values: bool = True
    score: str = "robust"
    unreadable_share: float = Field(default=0.01, ge=0, le=1)
    threads: int | None = Field(default=None, ge=1)
    memory_limit: str | None = Field(default=None, pattern=SIZE)
    hook_timeout_seconds: float = Field(default=60, gt=0)
    hook_memory: str = Field(default="2GB", pattern=SIZE)
    plugins: str | None = None
    capture_key: str | None = Field(default=None, pattern=r"^(file|env|kms):.+")
    data: str = "kedge-data"
    database: HiddenUrl | None = None
    listen: str = "127.0.0.1:8750"
    output: str | None = None
    execution_memory: str = Field(default="4GB", pattern=SIZE)
    jitter_seconds: float = Field(default=0, ge=0)
    lease_seconds: float = Field(default=60, gt=0)
    late_days: float = Field(default=7, ge=0)
    metric_days: float = Field(default=455, gt=0)
    metric_fine_days: float = Field(default=63, ge=0)
    metric_sinks: str | None = None
    notification_days: float = Field(default=90, gt=0)
    pass_environment: str | None = None
    script_environment: str | None = None
    containers: str = "docker"
    container_network: str = "none"
    workspace: str = "default"
    allowed_places: str | None = None
    allowed_programs: Literal["none", "scripts", "all"] | None = None
    allowed_addresses: str | None = None
    hosts: str | None = None
    most_body: str = Field(default="32MB", pattern=SIZE)
    rate: str | None = Field(default=None, pattern=r"^(0|[1-9]\d*/[smh])$")
    tls_cert: str | None = None
    tls_key: str | None = None
    admin_token: Hidden | None = None
    oidc_issuer: str | None = None
    oidc_client_id: str | None = None
    oidc_client_secret: Hidden | None = None
    oidc_claim: str = "groups"
    oidc_roles: str | None = None
    public_url: str | None = Field(default=None, pattern=r"^https?://")
    server: str | None = None
    token_file: str | None = None


def load(file: Path = FILE, **flags: Any) -> tuple[Settings, dict[str, str]]:
    """Return the settings and, for each, where its value came from.

    Raises
    ------
    SettingError
        A key is unknown, or a value is not usable.
    """
    layers = {str(file): _file(file), "environment": _environment()}
    layers["flag"] = {name: value for name, value in flags.items() if value is not None}
    values: dict[str, Any] = {}
    sources = dict.fromkeys(Settings.model_fields, "default")
    for source, layer in layers.items():
        _known(layer, source)
        values |= layer
        sources |= dict.fromkeys(layer, source)
    try:
        return Settings(**values), sources
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        found = "It is not shown." if name in SECRET else f"Found {first['input']!r}."
        raise SettingError(
            f"{first['msg']}. {found}",
            file=sources[name],
            field=name,
            next_step="Change it there.",
        ) from None


def size_bytes(text: str) -> int:
    """Return a size in bytes: steps of 1000 for ``GB``, of 1024 for ``GiB``.

    >>> size_bytes("2GB"), size_bytes("1.5 KiB"), size_bytes("10B")
    (2000000000, 1536, 10)
    """
    number = text.rstrip("BiKMGT ")
    unit = text.removeprefix(number).strip()
    return int(float(number) * (1024 if "i" in unit else 1000) ** "BKMGT".index(unit[0]))


def _file(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"This is not TOML: {error}.", file=file, next_step="Mend that line.") from None


def _environment() -> dict[str, Any]:
    return {
        name.removeprefix(PREFIX).lower(): value
        for name, value in os.environ.items()
        if name.startswith(PREFIX) and not name.startswith(FOREIGN) and name not in (TOKEN, *TOLD)
    }


def _known(layer: dict[str, Any], source: str) -> None:
    for name in layer.keys() - Settings.model_fields.keys():
        raise SettingError(
            f"There is no setting of this name.{did_you_mean(name, Settings.model_fields)}",
            file=source,
            field=name,
            next_step="kedge config show lists them.",
        )
