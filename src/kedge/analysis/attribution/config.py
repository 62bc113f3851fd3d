"""The analysis configuration (explainability.md, 6.2): what is explained, against what, and by which predictor.

A key that nobody knows is refused with the nearest that is known: a setting that is passed over would be no setting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator
from pydantic_core import PydanticCustomError

from kedge.analysis.attribution.aggregate import Method
from kedge.analysis.documents import Document
from kedge.errors import DocumentError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedge.analysis.sketches.sample import Row

Value = StrictBool | StrictInt | StrictFloat | StrictStr | None
DataRow = list[Value] | dict[str, Any]


class Strict(Document):
    """A part that a person writes."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                told = {"key": key, "meant": did_you_mean(str(key), cls.model_fields)}
                raise PydanticCustomError("unknown", "There is no key '{key}'.{meant}", told)
        return data


class Shap(Strict):
    """How attributions are made.

    ``baseline`` is a list of rows, a JSON object of them, or the URL of a file; without, there are clusters, their
    number chosen where ``num_clusters`` is not given. ``num_samples`` coalitions are asked about, by default twice the
    features and 2,048.
    """

    baseline: list[DataRow] | dict[str, Any] | str | None = None
    num_clusters: int | None = Field(default=None, ge=1)
    num_samples: int | None = Field(default=None, ge=1)
    agg_method: Method = "mean_abs"
    use_logit: bool = False
    save_local_shap_values: bool = False
    seed: int | None = None
    features_to_explain: list[str | int] | None = None
    text_config: dict[str, Any] | None = None
    image_config: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _tabular(self) -> Self:
        for key in ("text_config", "image_config"):
            if getattr(self, key) is not None:
                raise PydanticCustomError("tabular", "Only tables are explained, so there is no {key}", {"key": key})
        if self.baseline is not None and self.num_clusters is not None:
            raise PydanticCustomError("both", "There should be one of baseline and num_clusters, found both", {})
        if isinstance(self.baseline, list) and not self.baseline:
            raise PydanticCustomError("empty", "baseline should have at least one row", {})
        return self


class Methods(Strict):
    """The methods; those that no monitor uses are taken as they are."""

    shap: Shap = Shap()
    pdp: dict[str, Any] | None = None
    report: dict[str, Any] | None = None


class PredictorConfig(Strict):
    """The model's interface.

    What starts an endpoint of the service (``model_name``, ``instance_type`` …) is read, and starts nothing.
    ``probability`` is the place of the score in the answer: a column's number or name, or a JMESPath.
    """

    model_name: str | None = None
    instance_type: str | None = None
    initial_instance_count: int | None = None
    accelerator_type: str | None = None
    endpoint_name: str | None = None
    endpoint_name_prefix: str | None = None
    target_model: str | None = None
    content_type: Literal["text/csv", "application/jsonlines", "application/json"] | None = None
    accept_type: Literal["text/csv", "application/jsonlines", "application/json"] | None = None
    content_template: str | None = None
    record_template: str | None = None
    custom_attributes: str | None = None
    label_headers: list[str] | None = None
    label: str | int | None = None
    probability: str | int | None = None


class AttributionConfig(Strict):
    """``analysis_config.json`` of feature attribution; what it says of data is said where these are read."""

    version: str | float = "1.0"
    dataset_type: str | None = None
    headers: list[str] | None = None
    features: str | None = None
    label: str | int | None = None
    methods: Methods = Methods()
    predictor: PredictorConfig | None = None

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = self.headers or []
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise PydanticCustomError("twice", "The header '{name}' is there twice", {"name": twice})
        return self

    @property
    def shap(self) -> Shap:
        """How attributions are made."""
        return self.methods.shap

    @property
    def feature_headers(self) -> tuple[str, ...]:
        """The headers of features: all but the label's; none where there are no headers."""
        return tuple(name for name in self.headers or () if name != self.label)

    def explained(self, names: Sequence[str]) -> list[str]:
        """Return the features to explain, of these.

        Raises
        ------
        DocumentError
            One is not there.
        """
        asked = self.shap.features_to_explain
        return list(names) if asked is None else [_feature(feature, names) for feature in asked]

    def baseline_rows(self, names: Sequence[str]) -> list[Row] | None:
        """Return the rows of the baseline by feature, or None where clusters make it.

        Raises
        ------
        DocumentError
            A row has other features.
        """
        found = self.shap.baseline
        if found is None:
            return None
        rows = _listed(found) if isinstance(found, dict) else found
        return [_row(row, names, place) for place, row in enumerate(rows)]


def _feature(asked: str | int, names: Sequence[str]) -> str:
    if isinstance(asked, int) and 0 <= asked < len(names):
        return names[asked]
    if asked in names:
        return str(asked)
    raise DocumentError(
        f"There is no feature {asked!r} to explain.{did_you_mean(str(asked), names)}",
        field="methods.shap.features_to_explain",
        next_step=f"There are: {', '.join(names)}.",
    )


def _listed(found: dict[str, Any]) -> list[Any]:
    """Return the rows of a JSON object: its only list, or itself as a single row."""
    return next((value for value in found.values() if isinstance(value, list)), [found])


def _row(row: Any, names: Sequence[str], place: int) -> Row:
    """Return one row by feature; its values are a list, that of an object's only key, or named."""
    if isinstance(row, dict) and len(row) == 1 and isinstance(next(iter(row.values())), list):
        (row,) = row.values()
    if isinstance(row, list) and len(row) == len(names):
        return dict(zip(names, row, strict=True))
    if isinstance(row, dict) and set(names) <= row.keys():
        return {name: row[name] for name in names}
    lacking = [name for name in names if name not in row] if isinstance(row, dict) else []
    counted = f"of {len(row)} values" if isinstance(row, list) else repr(row)
    found = f"without {', '.join(lacking)}" if lacking else counted
    raise DocumentError(
        f"Expected rows of the {len(names)} features, and found one {found}.",
        field=f"methods.shap.baseline[{place}]",
        next_step=f"Give the features alone, in this order: {', '.join(names)}.",
    )
