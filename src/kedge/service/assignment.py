"""What an execution is given to do, and what it says at the end: documents between a worker and its child."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime, timedelta  # fields of these types are told by their annotations
from typing import Any, Final, Self, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from kedge.domain.catalog import MERGED, Endpoint, ExecutionStatus, JobDefinition, PlainFiles, Step, shortened
from kedge.domain.documents import to_document
from kedge.domain.ground_truth import Truth
from kedge.domain.window import Window
from kedge.errors import DocumentError, KedgeError, MissingDependency, SettingError, did_you_mean

REPORT: Final = "report"  # below the working folder: what is published
OUTCOME: Final = "outcome.json"
ASSIGNMENT: Final = "assignment.json"
NOTHING: Final = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What one execution is to do, and all that it takes.

    Parameters
    ----------
    definition
        What is done.
    endpoint, dataset
        What it looks at: one of the two.
    window
        What is analysed, before the definition's offsets.
    scheduled_time
        Its slot, which stands in what it leaves as the time of the verdict.
    baseline
        The folder or URL of what it is held against.
    previous
        The report of the verdict before, where a window is judged again.
    schedule
        The name of its schedule, if it has one.
    """

    definition: JobDefinition
    window: Window
    scheduled_time: datetime
    endpoint: Endpoint | None = None
    dataset: PlainFiles | None = None
    baseline: str = ""
    previous: str | None = None
    schedule: str = ""

    @property
    def source(self) -> Endpoint | PlainFiles:
        """The endpoint or dataset."""
        found = self.endpoint or self.dataset
        if found is None:
            raise SettingError(
                "There is nothing to look at.", field="endpoint", next_step="Name an endpoint or a dataset."
            )
        return found

    @property
    def span(self) -> Window:
        """The window that is read, with the offsets."""
        start, end = self.definition.start_time_offset, self.definition.end_time_offset
        return self.window.shifted(start or NOTHING, end or NOTHING)

    @property
    def places(self) -> tuple[str, ...]:
        """Where the data is: the folder of an endpoint, or of its only variant that counts, or the dataset."""
        if self.endpoint is None:
            return (self.dataset.url,) if self.dataset else ()
        folder = f"{self.endpoint.captures.rstrip('/')}/{self.endpoint.name}"
        variants = self.definition.variants or self.endpoint.variants
        return tuple(f"{folder}/{variant}" for variant in variants) or (folder,)

    @property
    def truth(self) -> Truth | None:
        """Where the labels are, for what is joined with them."""
        url = self.definition.ground_truth or (self.endpoint.ground_truth if self.endpoint else None)
        joined = url and self.definition.monitoring_type in MERGED
        return Truth(url, self.definition.id) if url and joined else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an execution went; while it goes on, how far it came.

    Parameters
    ----------
    status, exit_message, failure_reason, next_step, steps, rows, violations, coverage
        As of :class:`kedge.domain.catalog.Execution`.
    files
        What is to be published, in order: the last says that all are there.
    """

    status: ExecutionStatus = "InProgress"
    exit_message: str | None = None
    failure_reason: str | None = None
    next_step: str | None = None
    steps: tuple[Step, ...] = ()
    rows: int | None = None
    violations: int | None = None
    coverage: float | None = None
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: KedgeError, **told: Any) -> Self:
        """Return the failure that an error means: where and what, and apart from it what to do."""
        where = KedgeError(error.message, file=error.file, line=error.line, field=error.field)
        return cls(status="Failed", failure_reason=shortened(str(where)), next_step=error.next_step, **told)

    def to_json(self) -> str:
        """Return it as a document."""
        return json.dumps(to_document(self), indent=2)


def read_assignment(content: bytes, file: str, **given: Any) -> Assignment:
    """Read an assignment, JSON or YAML; what is ``given`` takes the place of what it says.

    Raises
    ------
    DocumentError
        It is none.
    """
    raw = _parsed(content, file)
    if not isinstance(raw, dict) or "definition" not in raw:
        raise DocumentError("This is no definition of a job.", file=file, next_step=EXAMPLE)
    definition = {"name": "execution", **(raw["definition"] or {})}
    raw = {"baseline": definition.get("baseline") or "", **raw, **given, "definition": definition}
    _known(Assignment, raw, file, "")
    try:
        return TypeAdapter(Assignment).validate_python(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise DocumentError(
            f"{first['msg']}. Found {first['input']!r}.", file=file, field=".".join(map(str, first["loc"]))
        ) from None


EXAMPLE: Final = (
    'Write {"endpoint": {"name": "fraud", "captures": "captures/"}, "definition": {"baseline": "baseline/"}}.'
)


def _parsed(content: bytes, file: str) -> Any:
    if not file.endswith((".yaml", ".yml")):
        try:
            return json.loads(content)
        except ValueError as error:
            raise DocumentError(f"This is not JSON: {error}.", file=file, next_step="Mend it.") from None
    try:
        import yaml
    except ImportError:
        raise MissingDependency("pyyaml", "A YAML file", "server") from None
    try:
        return yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise DocumentError(f"This is not YAML: {error}.", file=file, next_step="Mend it.") from None


def _known(cls: Any, raw: Any, file: str, place: str) -> None:
    """Refuse a name that nothing is called by, here or below."""
    hints = get_type_hints(cls)
    names = {field.name: hints[field.name] for field in fields(cls)}
    for name, value in raw.items() if isinstance(raw, dict) else ():
        if name not in names:
            near = did_you_mean(str(name), names)
            raise DocumentError(f"There is no field of this name.{near}", file=file, field=f"{place}{name}")
        inner = next((part for part in (names[name], *get_args(names[name])) if is_dataclass(part)), None)
        if inner:
            _known(inner, value, file, f"{place}{name}.")
