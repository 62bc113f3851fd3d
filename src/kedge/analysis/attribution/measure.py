"""From rows to what is known of their features: the attributions, and what chance does to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from kedge.analysis.attribution.aggregate import aggregate
from kedge.analysis.attribution.documents import AttributionAnalysis, Explanations, LabelAttributions
from kedge.analysis.attribution.kernel_shap import kernel_shap
from kedge.analysis.quality.replicas import POISSON, weights
from kedge.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kedge.analysis.attribution.answers import Predict
    from kedge.analysis.attribution.config import AttributionConfig
    from kedge.analysis.attribution.kernel_shap import Explanation
    from kedge.analysis.attribution.table import Table

    Floats = NDArray[np.float64]

FEWEST_ROWS: Final = 10  # of fewer, replicas say nothing of chance


@dataclass(frozen=True)
class Measured:
    """The attributions of a window.

    Parameters
    ----------
    features, labels
        What is explained, and the names of the outputs.
    explanation
        Row by row.
    values
        ``(features, labels)``: the global values.
    replicas
        ``(50, features, labels)``: those of Poisson replicas of the rows; empty where rows are fewer than ten.
    """

    features: tuple[str, ...]
    labels: tuple[str, ...]
    explanation: Explanation
    values: Floats
    replicas: Floats

    @property
    def rows(self) -> int:
        """How many rows were explained."""
        return len(self.explanation.values)

    def deviation(self, found: Floats) -> Floats | None:
        """Return the standard deviation over replicas, the first axis; None where there are none."""
        return np.nanstd(found, axis=0, ddof=1) if len(found) else None


def measure(
    predict: Predict, rows: Table, background: Table, keys: Sequence[int], config: AttributionConfig
) -> Measured:
    """Ask the predictor, and return what its answers come from.

    Parameters
    ----------
    predict
        Answers a table of rows.
    rows, background
        Parts of one table.
    keys
        The key of every row: replicas are drawn by them, so a row counts the same wherever it is explained.
    config
        How.

    Raises
    ------
    InputError
        There is no row, or the predictor answers otherwise than said.
    """
    if not len(rows):
        raise InputError("There is no row to explain.", next_step="Check the path and the window (--from, --to).")
    shap, features = config.shap, tuple(config.explained(rows.names))
    found = _explained(predict, rows, background, features, config)
    replicas = POISSON if len(rows) >= FEWEST_ROWS else 0
    counts = weights(np.array(keys, np.uint64))[:replicas]
    return Measured(
        features,
        _labels(config, len(found.expected)),
        found,
        aggregate(found.values, shap.agg_method)[0],
        aggregate(found.values, shap.agg_method, counts),
    )


def _explained(
    predict: Predict, rows: Table, background: Table, features: Sequence[str], config: AttributionConfig
) -> Explanation:
    """Return the attributions: those that the predictor itself knows exactly, else what its answers tell.

    Log odds are of the mean answer, so they are never what a model knows of its rows one by one.
    """
    shap = config.shap
    exact = None if shap.use_logit else getattr(predict, "exact", None)
    found: Explanation | None = exact(rows, background) if exact else None
    if found is not None:
        places = [rows.names.index(name) for name in features]
        return replace(found, values=found.values[:, places])
    return kernel_shap(
        predict,
        rows,
        background,
        samples=shap.num_samples,
        seed=shap.seed or 0,
        use_logit=shap.use_logit,
        explain=features,
    )


def analysis(found: Measured, config: AttributionConfig) -> AttributionAnalysis:
    """Return ``analysis.json`` of what was measured."""
    spread = found.deviation(found.replicas)
    labels = {
        label: LabelAttributions(
            global_shap_values=_named(found.features, found.values[:, place]),
            expected_value=float(found.explanation.expected[place]),
            standard_deviations=_named(found.features, spread[:, place]) if spread is not None else None,
        )
        for place, label in enumerate(found.labels)
    }
    explanations = Explanations(kernel_shap=labels)
    return AttributionAnalysis(
        explanations=explanations,
        rows_explained=found.rows,
        method=found.explanation.method,
        analysis_config=config,
    )


def _labels(config: AttributionConfig, outputs: int) -> tuple[str, ...]:
    """Return the names of the outputs: those given, or placeholders.

    Raises
    ------
    InputError
        There are more or fewer of them.
    """
    given = config.predictor.label_headers if config.predictor else None
    if given is None:
        return tuple(f"label{place}" for place in range(outputs))
    if len(given) != outputs:
        raise InputError(
            f"Expected of the predictor {len(given)} scores, one for each of {', '.join(given)}, and found {outputs}.",
            field="predictor.label_headers",
            next_step="Name each score, or none.",
        )
    return tuple(given)


def _named(features: Sequence[str], values: Floats) -> dict[str, float]:
    return dict(zip(features, values.tolist(), strict=True))
