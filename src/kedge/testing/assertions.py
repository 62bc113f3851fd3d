"""A verdict as a test: what is wrong with a frame or a file fails it, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from kedge import Baseline


def assert_no_violations(data: object, baseline: Baseline | str | PathLike[str], **options: Any) -> None:
    """Hold data against a baseline, and fail with a line for every violation.

    Parameters
    ----------
    data
        A path or URL, or a frame, as for :func:`kedge.check`.
    baseline
        What :func:`kedge.baseline` returned, or the path or URL of a baseline.
    options
        Those of :func:`kedge.check`.

    Raises
    ------
    AssertionError
        There are violations; the message lists them, the worst feature first.
    KedgeError
        There is no verdict: the data or the baseline cannot be read.
    """
    __tracebackhide__ = True
    import kedge
    from kedge.adapters.presentation.told import told
    from kedge.adapters.presentation.words import plain, some

    verdict = told(kedge.check(data, baseline, **options).report)
    lines = [f"  {some(pattern.features)}: {pattern.description}" for pattern in verdict.common]
    lines += [
        f"  {each.severity} in {plain(subject)}, {plain(each.check)}: {each.in_full}"
        for subject, violations in verdict.by_subject.items()
        for each in violations
    ]
    if lines:
        raise AssertionError("\n".join([verdict.line, *lines]))
