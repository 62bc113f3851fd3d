"""What many violations have in common, said once: columns that are missing together, renamed, or shifted by one."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

from kedge.analysis.distances.linfinity import linfinity
from kedge.analysis.report import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kedge.analysis.documents import Constraints
    from kedge.analysis.profile import Feature
    from kedge.analysis.report import Finding

MANY = 3
_DRIFT, _MISSING, _EXTRA = "baseline_drift_check", "missing_column_check", "extra_column_check"
_OF_VALUES = (_DRIFT, "data_type_check", "categorical_values_check")
_ALIKE = 0.1


def patterns(
    findings: Sequence[Finding],
    constraints: Constraints,
    baseline: Mapping[str, Feature],
    window: Mapping[str, Feature],
) -> list[Pattern]:
    """Return what several violations have in common, most telling first; each pattern is of three columns or more.

    Renamed: a missing and a new column differ in case and punctuation only (this one is said of a single column,
    too). Shifted: at least half of the columns whose values are wrong hold what their neighbour held in the
    baseline. Missing, and new columns. As many values of several columns are missing, or of a wrong type. Several
    columns were converted alike.
    """
    fired: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        fired[finding.constraint_check_type].append(finding)
    renamed = list(_renamed(_names(fired[_MISSING]), _names(fired[_EXTRA])))
    wrong = list(dict.fromkeys(name for kind in _OF_VALUES for name in _names(fired[kind])))
    return [
        *renamed,
        *_shifted([feature.name for feature in constraints.features], wrong, baseline, window),
        *_columns(fired, len(constraints.features), {name for pattern in renamed for name in pattern.features}),
        *_alike(fired["completeness_check"], "missing", "Each of these columns lacks {} values"),
        *_alike(fired["data_type_check"], "mismatching", "Each of these columns holds {} values of another type"),
        *_converted(fired[_DRIFT]),
    ]


def _names(findings: Sequence[Finding]) -> list[str]:
    return [finding.feature_name for finding in findings]


def _renamed(missing: Sequence[str], extra: Sequence[str]) -> Iterator[Pattern]:
    new = {bare: name for name in extra if (bare := _bare(name))}
    pairs = {name: new[_bare(name)] for name in missing if _bare(name) in new}
    if pairs:
        said = "1 missing column is" if len(pairs) == 1 else f"{len(pairs):,} missing columns are"
        yield Pattern(
            features=[*pairs, *pairs.values()],
            description=f"{said} there under another spelling: case or punctuation has changed.",
        )


def _bare(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _shifted(
    order: Sequence[str], wrong: Sequence[str], baseline: Mapping[str, Feature], window: Mapping[str, Feature]
) -> Iterator[Pattern]:
    if len(wrong) < MANY:
        return
    after = list(pairwise(order))
    before = [(name, other) for other, name in after]
    for neighbours, where, why in (
        (before, "before", "a value too many stands"),
        (after, "after", "a value is missing"),
    ):
        held = [name for name, other in neighbours if name in wrong and _same(baseline.get(other), window.get(name))]
        if len(held) >= MANY and 2 * len(held) >= len(wrong):
            yield Pattern(
                features=held,
                description=f"{len(held):,} columns hold what the column {where} them held in the baseline: "
                f"{why} in front of the first of them.",
            )


def _same(baseline: Feature | None, window: Feature | None) -> bool:
    """Return whether a column holds what another one held: the same type, and no drift to speak of."""
    if not baseline or not window or baseline.types.inferred_type != window.types.inferred_type:
        return False
    categorical = baseline.types.inferred_type == "String"
    apart = linfinity(baseline, window, categorical=categorical, robust=True)
    return apart is not None and apart <= _ALIKE


def _columns(fired: Mapping[str, Sequence[Finding]], expected: int, renamed: set[str]) -> Iterator[Pattern]:
    missing = [name for name in _names(fired[_MISSING]) if name not in renamed]
    if len(missing) >= MANY:
        yield Pattern(
            features=missing, description=f"{len(missing):,} of the baseline's {expected:,} columns are missing."
        )
    extra = [name for name in _names(fired[_EXTRA]) if name not in renamed]
    if len(extra) >= MANY:
        yield Pattern(features=extra, description=f"{len(extra):,} columns are new.")


def _alike(findings: Sequence[Finding], key: str, said: str) -> Iterator[Pattern]:
    """Yield a pattern for columns of which equally many values are affected: the same rows, most likely."""
    alike: dict[int, list[str]] = defaultdict(list)
    for finding in findings:
        detail = finding.detail
        amount = detail["present"] - detail["matching"] if key == "mismatching" else detail[key]
        alike[amount].append(finding.feature_name)
    for amount, names in sorted(alike.items()):
        if len(names) >= MANY:
            yield Pattern(features=names, description=f"{said.format(f'{amount:,}')}: they may be of the same rows.")


def _converted(findings: Sequence[Finding]) -> Iterator[Pattern]:
    alike: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        alike[finding.hint].append(finding.feature_name)
    for hint, names in alike.items():
        if hint and len(names) >= MANY:
            yield Pattern(features=names, description=f"{len(names):,} columns changed alike. {hint}")
