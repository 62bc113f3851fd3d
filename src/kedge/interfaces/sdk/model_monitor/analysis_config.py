"""The analysis configuration that a schedule of bias or attribution goes by (bias.md, 5.5; explainability.md, 6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.interfaces.sdk.model_monitor.explainability_config import ExplainabilityConfig
from kedge.interfaces.sdk.model_monitor.given import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.interfaces.sdk.model_monitor.bias_config import BiasConfig
    from kedge.interfaces.sdk.model_monitor.model_config import ModelConfig

VERSION = "1.0"


class BiasAnalysisConfig:
    """Whom a schedule of bias looks at."""

    def __init__(
        self, bias_config: BiasConfig, headers: list[str] | None = None, label: str | int | None = None
    ) -> None:
        self.analysis_config = {**bias_config.get_config(), **told({"headers": headers, "label": label})}

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration."""
        return {"version": VERSION, **self.analysis_config}


class ExplainabilityAnalysisConfig:
    """What a schedule of attribution explains, and which model."""

    def __init__(
        self,
        explainability_config: ExplainabilityConfig | Sequence[ExplainabilityConfig],
        model_config: ModelConfig,
        headers: list[str] | None = None,
        label_headers: list[str] | None = None,
    ) -> None:
        predictor = {**model_config.get_predictor_config(), **told({"label_headers": label_headers})}
        self.analysis_config: dict[str, Any] = {
            "methods": methods(explainability_config),
            "predictor": predictor,
            **told({"headers": headers}),
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration."""
        return {"version": VERSION, **self.analysis_config}


def methods(asked: ExplainabilityConfig | Sequence[ExplainabilityConfig]) -> dict[str, Any]:
    """Return the methods of one configuration, or of several."""
    several = [asked] if isinstance(asked, ExplainabilityConfig) else asked
    return {name: method for part in several for name, method in part.get_explainability_config().items()}
