"""A look as lines: the worst above the verdict, and no place that is not known."""

from __future__ import annotations

import pytest

from kedge.adapters.presentation.remarks import lines
from kedge.analysis.preview import Preview, Remark

NOTE = Remark(level="note", message="It is so.")
WARNING = Remark(level="warning", message="It is odd.", file="a.csv", line=3, field="x", next_step="Look.")
ERROR = Remark(level="error", message="It is broken.", file="b")


@pytest.mark.parametrize(
    ("remarks", "shown"),
    [
        ([], ["✓ The check would run."]),
        ([NOTE], ["· It is so.", "✓ The check would run."]),
        ([WARNING], ["▲ a.csv:3: x: It is odd. Look.", "▲ The check would run; look at this first: 1 warning."]),
        (
            [ERROR, WARNING, WARNING],
            [
                *["▲ a.csv:3: x: It is odd. Look."] * 2,
                "✗ b: It is broken.",
                "✗ The check cannot run: 1 error, 2 warnings.",
            ],
        ),
    ],
)
def test_remarks_stand_above_the_verdict(remarks, shown):
    assert list(lines(Preview(data="a.csv", baseline="b", remarks=remarks))) == shown
