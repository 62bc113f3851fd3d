"""The model that an analysis asks, and how it answers."""

from __future__ import annotations

from typing import Any

from kedge.errors import SettingError
from kedge.interfaces.sdk.model_monitor.given import told


class ModelConfig:
    """A model that is asked about rows.

    Parameters
    ----------
    model_name, endpoint_name
        Which: a URL, a file or ``module:function``, or a name that :class:`Session` or an endpoint's definition
        knows the predictor of. One of the two.
    accept_type, content_type, content_template, record_template, custom_attributes
        How it is asked, and how it answers.
    instance_count, instance_type, accelerator_type, endpoint_name_prefix, target_model
        Mean nothing here: no machine is started.
    time_series_model_config
        Is refused: there is no such analysis here.

    Raises
    ------
    SettingError
        No model is named, or two are.
    """

    def __init__(
        self,
        model_name: str | None = None,
        instance_count: int | None = None,
        instance_type: str | None = None,
        accept_type: str | None = None,
        content_type: str | None = None,
        content_template: str | None = None,
        record_template: str | None = None,
        custom_attributes: str | None = None,
        accelerator_type: str | None = None,
        endpoint_name_prefix: str | None = None,
        target_model: str | None = None,
        endpoint_name: str | None = None,
        time_series_model_config: Any = None,
    ) -> None:
        if (model_name is None) == (endpoint_name is None):
            raise SettingError(
                "One model is asked.", field="model_name", next_step="Give either model_name or endpoint_name."
            )
        if time_series_model_config is not None:
            raise SettingError(
                "There is no analysis of time series.", field="time_series_model_config", next_step="Leave it out."
            )
        self.name: str = model_name or endpoint_name or ""
        self.predictor_config = told(
            {
                "model_name": model_name,
                "endpoint_name": endpoint_name,
                "instance_type": instance_type,
                "initial_instance_count": instance_count,
                "accelerator_type": accelerator_type,
                "endpoint_name_prefix": endpoint_name_prefix,
                "target_model": target_model,
                "accept_type": accept_type,
                "content_type": content_type,
                "content_template": content_template,
                "record_template": record_template,
                "custom_attributes": custom_attributes,
            }
        )

    def get_predictor_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration."""
        return dict(self.predictor_config)


class ModelPredictedLabelConfig:
    """How the answer of a model is understood.

    Parameters
    ----------
    label, probability
        Where label and probability stand in the answer: a place, a name or a JMESPath.
    probability_threshold
        Above which probability the answer is positive.
    label_headers
        What the probabilities are of, where there are several.
    """

    def __init__(
        self,
        label: str | int | None = None,
        probability: str | int | None = None,
        probability_threshold: float | None = None,
        label_headers: list[str] | None = None,
    ) -> None:
        self.label, self.probability, self.label_headers = label, probability, label_headers
        self.probability_threshold = None if probability_threshold is None else float(probability_threshold)

    def get_predictor_config(self) -> tuple[float | None, dict[str, Any]]:
        """Return the threshold, and its part of the analysis configuration."""
        names = ("label", "probability", "label_headers")
        return self.probability_threshold, told({name: getattr(self, name) for name in names})
