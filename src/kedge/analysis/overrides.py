"""How strictly each feature is judged: the monitoring config, with the feature's own overrides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from kedge.analysis.documents import METHODS, AnomalyConstraints, DistributionConstraints, Document, MonitoringConfig
from kedge.errors import DocumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.analysis.distances import Distance
    from kedge.analysis.documents import Constraints, FeatureConstraints
    from kedge.analysis.report import Mode

SPELLINGS = ("monitoring_config_overrides", "monitoringConfigOverrides")

D = TypeVar("D", bound=Document)


def monitoring_configs(
    constraints: Constraints, mode: Mode = "default", distances: Mapping[str, Distance] | None = None
) -> dict[str, MonitoringConfig]:
    """Return the config of every feature: the file's own, each key replaced that the feature overrides.

    An override may stand in the feature itself, or, as older SDKs write it, in its ``string_constraints`` or
    ``num_constraints``; the feature's own wins. It need not hold every key. Where ``distances`` are given, a
    method has to be one of them or the service's.
    Reference: data-quality.md, 3.3.

    Raises
    ------
    DocumentError
        A key that does not exist, a value that cannot be, or in mode ``sagemaker`` a method that is not the
        service's; ``field`` says where.
    """
    _refuse_unknown(constraints.monitoring_config, "monitoring_config")
    names: set[str] = set()
    for i, feature in enumerate(constraints.features):
        if feature.name in names:
            raise DocumentError(
                f"The feature {feature.name!r} is here a second time.",
                field=f"features[{i}].name",
                next_step="Take one of the two away.",
            )
        names.add(feature.name)
        _refuse_misspelt(feature, f"features[{feature.name!r}]")
    configs = {f.name: _config(constraints.monitoring_config, f, distances) for f in constraints.features}
    if mode == "sagemaker":
        _refuse_ours(constraints.monitoring_config, "monitoring_config")
        for name, config in configs.items():
            _refuse_ours(config, f"features[{name!r}].{SPELLINGS[0]}")
    return configs


def _config(
    config: MonitoringConfig, feature: FeatureConstraints, distances: Mapping[str, Distance] | None
) -> MonitoringConfig:
    for place, override in _overrides(feature):
        config = _replaced(config, _read(override, f"features[{feature.name!r}].{place}", distances))
    return config


def _overrides(feature: FeatureConstraints) -> Iterator[tuple[str, Any]]:
    """Yield every override with its place, the weakest first."""
    for part in ("num_constraints", "string_constraints"):
        extra = getattr(getattr(feature, part), "model_extra", None) or {}
        yield from ((f"{part}.{key}", extra[key]) for key in SPELLINGS if key in extra)
    if feature.monitoring_config_overrides is not None:
        yield SPELLINGS[0], feature.monitoring_config_overrides


def _replaced(config: D, override: D) -> D:
    changes = {key: getattr(override, key) for key in override.model_fields_set}
    for key, value in changes.items():
        if isinstance(value, Document):
            changes[key] = _replaced(getattr(config, key) or type(value)(), value)
    return config.model_copy(update=changes)


def _read(override: Any, place: str, distances: Mapping[str, Distance] | None) -> MonitoringConfig:
    try:
        config = MonitoringConfig.model_validate(override, context={"distances": distances})
    except ValidationError as error:
        problem = error.errors()[0]
        found, expected = problem["input"], problem["msg"]
        nearest = did_you_mean(str(found), re.findall(r"'(.+?)'", expected))
        raise DocumentError(
            f"{expected}, found {found!r}.{nearest}",
            field=".".join([place, *map(str, problem["loc"])]),
        ) from None
    _refuse_unknown(config, place)
    return config


def _refuse_unknown(config: Document, place: str) -> None:
    for key in config.model_extra or {}:
        raise DocumentError(
            f"there is no such key.{_nearest(key, config)}",
            field=f"{place}.{key}",
            next_step=f"Known keys: {', '.join(type(config).model_fields)}.",
        )
    if isinstance(config, MonitoringConfig):
        _refuse_unknown(config.distribution_constraints, f"{place}.distribution_constraints")
        _refuse_unknown(config.anomalies, f"{place}.anomaly_constraints")


def _refuse_ours(config: MonitoringConfig, place: str) -> None:
    for key, (_, methods) in METHODS.items():
        if (found := getattr(config.distribution_constraints, key)) not in methods:
            raise DocumentError(
                f"The service does not know the method {found!r}.",
                field=f"{place}.distribution_constraints.{key}",
                next_step=f"Name {' or '.join(methods)}, or leave out --compat sagemaker.",
            )


def _refuse_misspelt(document: Document, place: str) -> None:
    """Refuse a key that is nearly one of ours; others are the user's own."""
    for key in (document.model_extra or {}).keys() - set(SPELLINGS):
        if nearest := did_you_mean(key, type(document).model_fields):
            raise DocumentError(f"there is no such key.{nearest}", field=f"{place}.{key}", next_step="Mend its name.")
    for part in ("num_constraints", "string_constraints"):
        if inner := getattr(document, part, None):
            _refuse_misspelt(inner, f"{place}.{part}")


def _nearest(key: str, config: Document) -> str:
    parts = {"distribution_constraints": DistributionConstraints(), "anomaly_constraints": AnomalyConstraints()}
    for name, part in parts.items():
        if isinstance(config, MonitoringConfig) and key in type(part).model_fields:
            return f" It belongs into {name}."
    return did_you_mean(key, type(config).model_fields)
