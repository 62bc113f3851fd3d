"""What those who ask over the network may have a server reach: places, addresses, programs.

A setting that is unset bounds nothing: whoever is on the machine may name what they could read themselves. Where people
and programs log in, :func:`bounded` puts the careful values in the place of what is unset.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal

from kedge.domain.access import DEFAULT
from kedge.domain.action import Action
from kedge.domain.addresses import Addresses
from kedge.domain.catalog import Baseline, Endpoint, JobDefinition, PlainFiles, from_record, is_reference
from kedge.domain.channel import Channel
from kedge.domain.secret import REFERENCE
from kedge.errors import NotAllowed
from kedge.service.access.places import Places, exposed
from kedge.service.access.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kedge.domain.access import WorkspaceSettings
    from kedge.domain.record import Change, Query, Record
    from kedge.ports import Records
    from kedge.settings import Settings

Programs = Literal["none", "scripts", "all"]

PROGRAMS: Final[tuple[Programs, ...]] = ("none", "scripts", "all")  # each allows what the one before it does
FILES: Final = "files"  # below the server's folder: what requests may name where nothing is set
CODE: Final = (".pkl", ".joblib", ".py")  # reading one of these runs it
_NAMED: Final[dict[str, tuple[type[Any], tuple[str, ...]]]] = {
    "endpoint": (Endpoint, ("captures", "ground_truth")),
    "dataset": (PlainFiles, ("url",)),
    "baseline": (Baseline, ("url", "learned_from")),
    "definition": (JobDefinition, ("baseline", "ground_truth", "config_uri", "output")),
    "channel": (Channel, ()),
    "action": (Action, ()),
}
_CALLED: Final = ("webhook", "alertmanager", "http")  # of a channel and an action: servers that get messages
_REFERRED: Final = ("url", "secret", *_CALLED)  # and what may say where a secret is
_SCRIPTS: Final = ("record_preprocessor_source_uri", "post_analytics_processor_source_uri")


@dataclass(frozen=True)
class Reach:
    """What somebody may have the server reach.

    Parameters
    ----------
    places
        Which folders and prefixes they may name.
    addresses
        Which hosts they may have called.
    programs
        Whether they may name scripts, below these places, or programs of any kind.
    receivers
        Which hosts may get messages: no private ones that nobody allowed, whoever asks.
    secrets
        What they may name in the place of a secret.
    own
        Where the server keeps the baselines that it learned.
    """

    places: Places = field(default_factory=lambda: Places(everywhere=True))
    addresses: Addresses = field(default_factory=lambda: Addresses(every=True))
    programs: Programs = "all"
    receivers: Addresses = field(default_factory=Addresses)
    secrets: Secrets = field(default_factory=Secrets)
    own: Places = field(default_factory=Places)

    @classmethod
    def of(cls, settings: Settings, *, admin: bool = True) -> Reach:
        """Return what settings allow, to an admin or to others."""
        wanted = "all" if settings.allowed_programs is None else settings.allowed_programs
        places = places_of(settings)
        return cls(
            places=places,
            addresses=addresses_of(settings),
            programs=wanted if admin or settings.allowed_programs is None else _least(wanted, "scripts"),
            receivers=Addresses.of(settings.allowed_addresses),
            secrets=Secrets(places=places, every=settings.allowed_places is None),
        )

    def check(self, resource: object, known: object = None) -> None:
        """Refuse a resource that names what may not be reached; what was named before, ``known``, may stay.

        Raises
        ------
        NotAllowed, SettingError
            It does, or names it oddly; ``field`` names the field.
        """
        for name, value in _changed(resource, known):
            if isinstance(resource, Baseline) and name == "url" and self.own.holds(value):
                continue
            self.places.check(value, name)
        if isinstance(resource, JobDefinition):
            self._check_programs(resource, known)
        if isinstance(resource, Channel | Action):
            self._check_receiver(resource, known)

    def below(self, workspace: WorkspaceSettings, own: str) -> Reach:
        """Return what of it lies below the places of a workspace, whose own baselines are at ``own``."""
        places = self.places.narrowed(workspace.places)
        every = self.secrets.every and workspace.name == DEFAULT
        secrets = Secrets(workspace.credentials, places, every)
        return replace(self, places=places, secrets=secrets, own=Places.of("", own))

    def with_own(self) -> Reach:
        """Return what the server reaches for it: also the baselines that it learned."""
        places = self.places
        return self if places.everywhere else replace(self, places=Places((*places.allowed, *self.own.allowed)))

    def over(self, records: Records) -> Records:
        """Return records into which nothing gets that may not be reached."""
        return _Checked(records, self)

    def _check_programs(self, definition: JobDefinition, known: object) -> None:
        for name in _SCRIPTS:
            value = getattr(definition, name)
            if value and value != getattr(known, name, None):
                self._allow("scripts", name)
                self.places.check(value, name)
        if definition.program and definition.program != getattr(known, "program", None):
            self._allow("all", "program")
        if definition.predictor and definition.predictor != getattr(known, "predictor", None):
            self._check_predictor(definition.predictor)
        if definition.program or any(getattr(definition, name) for name in _SCRIPTS):
            self._check_environment(definition, known, "all" if definition.program else "scripts")

    def _check_receiver(self, receiver: Channel | Action, known: object) -> None:
        said = {name: getattr(receiver, name, None) for name in (*_REFERRED, "handler", "command")}
        for name, value in said.items():
            if not value or value == getattr(known, name, None):
                continue
            if name == "command":
                self._allow("all", name)
            elif name == "handler":
                self._allow("scripts", name)
                self.places.check(value, name)
            elif REFERENCE.fullmatch(value):
                self.secrets.check(value, name)
            elif name in _CALLED:
                self.receivers.check(value, name)
        if isinstance(receiver, Action) and (receiver.command or receiver.handler):
            self._check_environment(receiver, known, "all" if receiver.command else "scripts")

    def _check_environment(self, code: JobDefinition | Action, known: object, wanted: Programs) -> None:
        """Refuse other variables of code than before to who may not name it: some of them say what runs."""
        if code.environment != getattr(known, "environment", {}):
            self._allow(wanted, "environment")

    def _check_predictor(self, predictor: str) -> None:
        if predictor.lower().startswith(("http:", "https:")):
            self.addresses.check(predictor, "predictor")
            return
        suffix = PurePosixPath(predictor).suffix.lower()
        if ":" in predictor and "://" not in predictor:
            self._allow("all", "predictor")
            return
        if suffix in CODE:
            self._allow("scripts", "predictor")
        self.places.check(predictor, "predictor")

    def _allow(self, wanted: Programs, field: str) -> None:
        if PROGRAMS.index(self.programs) < PROGRAMS.index(wanted):
            what = "script, nor a model that runs one when it is read" if wanted == "scripts" else "program"
            what = f"variables of a {what.partition(',')[0]}" if field == "environment" else what
            raise NotAllowed(
                f"You may name no {what}: it would run as the server does.",
                field=field,
                next_step="Leave it out, or have the operator allow it: allowed_programs.",
            )


def bounded(settings: Settings) -> Settings:
    """Return the settings of a server that others reach: what is unset is bounded, and what is its own is not shown.

    Raises
    ------
    SettingError
        Places that requests may name hold something of the server itself.
    """
    data = Path(settings.data).absolute()
    made = settings.model_copy(
        update={
            "allowed_places": f"{data}/{FILES}" if settings.allowed_places is None else settings.allowed_places,
            "allowed_programs": settings.allowed_programs or "none",
            "allowed_addresses": settings.allowed_addresses or "",
        }
    )
    exposed(places_of(made), [data / "kedge.db", *_own_files(settings)])
    Addresses.of(made.allowed_addresses)
    return made


def places_of(settings: Settings, *more: str) -> Places:
    """Return the places that settings allow, and some more."""
    return Places(everywhere=True) if settings.allowed_places is None else Places.of(settings.allowed_places, *more)


def secrets_of(settings: Settings, workspace: WorkspaceSettings) -> Secrets:
    """Return the secrets that settings, of a server, have a workspace name."""
    every = settings.allowed_places is None and workspace.name == DEFAULT
    return Secrets(workspace.credentials, places_of(settings).narrowed(workspace.places), every)


def addresses_of(settings: Settings) -> Addresses:
    """Return the addresses that settings allow."""
    return Addresses(every=True) if settings.allowed_addresses is None else Addresses.of(settings.allowed_addresses)


def _own_files(settings: Settings) -> Iterator[str]:
    """Yield the files that only the server itself may read."""
    references = [
        settings.capture_key,
        *(s.reference for s in (settings.database, settings.admin_token, settings.oidc_client_secret) if s),
    ]
    yield from (text.removeprefix("file:") for text in references if text and text.startswith("file:"))
    if settings.tls_key:
        yield settings.tls_key
    url = settings.database.reveal() if settings.database else ""
    if url.startswith("sqlite:///") and url != "sqlite:///":
        yield url.removeprefix("sqlite:///")


def _changed(resource: object, known: object) -> Iterator[tuple[str, str]]:
    """Yield the fields that name places, if they name others than before."""
    names = next((names for cls, names in _NAMED.values() if isinstance(resource, cls)), ())
    for name in names:
        value = getattr(resource, name)
        if value and value != getattr(known, name, None) and not _of_catalog(resource, name, value):
            yield name, value


def _of_catalog(resource: object, name: str, value: str) -> bool:
    return isinstance(resource, JobDefinition) and name == "baseline" and is_reference(value)


def _least(one: Programs, other: Programs) -> Programs:
    return PROGRAMS[min(PROGRAMS.index(one), PROGRAMS.index(other))]


@dataclass(frozen=True)
class _Checked:
    """Records over others: what is put is looked at."""

    records: Records
    reach: Reach

    def get(self, kind: str, name: str) -> Record | None:
        return self.records.get(kind, name)

    def put(self, record: Record, by: str) -> Record:
        if record.kind in _NAMED:
            cls, _ = _NAMED[record.kind]
            known = self.records.get(record.kind, record.name)
            self.reach.check(from_record(cls, record), from_record(cls, known) if known else None)
        return self.records.put(record, by)

    def list(self, query: Query) -> list[Record]:
        return self.records.list(query)

    def delete(self, record: Record, by: str) -> None:
        self.records.delete(record, by)

    def changes(self, kind: str, name: str) -> Sequence[Change]:
        return self.records.changes(kind, name)
