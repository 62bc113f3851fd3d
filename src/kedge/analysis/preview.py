"""What a check would meet, told from a few rows: a remark a line, the way linters do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, computed_field

from kedge.analysis.batch import Kind
from kedge.analysis.drift import SERVICE, method_of
from kedge.analysis.evaluate import evaluate
from kedge.analysis.overrides import monitoring_configs
from kedge.analysis.report import Reading
from kedge.errors import KedgeError, MissingDependency, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.batch import Batch
    from kedge.analysis.documents import Constraints
    from kedge.analysis.items import Items
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import Baseline, Finding, Mode

Level = Literal["error", "warning", "note"]
# The kinds of values that a type admits by default (checks/data_type.py).
ADMITTED = {
    "Integral": (Kind.MISSING, Kind.INTEGRAL),
    "Fractional": (Kind.MISSING, Kind.INTEGRAL, Kind.FRACTIONAL),
}
COLUMNS = ("missing_column_check", "extra_column_check", "data_type_check")


class Remark(BaseModel):
    """One thing to know before the check: an ``error`` ends it, a ``warning`` would be a violation or nearly one."""

    level: Level
    message: str
    file: str | None = None
    line: int | None = None
    field: str | None = None
    next_step: str | None = None

    @classmethod
    def of(cls, error: KedgeError) -> Remark:
        """Return what an error says."""
        file = None if error.file is None else str(error.file)
        step = error.next_step
        return cls(level="error", message=error.message, file=file, line=error.line, field=error.field, next_step=step)


class Preview(BaseModel):
    """What was looked at, and what there is to say of it."""

    data: str
    baseline: str
    files_found: int = 0
    bytes_found: int = 0
    variants: list[str] = []
    hours: tuple[str, str] | None = None
    columns: list[str] = []
    reading: Reading = Reading()
    remarks: list[Remark] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def runs(self) -> bool:
        """Whether the check would come to a verdict."""
        return all(remark.level != "error" for remark in self.remarks)

    def count(self, level: Level) -> int:
        """Return how many remarks are of a level."""
        return sum(remark.level == level for remark in self.remarks)


@dataclass
class Strays:
    """Watches for the first value of each column that is not of the expected type, and the row it stands in."""

    expected: Mapping[str, str]
    rows: int = 0
    found: dict[str, tuple[int, Any]] = field(default_factory=dict)

    def update(self, batch: Batch) -> None:
        """See one batch."""
        for name, column in batch.columns.items():
            admitted = ADMITTED.get(self.expected.get(name, ""))
            if admitted and name not in self.found:
                strays = np.flatnonzero(~np.isin(column.kinds, admitted))
                if strays.size:
                    self.found[name] = (self.rows + int(strays[0]), column.value(int(strays[0])))
        self.rows += len(batch)


def requirements(baseline: Baseline, mode: Mode, items: Items) -> Iterator[Remark]:
    """Yield what the baseline asks for and is not there: packages, and what distances are computed from."""
    yield from (Remark.of(error) for error in _lacking(baseline.constraints, mode, items).values())
    if not baseline.profiles:
        source = "its statistics.json" if baseline.statistics else "nothing, so there will be none"
        yield Remark(
            level="note" if baseline.statistics else "warning",
            message=f"The baseline has no profile.json: distances are computed from {source}.",
            file=baseline.source,
            next_step="Learn it anew to have all of them: kedge baseline.",
        )


def _lacking(constraints: Constraints, mode: Mode, items: Items) -> dict[str, MissingDependency]:
    configs = monitoring_configs(constraints, mode, items.distances)
    found = {}
    for feature in constraints.features:
        config = configs[feature.name].distribution_constraints
        method = method_of(config, feature.inferred_type == "String")
        distance = items.distances[SERVICE.get(method, method)]
        for package, extra in distance.missing.items() if config.perform_comparison == "Enabled" else ():
            found[package] = MissingDependency(package, f"The distance {distance.name}", extra)
    return found


def compare(constraints: Constraints, window: Mapping[str, Feature], mode: Mode, items: Items) -> Iterator[Remark]:
    """Yield what a few rows show of columns and types that the check would find fault with."""
    findings, _ = evaluate(constraints, {}, window, mode, items=items)
    names = {check: [f.feature_name for f in findings if f.constraint_check_type == check] for check in COLUMNS}
    missing, extra, _ = names.values()
    for finding in findings:
        name = finding.feature_name
        if finding.constraint_check_type == "missing_column_check":
            near = did_you_mean(name, extra)
            yield _warning(name, f"The baseline has this column, the data does not.{near}", "Add or rename it.")
        elif finding.constraint_check_type == "extra_column_check":
            near = did_you_mean(name, missing)
            yield _warning(name, f"The column is not in the baseline.{near}", f"Rename it, or: --exclude {name}")
        elif finding.constraint_check_type == "data_type_check":
            yield _type(finding)


def _type(finding: Finding) -> Remark:
    present, expected = finding.detail["present"], finding.detail["expected_type"]
    wrong = present - finding.detail["matching"]
    message = f"{wrong} of {present} values are not {expected}."
    return _warning(finding.feature_name, message, "Mend the data, or lower datatype_check_threshold.")


def _warning(name: str, message: str, next_step: str) -> Remark:
    return Remark(level="warning", field=name, message=message, next_step=next_step)


def types(remarks: list[Remark]) -> int:
    """Return how many remarks tell of a type that differs."""
    return sum("values are not" in remark.message for remark in remarks)
