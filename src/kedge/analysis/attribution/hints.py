"""What is behind a drift of attributions: the features that changed their places."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedge.analysis.attribution.summary import FeatureSides

_TOLD: Final = 3


def hint(features: Mapping[str, FeatureSides]) -> str:
    """Return which features moved, those whose share changed most first.

    >>> from kedge.analysis.attribution.summary import FeatureSides
    >>> hint({"zip": FeatureSides(value=0.4, share=0.8, rank=1, baseline=0.1, baseline_share=0.2, baseline_rank=2)})
    'zip rose from place 2 to 1 (0.1 to 0.4).'
    """
    known = {name: found.baseline_share for name, found in features.items() if found.baseline_share is not None}
    changes = {name: features[name].share - share for name, share in known.items()}
    surely = [name for name in changes if features[name].moved is not False and changes[name]]
    told = sorted(surely, key=lambda name: -abs(changes[name]))[:_TOLD]
    return " ".join(_sentence(name, features[name], changes[name]) for name in told)


def _sentence(name: str, found: FeatureSides, change: float) -> str:
    verb = "rose" if change > 0 else "fell"
    places = f"{verb} from place {found.baseline_rank} to {found.rank}" if found.baseline_rank != found.rank else verb
    return f"{name} {places} ({found.baseline or 0.0:.3g} to {found.value:.3g})."
