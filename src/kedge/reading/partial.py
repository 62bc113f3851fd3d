"""Parts of profile files: only the features and the sketches that are asked for.

A profile of a hundred features is megabytes, of which a mean needs a hundred bytes a feature. What kedge writes has
its keys in one order and no space between them, so the places of the parts are found without reading what lies
between; a file that somebody laid out anew is read whole. No text can be taken for a part: a quotation mark inside a
text has a backslash before it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from kedge.analysis.profile import Feature, Profile
from kedge.analysis.sketches.sample import Sample
from kedge.domain.window import Window, parse_time
from kedge.reading.documents import read_profiles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SKETCHES: Final = tuple(field.name for field in fields(Feature))
SMALL: Final = ("types", "moments", "extremes")  # they stand first, and are read in one go
LARGE: Final = SKETCHES[len(SMALL) :]
DIGEST_BYTES: Final = 8

_BEGIN: Final = b'{"version":1,"profiles":['
_PROFILE: Final = b'{"endpoint":'
_TEXT: Final = rb'(null|"(?:[^"\\]|\\.)*")'
_HEAD: Final = re.compile(
    rb'\{"endpoint":%s,"variant":%s,"window":(null|\["[^"]*","[^"]*"\]),"rows":(\d+),"hashed":(true|false),"features":\{'
    % (_TEXT, _TEXT)
)
_FEATURE: Final = b':{"types":{"missing":'
_END: Final = b'},"sample":{"size":'


class _LaidOutAnewError(Exception):
    """The file is not laid out as kedge writes it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of a profile before its features, and where in its file it starts and ends.

    ``profile`` has no features yet; they start at ``features``.
    """

    profile: Profile
    start: int
    features: int
    end: int

    def digest(self, content: bytes) -> str:
        """Return a hash of the profile, whatever stands after it in its file."""
        return digest(content[self.start : self.end].rstrip(b"]},\n "))


@dataclass(frozen=True, slots=True)
class Part:
    """What is wanted of a profile: which features (None is all), and which of their sketches."""

    features: tuple[str, ...] | None = None
    sketches: frozenset[str] = frozenset(SKETCHES)

    def of(self, profile: Profile) -> Profile:
        """Return the part of a profile that was read whole."""
        names = profile.features if self.features is None else [n for n in self.features if n in profile.features]
        empty = Feature()
        unasked = {name: getattr(empty, name) for name in SKETCHES if name not in self.sketches}
        features = {name: replace(profile.features[name], **unasked) for name in names}
        return replace(profile, features=features, sample=Sample(size=0), joints={})


def heads(content: bytes, url: str) -> tuple[Head, ...]:
    """Return what is said of each profile of a file before its features.

    Raises
    ------
    DocumentError
        It is no profile file.
    """
    try:
        return tuple(_heads(content))
    except _LaidOutAnewError:
        return tuple(Head(_headed(profile), 0, 0, len(content)) for profile in read_profiles(content, url))


def digest(content: bytes) -> str:
    """Return a short hash by which content is known again."""
    return blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


def read_part(content: bytes, url: str, place: int, part: Part) -> Profile:
    """Read a part of the profile at ``place`` of a file; the rest of it is empty.

    Raises
    ------
    DocumentError
        It is no profile file.
    """
    try:
        head = list(_heads(content))[place]
        return replace(head.profile, features=dict(_features(content, head, part)))
    except (_LaidOutAnewError, ValueError, KeyError, TypeError):
        return part.of(read_profiles(content, url)[place])


def _heads(content: bytes) -> Iterator[Head]:
    if not content.startswith(_BEGIN + _PROFILE):
        raise _LaidOutAnewError
    found = []
    place = content.find(_PROFILE)
    while place >= 0:  # a row with a column of this name looks alike, but not for long
        found += [match] if (match := _HEAD.match(content, place)) else []
        place = content.find(_PROFILE, match.end() if match else place + 1)
    if not found or found[0].start() != len(_BEGIN):
        raise _LaidOutAnewError
    for match, following in zip(found, [*found[1:], None], strict=True):
        end = following.start() if following else len(content)
        endpoint, variant, window, rows, hashed = (json.loads(group) for group in match.groups())
        profile = Profile(
            rows=rows,
            sample=Sample(size=0),
            endpoint=endpoint,
            variant=variant,
            window=Window(*map(parse_time, window)) if window else None,
            hashed=hashed,
        )
        yield Head(profile, match.start(), match.end(), end)


def _headed(profile: Profile) -> Profile:
    return replace(profile, features={}, sample=Sample(size=0), joints={})


def _features(content: bytes, head: Head, part: Part) -> Iterator[tuple[str, Feature]]:
    end = content.find(_END, head.features - 1, head.end)
    if end < 0:
        raise _LaidOutAnewError
    if part.features is None:
        places = list(_all_places(content, head.features, end))
        limits = [place for _, place in places[1:]] + [end + 1]
    else:
        places = list(_places(content, head.features, end, part.features))
        following = (content.find(_FEATURE, place + 1, end) for _, place in places)
        limits = [place if place >= 0 else end + 1 for place in following]
    for (name, place), limit in zip(places, limits, strict=True):
        yield name, _feature(content, place + 1, limit, part.sketches)


def _all_places(content: bytes, start: int, end: int) -> Iterator[tuple[str, int]]:
    """Yield the name of every feature, and the place right after it."""
    place = content.find(_FEATURE, start, end)
    while place >= 0:
        yield json.loads(content[_opening(content, start, place - 1) : place]), place
        place = content.find(_FEATURE, place + 1, end)


def _places(content: bytes, start: int, end: int, names: Collection[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        key = json.dumps(name, ensure_ascii=False).encode()
        place = content.find(key + _FEATURE, start, end)
        while place >= 0 and content[place - 1] not in b"{,":  # the end of a longer name, with a mark in it
            place = content.find(key + _FEATURE, place + 1, end)
        if place >= 0:
            yield name, place + len(key)


def _opening(content: bytes, start: int, closing: int) -> int:
    """Return where the text starts whose last quotation mark is at ``closing``."""
    place = content.rfind(b'"', start, closing)
    while place > 0 and _backslashes(content, place) % 2:
        place = content.rfind(b'"', start, place)
    if place < 0:
        raise _LaidOutAnewError
    return place


def _backslashes(content: bytes, place: int) -> int:
    """Return how many backslashes stand right before a place."""
    before = place
    while content[before - 1 : before] == b"\\":
        before -= 1
    return place - before


def _feature(content: bytes, start: int, limit: int, sketches: frozenset[str]) -> Feature:
    """Return the sketches of the feature at ``start``; the next one lies beyond ``limit``."""
    data: dict[str, Any] = {}
    if not sketches.isdisjoint(SMALL):
        small = json.loads(content[start : _found(content, LARGE[0], start, limit)] + b"}")
        data = {name: small[name] for name in SMALL if name in sketches}
    if not sketches.isdisjoint(LARGE):
        data |= dict(_large(content, start, limit, sketches))
    return Feature.from_json(data)


def _large(content: bytes, start: int, limit: int, sketches: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the large sketches; before the last of them there is no text of the data."""
    for place, name in enumerate(LARGE):
        start = _found(content, name, start, limit)
        if name in sketches:
            following = _found(content, LARGE[place + 1], start, limit) if name != LARGE[-1] else limit
            text = content[start + len(name) + 4 : following].decode("utf-8", "replace")
            yield name, json.JSONDecoder().raw_decode(text)[0]


def _found(content: bytes, sketch: str, start: int, limit: int) -> int:
    place = content.find(b',"%s":' % sketch.encode(), start, limit)
    if place < 0:
        raise _LaidOutAnewError
    return place
