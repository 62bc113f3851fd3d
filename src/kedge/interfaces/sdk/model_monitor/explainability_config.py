"""How answers are explained."""

from __future__ import annotations

from typing import Any, Final

from kedge.errors import SettingError, did_you_mean
from kedge.interfaces.sdk.model_monitor.given import told

AGGREGATIONS: Final = ("mean_abs", "median", "mean_sq")
GRANULARITIES: Final = ("token", "sentence", "paragraph")


class ExplainabilityConfig:
    """A method, by its key in the analysis configuration."""

    def get_explainability_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        raise NotImplementedError


class TextConfig:
    """How texts are cut; only tables are explained here, so a baseline that needs it is refused."""

    def __init__(self, granularity: str, language: str) -> None:
        _one_of("granularity", granularity, GRANULARITIES)
        self.text_config = {"granularity": granularity, "language": language}

    def get_text_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        return dict(self.text_config)


class ImageConfig:
    """How pictures are cut; only tables are explained here, so a baseline that needs it is refused."""

    def __init__(
        self,
        model_type: str,
        num_segments: int | None = None,
        feature_extraction_method: str | None = None,
        segment_compactness: float | None = None,
        max_objects: int | None = None,
        iou_threshold: float | None = None,
        context: float | None = None,
    ) -> None:
        self.image_config = told(
            {
                "model_type": model_type,
                "num_segments": num_segments,
                "feature_extraction_method": feature_extraction_method,
                "segment_compactness": segment_compactness,
                "max_objects": max_objects,
                "iou_threshold": iou_threshold,
                "context": context,
            }
        )

    def get_image_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        return dict(self.image_config)


class SHAPConfig(ExplainabilityConfig):
    """Kernel SHAP (explainability.md, 6.2).

    Parameters
    ----------
    baseline
        Rows of features against which answers are explained, or the path or URL of some; None finds clusters.
    num_samples
        How many coalitions are asked about.
    agg_method
        ``mean_abs``, ``median`` or ``mean_sq`` of the rows' values.
    use_logit
        Whether log-odds are explained.
    save_local_shap_values
        Whether the values of each row are kept.
    seed
        Makes two runs the same.
    num_clusters
        How many clusters stand for the baseline.
    text_config, image_config
        Of texts and pictures.
    features_to_explain
        Names or places of the features; None is all.
    """

    def __init__(
        self,
        baseline: str | list[Any] | dict[str, Any] | None = None,
        num_samples: int | None = None,
        agg_method: str | None = None,
        use_logit: bool = False,
        save_local_shap_values: bool = True,
        seed: int | None = None,
        num_clusters: int | None = None,
        text_config: TextConfig | None = None,
        image_config: ImageConfig | None = None,
        features_to_explain: list[str | int] | None = None,
    ) -> None:
        if agg_method is not None:
            _one_of("agg_method", agg_method, AGGREGATIONS)
        self.shap_config = told(
            {
                "use_logit": use_logit,
                "save_local_shap_values": save_local_shap_values,
                "baseline": baseline,
                "num_samples": num_samples,
                "agg_method": agg_method,
                "seed": seed,
                "num_clusters": num_clusters,
                "text_config": text_config and text_config.get_text_config(),
                "image_config": image_config and image_config.get_image_config(),
                "features_to_explain": features_to_explain,
            }
        )

    def get_explainability_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        return {"shap": dict(self.shap_config)}


class PDPConfig(ExplainabilityConfig):
    """Partial dependence; monitors make none of it."""

    def __init__(
        self, features: list[str | int] | None = None, grid_resolution: int = 15, top_k_features: int = 10
    ) -> None:
        self.pdp_config = told(
            {"grid_resolution": grid_resolution, "top_k_features": top_k_features, "features": features}
        )

    def get_explainability_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        return {"pdp": dict(self.pdp_config)}


def _one_of(field: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingError(
            f"There is no {field} {value!r}.{did_you_mean(value, known)}",
            field=field,
            next_step=f"Known: {', '.join(known)}.",
        )
