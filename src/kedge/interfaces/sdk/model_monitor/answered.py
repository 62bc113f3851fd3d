"""Rows of a baseline beside what the model answers to them, where the data do not hold its answers."""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kedge.analysis.attribution.config import PredictorConfig
from kedge.analysis.attribution.table import Table
from kedge.analysis.sketches.sample import whole_rows
from kedge.domain.dataset import Dataset, Expectation
from kedge.errors import InputError
from kedge.interfaces.sdk.model_monitor.learning import Learning, quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kedge.analysis.batch import Batch
    from kedge.analysis.sketches.sample import Row
    from kedge.interfaces.sdk.model_monitor.data_config import DataConfig
    from kedge.interfaces.sdk.model_monitor.model_config import ModelConfig, ModelPredictedLabelConfig

ROWS: Final = 10_000  # that the model is asked about at once


@dataclass(frozen=True)
class Answered:
    """Learns of rows that the model answers first.

    Parameters
    ----------
    learning
        What is to be learned of the rows with their answers.
    data
        Which of their columns is what.
    model, answers
        Who is asked, and how the answers are understood.
    """

    learning: Learning
    data: DataConfig
    model: ModelConfig
    answers: ModelPredictedLabelConfig

    def __call__(self, destination: str) -> list[str]:
        """Ask the model, learn, and write the documents below a folder or URL."""
        rows = self._rows()
        answers, role = self._told(self._ask(rows))
        with tempfile.TemporaryDirectory(prefix="kedge-answers-") as folder:
            file = Path(folder) / "answered.csv"
            with file.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                writer.writerows(
                    [[role, *rows[0]], *([a, *row.values()] for a, row in zip(answers, rows, strict=True))]
                )
            roles = replace(self._roles, **{role: role})
            wanted = replace(self.learning.wanted, roles=roles)
            done = replace(self.learning, data=str(file), reading={"format": "csv"}, wanted=wanted)(destination)
        return [f"The model answered {len(rows):,} rows.", *done]

    @property
    def _roles(self) -> Any:
        return replace(self.learning.wanted.roles, threshold=self.answers.probability_threshold)

    def _rows(self) -> list[Row]:
        """Return all rows, by column."""
        kept, jobs = _Kept([]), self.learning.session.jobs()
        dataset = Dataset(self.learning.data, **self.learning.reading)
        names = tuple(self.data.headers or ())
        jobs.engine.profile(dataset, Expectation(names=names), quiet, watches=[kept])
        if not kept.rows:
            raise InputError("There is no row.", file=self.learning.data, next_step="Give data with rows.")
        return kept.rows

    def _ask(self, rows: list[Row]) -> NDArray[np.float64]:
        """Return what the model answers, ``(rows, outputs)``; it sees neither label nor what is left out."""
        excluded = {self.data.name(column) for column in (self.data.label, *(self.data.excluded_columns or ()))}
        features = [name for name in rows[0] if name not in excluded]
        session, told = self.learning.session, self.answers.get_predictor_config()[1]
        config = PredictorConfig(**{**self.model.get_predictor_config(), **told})
        predict = session.jobs().predictors(session.predictor(self.model.name), config)
        parts = [rows[start : start + ROWS] for start in range(0, len(rows), ROWS)]
        found = np.concatenate([np.asarray(predict(Table.of(part, features))) for part in parts])
        return found.reshape(len(rows), -1)

    def _told(self, found: NDArray[np.float64]) -> tuple[list[Any], str]:
        """Return the answers and what they are: classes, or probabilities where a threshold says so."""
        if found.shape[1] > 1:
            headers: list[Any] = self.answers.label_headers or [*range(found.shape[1])]
            return [headers[place] for place in found.argmax(axis=1).tolist()], "prediction"
        column = found[:, 0].tolist()
        if self.answers.probability is not None or self.answers.probability_threshold is not None:
            return column, "probability"
        whole = all(value.is_integer() for value in column)
        return [int(value) for value in column] if whole else column, "prediction"


@dataclass
class _Kept:
    """Keeps every row that it sees."""

    rows: list[Row]

    def update(self, batch: Batch) -> None:
        """See one batch."""
        self.rows += whole_rows(batch, np.arange(len(batch)))
