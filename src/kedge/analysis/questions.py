"""What constraints ask of the rows themselves, since no sketch could answer it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kedge.analysis.anomalies import Outside
    from kedge.analysis.documents import Constraints, SqlConstraint
    from kedge.analysis.report import Finding, Mode


@dataclass(frozen=True)
class Questions:
    """What is asked of the rows of a window.

    Parameters
    ----------
    unique
        The features of which no value may occur twice.
    sql
        The expressions that are to be true in every row.
    columns
        The columns that the expressions name, and of each whether it is to be a number.
    features
        Every column there is.
    """

    unique: tuple[str, ...] = ()
    sql: tuple[SqlConstraint, ...] = ()
    columns: Mapping[str, bool] = field(default_factory=dict)
    features: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.unique or self.sql)

    @property
    def texts(self) -> frozenset[str]:
        """The columns that are needed as they are written: a number of 64 bits is more than a double can tell."""
        return frozenset(self.unique) | {name for name, numeric in self.columns.items() if not numeric}


@dataclass(frozen=True)
class Broken:
    """In how many rows an expression is false, in how many neither true nor false, and how many there are."""

    broken: int
    unknown: int
    rows: int


@dataclass(frozen=True)
class Answers:
    """What the rows say.

    Parameters
    ----------
    repeated
        How many values of a feature repeat an earlier one.
    sql
        Where expressions are false, in their order.
    outside
        How many values of a feature stand out.
    """

    repeated: Mapping[str, int] = field(default_factory=dict)
    sql: tuple[Broken, ...] = ()
    outside: Mapping[str, Outside] = field(default_factory=dict)


NOTHING_ASKED = Answers()


def questions(constraints: Constraints, mode: Mode) -> Questions:
    """Return what the constraints ask; in mode ``sagemaker`` nothing, as the service knows no such constraint."""
    if mode == "sagemaker" or constraints.monitoring_config.evaluate_constraints == "Disabled":
        return Questions()
    sql = tuple(constraints.sql_constraints or ())
    written = "\n".join(constraint.expression for constraint in sql)
    numeric = {feature.name: feature.inferred_type in ("Integral", "Fractional") for feature in constraints.features}
    return Questions(
        unique=tuple(feature.name for feature in constraints.features if feature.is_unique),
        sql=sql,
        columns={name: number for name, number in numeric.items() if _named(name, written)},
        features=tuple(numeric),
    )


def recalled(constraints: Constraints, findings: Iterable[Finding], mode: Mode) -> Answers:
    """Return what the findings of a stored window still tell of its rows; of what did not fire they tell nothing."""
    asked = questions(constraints, mode)
    details = {(found.constraint_check_type, found.feature_name): found.detail for found in findings}
    repeated = {name: detail["repeated"] for (check, name), detail in details.items() if check == "unique_check"}
    broken = {
        detail["expression"]: Broken(*(detail[key] for key in ("broken", "unknown", "rows")))
        for (check, _), detail in details.items()
        if check == "sql_check"
    }
    return Answers(
        repeated={name: repeated[name] for name in asked.unique if name in repeated},
        sql=tuple(broken.get(constraint.expression, Broken(0, 0, 0)) for constraint in asked.sql),
    )


def _named(column: str, sql: str) -> bool:
    """Whether SQL may name a column: one too many is kept for nothing, and does no harm.

    >>> [_named(name, 'lower("the x") = y_1') for name in ("the x", "y_1", "y")]
    [True, True, False]
    """
    quoted = re.escape(column.replace('"', '""'))
    return bool(re.search(rf"(?<!\w){quoted}(?!\w)", sql, re.IGNORECASE))
