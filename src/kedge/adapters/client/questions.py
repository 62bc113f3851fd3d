"""Questions to a server as it is asked them, and its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.domain.documents import from_document, to_document
from kedge.domain.question import Answer
from kedge.domain.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.domain.question import Question


def asked(question: Question) -> dict[str, Any]:
    """Return the parameters of a question."""
    told = to_document(question)
    return {"feature" if name == "features" else name: value for name, value in told.items()}


def equal(dimensions: Mapping[str, str]) -> list[str]:
    """Return dimensions as parameters.

    >>> equal({"Endpoint": "fraud"})
    ['Endpoint=fraud']
    """
    return [f"{name}={value}" for name, value in dimensions.items()]


def answer_of(found: dict[str, Any]) -> Answer:
    """Return what a document answers."""
    gaps = {
        variant: tuple(from_document(Window, gap) for gap in each) for variant, each in found.get("gaps", {}).items()
    }
    return Answer(
        window=from_document(Window, found["window"]),
        rows=found["rows"],
        merged=found.get("merged", {}),
        gaps=gaps,
        features=found["features"],
    )
