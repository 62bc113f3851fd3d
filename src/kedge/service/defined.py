"""What a definition says, in the words of the jobs: which rows are read, and what is wanted of them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from kedge.analysis.attribution.attribution import ROWS
from kedge.domain.catalog import MONITORS
from kedge.domain.dataset import Dataset
from kedge.monitors.model_quality import Asked
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from kedge.domain.catalog import JobDefinition, Reading
    from kedge.domain.window import Window


def dataset_of(definition: JobDefinition, url: str, reading: Reading, window: Window | None = None) -> Dataset:
    """Return the rows at a URL, as a definition has them read."""
    return Dataset(
        url=url,
        window=window,
        exclude=definition.exclude_features_attribute,
        preprocess=definition.record_preprocessor_source_uri,
        label=definition.answers.label,
        **{field.name: getattr(reading, field.name) for field in fields(reading)},
    )


def wanted_of(definition: JobDefinition) -> Wanted:
    """Return what a definition wants monitored, and how."""
    answers = definition.answers
    return Wanted(
        monitor=MONITORS.get(definition.monitoring_type),
        roles=Asked(
            problem=answers.problem_type,
            label=answers.label,
            prediction=answers.inference_attribute,
            probability=answers.probability_attribute,
            threshold=answers.probability_threshold_attribute,
            positive=answers.positive_label,
            segments=answers.segments,
            segment_rows=answers.segment_min_rows,
        ),
        config=definition.config_uri,
        predictor=definition.predictor,
        explained_rows=definition.explained_rows or ROWS,
        column=definition.column,
    )
