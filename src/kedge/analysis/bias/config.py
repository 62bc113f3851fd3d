"""The analysis configuration of bias, as a person writes it (bias.md, 5.5).

It is the service's file: its monitor's few keys or all of them. What is kedge's own is ``data_types``,
``intersections`` and ``minimum_group_rows``.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from kedge.analysis.bias.plan import Facet, Kind, Plan, Value
from kedge.errors import did_you_mean

MINIMUM_GROUP_ROWS = 30


class Part(BaseModel):
    """A part of the configuration: a key that it does not know is refused, with the nearest that it knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, data: Any) -> Any:
        for key in data if isinstance(data, dict) else ():
            if key not in cls.model_fields:
                told = {"key": str(key), "near": did_you_mean(str(key), cls.model_fields)}
                raise PydanticCustomError("unknown_key", "There is no key '{key}' here.{near}", told)
        return data


class FacetPart(Part):
    """A column by whose values people are told apart, and the values of those who may be at a disadvantage."""

    name_or_index: str | int
    value_or_threshold: list[Value] = []


class Method(Part):
    """Which metrics of a stage to compute."""

    methods: Literal["all"] | list[str] = "all"


class Methods(Part):
    """What to compute; what is not bias is passed over."""

    pre_training_bias: Method | None = None
    post_training_bias: Method | None = None
    shap: Any = None
    pdp: Any = None
    report: Any = None
    asymmetric_shapley_value: Any = None


class Predictor(BaseModel):
    """What the model answers with; all but the labels of its probabilities is of no use here."""

    model_config = ConfigDict(extra="allow", frozen=True)

    label_headers: list[Value] = []


class BiasConfig(Part):
    """The analysis configuration. What another analysis needs is read and passed over."""

    version: str | float = "1.0"
    headers: list[str] | None = None
    label: str | int | None = None
    label_values_or_threshold: list[Value] = Field(min_length=1)
    predicted_label: str | int | None = None
    probability_threshold: float | None = Field(default=None, ge=0, le=1)
    facet: list[FacetPart] = Field(min_length=1)
    group_variable: str | int | None = None
    excluded_columns: list[str | int] = []
    methods: Methods | None = None
    predictor: Predictor | None = None

    # kedge's own
    data_types: dict[str, Kind] = {}
    intersections: list[list[str]] = []
    minimum_group_rows: int = Field(default=MINIMUM_GROUP_ROWS, ge=1)

    # the service's, of no use here
    dataset_type: Any = None
    dataset_uri: Any = None
    features: Any = None
    facet_dataset_uri: Any = None
    facet_headers: Any = None
    predicted_label_dataset_uri: Any = None
    predicted_label_headers: Any = None
    joinsource_name_or_index: Any = None
    segment_config: Any = None
    time_series_data_config: Any = None

    @model_validator(mode="after")
    def _indexed(self) -> Self:
        """Refuse an index that no header has."""
        count = len(self.headers or [])
        asked = [self.label, self.group_variable, self.predicted_label, *(facet.name_or_index for facet in self.facet)]
        for index in asked:
            if self.headers and isinstance(index, int) and not 0 <= index < count:
                told = {"index": index, "last": count - 1}
                raise PydanticCustomError("index", "There is no header {index}; they are 0 to {last}", told)
        return self

    @model_validator(mode="after")
    def _once(self) -> Self:
        """Refuse a facet that is there twice."""
        keys = [Facet(self.name(f.name_or_index), tuple(f.value_or_threshold)).key for f in self.facet]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise PydanticCustomError("facet", "The facet '{key}' is there twice", {"key": twice})
        return self

    @model_validator(mode="after")
    def _crossed(self) -> Self:
        """Refuse an intersection of what is no facet, or of one whose values are not named."""
        known = {self.name(facet.name_or_index): facet for facet in self.facet}
        for part in self.intersections:
            if len(set(part)) < 2:
                raise PydanticCustomError("intersection", "An intersection is of two different facets or more")
            for name in part:
                if name not in known:
                    told = {"name": name, "near": did_you_mean(name, known)}
                    raise PydanticCustomError(
                        "intersection", "An intersection is of facets, and '{name}' is none.{near}", told
                    )
                if not known[name].value_or_threshold:
                    raise PydanticCustomError(
                        "intersection", "An intersection needs the value_or_threshold of '{name}'", {"name": name}
                    )
        return self

    @property
    def classes(self) -> tuple[str, ...]:
        """What a list of probabilities is of; a single one is held against the threshold."""
        headers = tuple(map(str, self.predictor.label_headers)) if self.predictor else ()
        return headers if len(headers) > 1 else ()

    def name(self, asked: str | int) -> str:
        """Return the name of a column: an index counts the headers, where there are any."""
        if isinstance(asked, int) and self.headers:
            return self.headers[asked]
        return str(asked)

    def plan(
        self,
        *,
        label: str | None = None,
        prediction: str | None = None,
        probability: str | None = None,
        threshold: float | None = None,
    ) -> Plan:
        """Return what to count, given the roles that the configuration leaves to the job: those given win."""
        facets = tuple(Facet(self.name(f.name_or_index), tuple(f.value_or_threshold)) for f in self.facet)
        predicted = None if self.predicted_label is None else self.name(self.predicted_label)
        classes = self.classes if probability and not prediction else ()
        limits = (threshold, self.probability_threshold, 0.5)
        return Plan(
            label=label or (None if self.label is None else self.name(self.label)) or (self.headers or [""])[-1],
            positive=tuple(self.label_values_or_threshold),
            facets=facets,
            prediction=prediction or (probability if classes else None if probability else predicted),
            probability=None if classes else probability,
            classes=classes,
            threshold=next(limit for limit in limits if limit is not None),
            group=None if self.group_variable is None else self.name(self.group_variable),
            intersections=tuple(tuple(part) for part in self.intersections),
            excluded=tuple(map(self.name, self.excluded_columns)),
            kinds=self._kinds(facets),
            least=self.minimum_group_rows,
        )

    def _kinds(self, facets: tuple[Facet, ...]) -> dict[str, Kind]:
        named = {facet.key: self.data_types[facet.name] for facet in facets if facet.name in self.data_types}
        label = None if self.label is None else self.data_types.get(self.name(self.label))
        return named if label is None else {**named, "": label}

    def chosen(self, stage: Literal["pre_training", "post_training"]) -> list[str] | None:
        """Return the names of the metrics to compute in a stage; None stands for all, an empty list for none."""
        if self.methods is None or not (self.methods.pre_training_bias or self.methods.post_training_bias):
            return None
        method: Method | None = getattr(self.methods, f"{stage}_bias")
        if method is None:
            return []
        return None if method.methods == "all" else method.methods
