"""Sealed files: lines that only the holder of a key can read, by AES-GCM in an envelope.

The first line is JSON and names the key; each line after it is one record, in base64: 12 bytes of nonce, then the
ciphertext with its tag. Each file has a key of its own, derived (HKDF, SHA-256) from the process's data key by the
file's id; the data key lies in the first line, wrapped by the master key. Nonces count up, so a line that is moved,
repeated or taken from another file does not open.
"""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedge.errors import InputError, MissingDependency, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY_BYTES, NONCE_BYTES = 32, 12
FORMAT = "kedge-lines-1"
ABOUT = b"kedge data key"  # what a wrapped key is bound to
MAKE = 'Make one: python -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'


class SealedFile:
    """Seals the lines of one file."""

    def __init__(self, id: str, data_key: bytes, wrapped: dict[str, str]) -> None:
        self.header = json.dumps({"sealed": FORMAT, "file": id, **wrapped}).encode()
        self._cipher = _cipher(data_key, id)
        self._places = count(1)

    def seal(self, line: bytes) -> bytes:
        """Return a line sealed."""
        nonce = next(self._places).to_bytes(NONCE_BYTES, "big")
        return b64encode(nonce + self._cipher.encrypt(nonce, line, None))


def sealer(key: str) -> Callable[[str], SealedFile]:
    """Return what seals the file of an id, with a data key that is made now.

    Parameters
    ----------
    key
        ``file:PATH`` or ``env:NAME``, where a key of 32 bytes is in base64, or several, a line each, of which the
        first seals; ``kms:KEY``, the id, alias or address of a key that a key service holds.

    Raises
    ------
    SettingError
        There is no key there, or it is none.
    MissingDependency
        ``cryptography`` is not installed, or for ``kms:`` boto3.
    """
    kind, _, name = key.partition(":")
    if kind == "kms":
        data_key, wrapped = _from_service(key, name)
    else:
        master, data_key = _masters(key)[0], os.urandom(KEY_BYTES)
        nonce = os.urandom(NONCE_BYTES)
        sealed = nonce + _aes(master).encrypt(nonce, data_key, ABOUT)
        wrapped = {"key": fingerprint(master), "wrapped": b64encode(sealed).decode()}
    _aes(data_key)
    return lambda id: SealedFile(id, data_key, wrapped)


def opened(content: bytes, key: str, file: object = None) -> bytes:
    """Return the lines of a sealed file, readable.

    Raises
    ------
    InputError
        It is none, or was sealed with another key, or was changed.
    SettingError, MissingDependency
        As of ``sealer``.
    """
    header, _, rest = content.partition(b"\n")
    try:
        told = json.loads(header)
        cipher = _cipher(_data_key(told, key, file), told["file"])
    except (ValueError, KeyError, TypeError):
        raise InputError("The file does not start as a sealed file does.", file=file, line=1) from None
    return b"".join(_lines(rest, cipher, file))


def fingerprint(key: bytes) -> str:
    """Return a name for a key that does not tell it: the start of its SHA-256."""
    return sha256(key).hexdigest()[:16]


def _lines(rest: bytes, cipher: Any, file: object) -> Iterator[bytes]:
    from cryptography.exceptions import InvalidTag

    last = b""
    for number, line in enumerate(rest.split(b"\n"), 2):
        if not line:  # the end, or where a torn line was set aside
            continue
        try:
            sealed = b64decode(line, validate=True)
            nonce = sealed[:NONCE_BYTES]
            text = cipher.decrypt(nonce, sealed[NONCE_BYTES:], None)
        except (InvalidTag, NotBase64, ValueError):
            text = None
        if text is None or nonce <= last:
            raise InputError(
                "The line cannot be opened: it was changed, moved, or is not of this file.", file=file, line=number
            )
        last = nonce
        yield text + b"\n"


def _data_key(told: dict[str, str], key: str, file: object) -> bytes:
    from cryptography.exceptions import InvalidTag

    wrapped = b64decode(told["wrapped"])
    if key.startswith("kms:"):
        return bytes(_service(key, lambda client: client.decrypt(CiphertextBlob=wrapped)["Plaintext"]))
    for master in _masters(key):
        if fingerprint(master) == told["key"]:
            try:
                return bytes(_aes(master).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], ABOUT))
            except InvalidTag:
                break
    raise InputError(
        f"The file was sealed with another key, {told['key']}.", file=file, next_step=f"Set capture_key; now: {key}."
    )


def _masters(key: str) -> list[bytes]:
    """Return the keys that are where ``key`` says; no message ever holds one."""
    kind, _, name = key.partition(":")
    if kind == "file":
        try:
            text = Path(name).read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise SettingError(f"The key cannot be read ({type(error).__name__}).", field="key", file=name) from None
    elif kind == "env":
        text = os.environ.get(name, "")
    else:
        raise SettingError(
            "This does not say where a key is.", field="key", next_step="Write file:PATH, env:NAME or kms:KEY."
        )
    keys = [_decoded(line, key) for line in text.split()]
    if not keys:
        raise SettingError("There is no key.", field="key", file=key, next_step=MAKE)
    return keys


def _decoded(line: str, key: str) -> bytes:
    try:
        bytes = b64decode(line, validate=True)
    except NotBase64:
        bytes = b""
    if len(bytes) != KEY_BYTES:
        raise SettingError(f"This is no key of {KEY_BYTES} bytes in base64.", field="key", file=key, next_step=MAKE)
    return bytes


def _from_service(key: str, name: str) -> tuple[bytes, dict[str, str]]:
    made = _service(key, lambda client: client.generate_data_key(KeyId=name, KeySpec="AES_256"))
    return made["Plaintext"], {"key": key, "wrapped": b64encode(made["CiphertextBlob"]).decode()}


def _service(key: str, call: Callable[[Any], Any]) -> Any:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise MissingDependency("boto3", "A key of a key service", "kms") from None
    try:
        return call(boto3.client("kms"))
    except (BotoCoreError, ClientError) as error:
        raise SettingError(f"The key service does not give the key: {error}.", field="key", file=key) from None


def _cipher(data_key: bytes, id: str) -> Any:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return _aes(HKDF(SHA256(), KEY_BYTES, None, id.encode()).derive(data_key))


def _aes(key: bytes) -> Any:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise MissingDependency("cryptography", "Sealed captures", "encryption") from None
    return AESGCM(key)
