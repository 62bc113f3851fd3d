"""Stands for ``sagemaker.clarify``."""

from kedge.interfaces.sdk.model_monitor import (
    BiasConfig,
    DataConfig,
    ExplainabilityConfig,
    ImageConfig,
    ModelConfig,
    ModelPredictedLabelConfig,
    PDPConfig,
    SHAPConfig,
    TextConfig,
)

__all__ = [
    "BiasConfig",
    "DataConfig",
    "ExplainabilityConfig",
    "ImageConfig",
    "ModelConfig",
    "ModelPredictedLabelConfig",
    "PDPConfig",
    "SHAPConfig",
    "TextConfig",
]
