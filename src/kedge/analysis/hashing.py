"""Stable 64-bit hashes of whole columns: the same on every machine, in every version, for ever.

Profiles keep hashes, so a change here would set stored sketches against new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK: Final = 8192  # rows at a time: the intermediate results stay in the cache
_STEP: Final = 0x9E3779B97F4A7C15  # splitmix64's increment: 2**64 divided by the golden ratio
_MASKS: Final = tuple(256**size - 1 for size in range(9))  # keeps the first bytes of a little-endian word


def hash_numbers(numbers: NDArray[np.float64]) -> NDArray[np.uint64]:
    """Hash numbers by value: splitmix64 of the IEEE 754 bits, where -0.0 is 0.0.

    Parameters
    ----------
    numbers
        ``(n,)`` float64. Equal numbers have equal hashes; different ones never collide (NaN aside), because
        splitmix64 is a bijection.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` uint64, uniform over all 64 bits.

    Examples
    --------
    >>> hash_numbers(np.array([0.0, -0.0, 1.0])).tolist()
    [16294208416658607535, 16294208416658607535, 9860564707913756141]

    References
    ----------
    Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    return _mix((numbers + 0.0).view(np.uint64))


def hash_texts(offsets: NDArray[np.int64], data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Hash texts by their UTF-8 bytes and their length.

    With ``w[i]`` the i-th word of eight bytes (little-endian, the last one filled up with zero bytes), the hash
    is ``mix(length + sum_i mix(w[i] xor i * step))`` modulo 2**64, where ``mix`` is splitmix64. A sum, unlike a
    chain, can be taken down the rows of a batch for short texts and along the text for long ones.

    Parameters
    ----------
    offsets, data
        ``(n + 1,)`` and ``(bytes,)``: text ``i`` is ``data[offsets[i]:offsets[i + 1]]``. The work is proportional to
        the bytes, also where one text is much longer than the rest.

    Returns
    -------
    numpy.ndarray
        ``(n,)`` uint64, uniform over all 64 bits; no defence against somebody who constructs collisions.

    Examples
    --------
    >>> hash_texts(np.array([0, 0, 4, 8]), np.frombuffer(b"blueblue", np.uint8)).tolist()
    [12035550249420947055, 14690576955315645796, 14690576955315645796]
    """
    hashes = np.empty(len(offsets) - 1, np.uint64)
    words = _overlapping_words(data)
    for start in range(0, len(hashes), BLOCK):
        hashes[start : start + BLOCK] = _mix(_sums(offsets[start : start + BLOCK + 1], data, words))
    return hashes


def hash_keys(seed_text: str, start: int, n: int) -> NDArray[np.uint64]:
    """Return the keys of ``n`` rows, from row ``start`` on, of the file that ``seed_text`` names.

    The key of row ``i`` is ``mix(hash of the name + i)``: the keys of one file never collide.

    >>> hash_keys("a.csv", 0, 3)[1:].tolist() == hash_keys("a.csv", 1, 2).tolist()
    True
    """
    rows = np.arange(start, start + n, dtype=np.uint64)
    name = np.frombuffer(seed_text.encode("utf-8", "surrogateescape"), np.uint8)
    return _mix(hash_texts(np.array([0, len(name)]), name) + rows)


def rehash(keys: NDArray[np.uint64], place: int) -> NDArray[np.uint64]:
    """Return the hashes at one place of the streams that keys begin: independent of keys and of other places.

    >>> keys = hash_keys("a.csv", 0, 3)
    >>> bool((rehash(keys, 0) == rehash(keys, 1)).any())
    False
    """
    return _mix(keys + np.uint64(place * _STEP & _MASKS[8]))


def mix(seed: int) -> int:
    """Return splitmix64 of one integer: the scalar twin of the hashes above.

    >>> mix(0) == 0xE220A8397B1DCDAF
    True
    """
    return int(_mix(np.array([seed & _MASKS[8]], np.uint64))[0])


def _mix(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = words + np.uint64(_STEP)
    for start in range(0, len(mixed), BLOCK):
        block = mixed[start : start + BLOCK]
        shifted = block >> 30
        block ^= shifted
        block *= np.uint64(0xBF58476D1CE4E5B9)
        block ^= np.right_shift(block, 27, out=shifted)
        block *= np.uint64(0x94D049BB133111EB)
        block ^= np.right_shift(block, 31, out=shifted)
    return mixed


def _sums(offsets: NDArray[np.int64], data: NDArray[np.uint8], words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return length plus mixed words of every text."""
    starts, sizes, masks = offsets[:-1], np.diff(offsets), np.array(_MASKS, np.uint64)
    sums = sizes.astype(np.uint64) + _mix(words[starts] & masks[np.minimum(sizes, 8)])
    rows, place = np.flatnonzero(sizes > 8), 1
    while len(rows):
        at, left = starts[rows] + 8 * place, sizes[rows] - 8 * place
        if len(rows) < left.max() // 8:
            break
        sums[rows] += _mix(words[at] & masks[np.minimum(left, 8)] ^ _salts(place, 1))
        rows, place = rows[left > 8], place + 1
    for row in rows:  # few and long: rather text by text than word by word
        rest = _words(data[starts[row] + 8 * place : offsets[row + 1]])
        sums[row : row + 1] += _mix(rest ^ _salts(place, len(rest))).sum()
    return sums


def _salts(place: int, n: int) -> NDArray[np.uint64]:
    """Return what tells the words of a text apart, from the ``place``-th on."""
    return np.arange(place, place + n, dtype=np.uint64) * np.uint64(_STEP)


def _words(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the words of one text, the last one filled up with zero bytes."""
    return np.concatenate([data, np.zeros(-len(data) % 8, np.uint8)]).view("<u8")


def _overlapping_words(data: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return the word that starts at every byte, as a view; zero bytes follow the data."""
    padded = np.concatenate([data, np.zeros(8, np.uint8)])
    return np.ndarray((len(data) + 1,), "<u8", padded, strides=(1,))
