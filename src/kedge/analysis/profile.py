"""A profile: what is remembered of every feature of one window of one endpoint variant."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Self

from kedge.analysis import joints as joint_sketches
from kedge.analysis.sketches.categories import Categories
from kedge.analysis.sketches.distinct import Distinct
from kedge.analysis.sketches.extremes import Extremes
from kedge.analysis.sketches.kll import Kll
from kedge.analysis.sketches.moments import Moments
from kedge.analysis.sketches.sample import Sample
from kedge.analysis.sketches.tail import Tail
from kedge.analysis.sketches.types import Types
from kedge.domain.window import Window, format_time, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from kedge.analysis.batch import Batch, Column
    from kedge.analysis.joints import Joint

    Apply = Callable[[Callable[[str], "Feature"], Iterable[str]], Iterable["Feature"]]


@dataclass(frozen=True)
class Feature:
    """The sketches of one feature; ``Feature()`` is the feature of which nothing was seen."""

    types: Types = field(default_factory=Types)
    moments: Moments = field(default_factory=Moments)
    extremes: Extremes = field(default_factory=Extremes)
    kll: Kll = field(default_factory=Kll)
    tail: Tail = field(default_factory=Tail)
    distinct: Distinct = field(default_factory=Distinct)
    categories: Categories = field(default_factory=Categories)

    def update(self, column: Column) -> Self:
        """Return the feature with a further column seen by every sketch."""
        return replace(self, **{f.name: getattr(self, f.name).update(column) for f in fields(self)})

    def update_or_miss(self, column: Column | None, rows: int) -> Self:
        """Return the feature with a column seen, or missing in that many rows."""
        return self.update(column) if column is not None else replace(self, types=self.types.merge(Types(missing=rows)))

    def merge(self, other: Self, only: Iterable[str] | None = None) -> Self:
        """Return the feature of all that either has seen; sketches that ``only`` does not name stay as they are."""
        names = (f.name for f in fields(self)) if only is None else only
        return replace(self, **{name: getattr(self, name).merge(getattr(other, name)) for name in names})

    def without_texts(self) -> Self:
        """Return the feature with hashes in place of its texts."""
        return replace(self, categories=self.categories.without_texts())

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data, sketch by sketch."""
        return {f.name: getattr(self, f.name).to_json() for f in fields(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        empty = cls()
        return replace(
            empty,
            **{f.name: type(getattr(empty, f.name)).from_json(data[f.name]) for f in fields(cls) if f.name in data},
        )


@dataclass(frozen=True)
class Profile:
    """Feature name to sketches, for one window of one endpoint variant.

    ``endpoint`` and ``variant`` are None for plain files; ``window`` is None where no time is known. Of texts
    it remembers only hashes where ``hashed`` is set. ``joints`` are sketches of several features together, by name.
    """

    features: dict[str, Feature] = field(default_factory=dict)
    rows: int = 0
    sample: Sample = field(default_factory=Sample)
    endpoint: str | None = None
    variant: str | None = None
    window: Window | None = None
    hashed: bool = False
    joints: Mapping[str, Joint] = field(default_factory=dict)

    @classmethod
    def without_raw_values(cls) -> Self:
        """Return the empty profile that will remember no row, and of texts only hashes."""
        return cls(sample=Sample(size=0), hashed=True)

    def update(self, batch: Batch, apply: Apply = map) -> Self:
        """Return the profile of all that was seen and of this batch; ``apply`` may share the work out."""
        names = list(dict.fromkeys([*self.features, *batch.columns]))
        seen = apply(lambda name: self._feature(name).update_or_miss(batch.columns.get(name), len(batch)), names)
        joints = {name: joint.update(batch) for name, joint in self.joints.items()}  # while others share the work
        return replace(
            self,
            joints=joints,
            features=dict(zip(names, seen, strict=True)),
            rows=self.rows + len(batch),
            sample=self.sample.update(batch),
        )

    def merge(self, other: Self, only: Collection[str] | None = None) -> Self:
        """Return the profile of both windows; endpoint and variant stay only where both agree.

        Where ``only`` names sketches, the others of its features stay as they are.
        """
        names = dict.fromkeys([*self.features, *other.features])
        merged = {name: self._feature(name).merge(other._feature(name), only) for name in names}
        windows = [profile.window for profile in (self, other) if profile.window]
        return replace(
            self,
            features=merged,
            rows=self.rows + other.rows,
            sample=self.sample.merge(other.sample),
            endpoint=self.endpoint if self.endpoint == other.endpoint else None,
            variant=self.variant if self.variant == other.variant else None,
            window=windows[0] | windows[-1] if windows else None,
            hashed=self.hashed or other.hashed,
            joints=joint_sketches.merged(self.joints, other.joints),
        )

    def _feature(self, name: str) -> Feature:
        """Return a feature; one that was never seen is missing in every row."""
        if name in self.features:
            return self.features[name]
        return Feature(types=Types(missing=self.rows), categories=Categories(hashed=self.hashed))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {
            "endpoint": self.endpoint,
            "variant": self.variant,
            "window": [format_time(self.window.start), format_time(self.window.end)] if self.window else None,
            "rows": self.rows,
            "hashed": self.hashed,
            "features": {name: feature.to_json() for name, feature in self.features.items()},
            "sample": self.sample.to_json(),
            **({"joints": {name: joint.to_json() for name, joint in self.joints.items()}} if self.joints else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what :meth:`to_json` wrote."""
        window = data.get("window")
        return cls(
            features={name: Feature.from_json(feature) for name, feature in data["features"].items()},
            rows=data["rows"],
            sample=Sample.from_json(data["sample"]),
            endpoint=data.get("endpoint"),
            variant=data.get("variant"),
            window=Window(*map(parse_time, window)) if window else None,
            hashed=data.get("hashed", False),
            joints=joint_sketches.read(data.get("joints", {})),
        )


def together(profiles: Sequence[Profile]) -> Profile:
    """Return the profile of all of them, such as the variants of an endpoint; the empty one where there is none."""
    return reduce(Profile.merge, profiles) if profiles else Profile()
