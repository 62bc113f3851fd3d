"""Secrets: texts that nobody prints. Who needs one reveals it, in one place that can be looked for."""

from __future__ import annotations

import hmac
import os
import re
from pathlib import Path
from typing import Final, NoReturn, Self

from kedge.errors import SettingError

MASK: Final = "***"
REFERENCE: Final = re.compile(r"(file|env):(.+)", re.DOTALL)
# The password of a URL ends at the last @ before the path: one that is not encoded may hold an @ itself.
_PASSWORD: Final = re.compile(r"(?<=://)([^\s:/?#@'\"]*):([^\s/?#'\"]*)@")
_GREEDY: Final = re.compile(r"(?<=://)([^/:@]*):.*@", re.DOTALL)
# A key of a query, or of a connection string, that says by its name that its value is one.
_NAMED: Final = re.compile(
    r"(?<![a-z])((?:[a-z]+[-_])*(?:sslpassword|password|passwd|pwd|token|secret|signature|sig|credential|api[-_]?key|"
    r"access[-_]?key)=)[^&#\s'\"]+",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)


class Secret:
    """A text that is not printed, in whatever way one tries, nor pickled, nor written as JSON.

    Parameters
    ----------
    text
        What is secret.
    reference
        Where it is, in the place of the text: ``file:PATH`` or ``env:NAME``. It is read whenever it is revealed, so a
        secret may change while a server runs.

    >>> token = Secret("s3cr3t")
    >>> print(token, f"{token:>10}", [token], token.reveal())
    *** *** [***] s3cr3t
    """

    __slots__ = ("_text", "reference")

    def __init__(self, text: str = "", *, reference: str | None = None) -> None:
        self._text, self.reference = text, reference

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the secret that a setting names by ``file:PATH`` or ``env:NAME``, or that it holds itself."""
        return cls(reference=text) if REFERENCE.fullmatch(text) else cls(text)

    def reveal(self) -> str:
        """Return the text.

        Raises
        ------
        SettingError
            There is none where the reference says.
        """
        return self._text if self.reference is None else _read(self.reference)

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, its = (f"{one.reference}\0{one._text}".encode() for one in (self, other))
        return hmac.compare_digest(mine, its)

    def __hash__(self) -> int:
        return hash((Secret, self.reference, self._text))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A secret is not pickled; hand on where it is, file:PATH or env:NAME.")


class SecretUrl(Secret):
    """A URL of which only the password is secret.

    >>> print(SecretUrl("postgresql://ann:s3cr3t@db/kedge"))
    postgresql://ann:***@db/kedge
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(str(self))

    def __str__(self) -> str:
        if self.reference is not None:
            return self.reference
        # One that is not encoded may hold anything, so all up to the last @; and what is no URL may be the secret.
        return masked(_GREEDY.sub(rf"\1:{MASK}@", self._text)) if "://" in self._text else MASK


def masked(text: str) -> str:
    """Return a text without what looks like a secret: passwords of URLs, values that are called so, bearer tokens.

    >>> masked("postgresql://ann:s3c@ret@db/kedge?sslpassword=x and https://host/a?X-Amz-Signature=ab&n=1")
    'postgresql://ann:***@db/kedge?sslpassword=*** and https://host/a?X-Amz-Signature=***&n=1'
    """
    text = _PASSWORD.sub(rf"\1:{MASK}@", text)
    return _BEARER.sub(rf"\1 {MASK}", _NAMED.sub(rf"\1{MASK}", text))


def _read(reference: str) -> str:
    kind, _, name = reference.partition(":")
    if kind == "env":
        text = os.environ.get(name, "")
    else:
        try:
            text = Path(name).read_text("utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, UnicodeDecodeError) as error:
            said = getattr(error, "strerror", None) or "it is no text"
            raise SettingError(
                f"The secret cannot be read ({said}).", file=reference, next_step="Check the file, and who may read it."
            ) from None
    if not text:
        raise SettingError("There is no secret here.", file=reference, next_step="Put it there, or name another place.")
    return text
