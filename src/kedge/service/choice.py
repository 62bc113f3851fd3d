"""Which monitor learns or judges: the one that was named, or the one that made the baseline."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from kedge.analysis.attribution.attribution import ROWS
from kedge.analysis.attribution.summary import AttributionBaseline
from kedge.analysis.bias.config import BiasConfig
from kedge.analysis.bias_metrics import bias_metrics
from kedge.analysis.embeddings.embeddings import KEPT
from kedge.analysis.quality.summary import QualityReport
from kedge.errors import SettingError, did_you_mean
from kedge.monitors.attribution import FeatureAttribution
from kedge.monitors.bias import BiasAsked, BiasDrift
from kedge.monitors.data_quality import DataQuality
from kedge.monitors.embeddings import Embeddings
from kedge.monitors.model_quality import NOTHING_NAMED, Asked, ModelQuality
from kedge.reading.attribution_config import read_config
from kedge.service.shelf import MONITORS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kedge.analysis.anomalies import Anomalies
    from kedge.analysis.attribution.config import PredictorConfig
    from kedge.analysis.documents import DriftMethod
    from kedge.analysis.report import AnyLearned
    from kedge.ports import Monitor, Predictor
    from kedge.service.shelf import Shelf

    Predictors = Callable[[object, PredictorConfig | None], Predictor]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants monitored, and how.

    Parameters
    ----------
    monitor
        Its name; None is data quality, or the baseline's.
    categorical_drift_method
        Of data quality: how categories will be compared.
    roles
        Of the model, and of bias: which columns say what.
    config
        Of bias and attribution: path or URL of their configuration.
    predictor
        Of attribution: the model, by anything that a predictor is made of.
    explained_rows
        Of attribution: how many rows of a window are explained, at most.
    column
        Of embeddings: the column of the vectors.
    report
        Where an earlier verdict on the same window may lie, which a later one tells from.
    """

    monitor: str | None = None
    categorical_drift_method: DriftMethod = "LInfinity"
    roles: Asked = NOTHING_NAMED
    config: str | None = None
    predictor: object = None
    explained_rows: int = ROWS
    column: str | None = None
    report: str | None = None


# What each monitor has to be told; the rest is of no use to it.
_TAKES: Final = {
    "data-quality": {"categorical_drift_method"},
    "model-quality": {"roles"},
    "bias": {"config", "roles"},
    "attribution": {"config", "predictor", "explained_rows"},
    "embeddings": {"column"},
}
_ALL: Final = {"monitor", "report"}


@dataclass(frozen=True)
class Choice:
    """Chooses and makes monitors.

    Parameters
    ----------
    shelf
        Where configurations and earlier reports lie.
    no_anomalies
        How anomalies are looked for and what is kept of them.
    predictors
        What makes the predictor of a model.
    kept_rows
        How many rows a profile may keep; 0 keeps none.
    """

    shelf: Shelf
    no_anomalies: Anomalies
    predictors: Predictors
    kept_rows: int = KEPT

    def learner(self, wanted: Wanted) -> Monitor:
        """Return the monitor that was named."""
        return self._made(wanted.monitor or MONITORS[0].monitor, wanted)

    def judge_of(self, baseline: AnyLearned, wanted: Wanted) -> Monitor:
        """Return the monitor that made a baseline.

        Raises
        ------
        SettingError
            Another one was named, or something that it has no use for.
        """
        made = next(kind.monitor for kind in MONITORS if isinstance(baseline, kind.baseline))
        if wanted.monitor not in (None, made):
            raise SettingError(
                f"The baseline is of {made}, and not of {wanted.monitor}.",
                file=baseline.source,
                field="--monitor",
                next_step=f"Leave it out, or learn one: kedge baseline --monitor {wanted.monitor}.",
            )
        return self._made(made, wanted, baseline)

    def _made(self, name: str, wanted: Wanted, baseline: AnyLearned | None = None) -> Monitor:
        makers: dict[str, Callable[[Wanted, AnyLearned | None], Monitor]] = {
            "data-quality": self._data_quality,
            "model-quality": self._model_quality,
            "bias": self._bias,
            "attribution": self._attribution,
            "embeddings": self._embeddings,
        }
        if name not in makers:
            raise SettingError(f"There is no monitor {name!r}.{did_you_mean(name, makers)}", field="--monitor")
        _refuse(name, wanted)
        return makers[name](wanted, baseline)

    def _data_quality(self, wanted: Wanted, _: AnyLearned | None) -> Monitor:
        return DataQuality(self.shelf.items, self.no_anomalies, wanted.categorical_drift_method)

    def _model_quality(self, wanted: Wanted, _: AnyLearned | None) -> Monitor:
        previous = self.shelf.report_at(wanted.report) if wanted.report else None
        known = previous if isinstance(previous, QualityReport) else None
        return ModelQuality(self.shelf.items.metrics, wanted.roles, known)

    def _bias(self, wanted: Wanted, _: AnyLearned | None) -> Monitor:
        config = self.shelf.load_config(BiasConfig, wanted.config) if wanted.config else None
        roles = wanted.roles
        asked = BiasAsked(roles.label, roles.prediction, roles.probability, roles.threshold)
        return BiasDrift(bias_metrics(), config, asked)

    def _attribution(self, wanted: Wanted, baseline: AnyLearned | None) -> Monitor:
        load = self.shelf.store.read
        config = read_config(load(wanted.config), wanted.config, load) if wanted.config else None
        made = baseline.constraints.analysis_config if isinstance(baseline, AttributionBaseline) else None
        asked = config or made
        model = wanted.predictor
        predictor = None if model is None else self.predictors(model, asked.predictor if asked else None)
        return FeatureAttribution(predictor, config, wanted.explained_rows)

    def _embeddings(self, wanted: Wanted, _: AnyLearned | None) -> Monitor:
        return Embeddings(wanted.column, self.kept_rows)


def _refuse(monitor: str, wanted: Wanted) -> None:
    """Refuse what a monitor has no use for."""
    default = Wanted()
    for field in fields(wanted):
        given, usual = getattr(wanted, field.name), getattr(default, field.name)
        if field.name not in _ALL | _TAKES[monitor] and given != usual:
            raise SettingError(
                f"The monitor {monitor} has no {_named(given, usual, field.name)}.",
                next_step=f"Leave it out, or name another monitor: {_with(field.name)}.",
            )


def _named(given: object, usual: object, field: str) -> str:
    """Return the name of what was given: of roles the first one."""
    if isinstance(given, Asked) and isinstance(usual, Asked):
        return next(f.name for f in fields(given) if getattr(given, f.name) != getattr(usual, f.name))
    return field


def _with(field: str) -> str:
    return ", ".join(f"--monitor {name}" for name, taken in _TAKES.items() if field in taken)
