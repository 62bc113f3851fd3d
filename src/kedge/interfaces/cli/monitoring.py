"""The options that say what is monitored: the data, or with labels the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from kedge.analysis.attribution.attribution import ROWS
from kedge.domain.ground_truth import Truth
from kedge.domain.window import parse_duration
from kedge.errors import SettingError
from kedge.monitors.model_quality import Asked
from kedge.service.choice import Wanted

if TYPE_CHECKING:
    from kedge.domain.dataset import Dataset

QUALITY = "Model quality"
ANALYSIS = "Bias and attribution"
EMBEDDINGS = "Embeddings"
TRUTH = "Ground truth"


class MonitorName(StrEnum):
    """The monitors that can be named."""

    data_quality = "data-quality"
    model_quality = "model-quality"
    bias = "bias"
    attribution = "attribution"
    embeddings = "embeddings"


class ProblemName(StrEnum):
    """What a model may solve."""

    regression = "Regression"
    binary = "BinaryClassification"
    multiclass = "MulticlassClassification"


def _option(*names: str, panel: str = QUALITY, **given: Any) -> Any:
    return Option(*names, rich_help_panel=panel, **given)


@dataclass(frozen=True)
class Monitoring:
    """What is monitored: the data, or with labels the model; field by field an option."""

    monitor: Annotated[
        MonitorName | None, Option(help="What is monitored; a check takes its baseline's.", show_default="data-quality")
    ] = None
    problem_type: Annotated[ProblemName | None, _option(help="What the model solves.")] = None
    label: Annotated[str | None, _option(help="The column of the label; in JSON ground truth its path.")] = None
    prediction: Annotated[
        str | None, _option(help="The column of the prediction, its place in the response, or its JSON path.")
    ] = None
    probability: Annotated[
        str | None, _option(help="The column of the probability of the positive class, likewise.")
    ] = None
    probability_threshold: Annotated[
        float | None, _option(help="Above it a probability means positive.", show_default="0.5")
    ] = None
    positive_label: Annotated[str | None, _option(help="The positive class.", show_default="1")] = None
    segment: Annotated[
        list[str] | None, _option(help="A column by whose values metrics are told apart; may be given again.")
    ] = None
    segment_min_rows: Annotated[
        int | None, _option(help="Rows below which a segment is not judged.", show_default="200")
    ] = None
    config: Annotated[str | None, _option(help="The configuration of the analysis: path or URL.", panel=ANALYSIS)] = (
        None
    )
    predictor: Annotated[str | None, _option(help="The model: a URL, a file, or module:function.", panel=ANALYSIS)] = (
        None
    )
    explained_rows: Annotated[int, _option(help="Rows of a window that are explained, at most.", panel=ANALYSIS)] = ROWS
    column: Annotated[
        str | None, _option(help="The column of the vectors; a check takes its baseline's.", panel=EMBEDDINGS)
    ] = None
    ground_truth: Annotated[
        str | None, _option(help="Folder or URL of the labels that were uploaded.", panel=TRUTH)
    ] = None
    id: Annotated[
        str | None, _option(help="The column of the id, where the data are no capture records.", panel=TRUTH)
    ] = None
    start_offset: Annotated[
        str | None, _option(help="Added to the start of the window, such as -P8D.", panel=TRUTH)
    ] = None
    end_offset: Annotated[str | None, _option(help="Added to the end of the window, such as -P1D.", panel=TRUTH)] = None

    def wanted(self, **others: Any) -> Wanted:
        """Return what is to be monitored, and how."""
        return Wanted(
            monitor=self.monitor.value if self.monitor else None,
            roles=self.asked(),
            config=self.config,
            predictor=self.predictor,
            explained_rows=self.explained_rows,
            column=self.column,
            **others,
        )

    def asked(self) -> Asked:
        """Return the roles that were named."""
        return Asked(
            problem=self.problem_type.value if self.problem_type else None,
            label=self.label,
            prediction=self.prediction,
            probability=self.probability,
            threshold=self.probability_threshold,
            positive=self.positive_label,
            segments=tuple(self.segment or ()),
            segment_rows=self.segment_min_rows,
        )

    def truth(self) -> Truth | None:
        """Return where the labels are, if they come later."""
        if self.id is not None and self.ground_truth is None:
            raise SettingError("An id is of no use without labels.", field="--id", next_step="Give --ground-truth.")
        return Truth(self.ground_truth, self.id) if self.ground_truth else None

    def shifted(self, dataset: Dataset) -> Dataset:
        """Return a dataset with its window moved by the offsets, and the label's name in JSON ground truth."""
        dataset = replace(dataset, label=self.label)
        offsets = self.start_offset, self.end_offset
        if not any(offsets):
            return dataset
        if dataset.window is None:
            raise SettingError("An offset moves a window, and there is none.", next_step="Give --from and --to.")
        window = dataset.window.shifted(*(parse_duration(offset or "PT0S") for offset in offsets))
        return replace(dataset, window=window)
