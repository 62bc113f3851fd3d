"""Messages to any service that apprise knows: which these are, and how their URLs are written, it tells itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from logging import CRITICAL, getLogger
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote
from warnings import catch_warnings, simplefilter

from kedge.adapters.notifiers.references import revealing
from kedge.adapters.presentation.message import message
from kedge.adapters.presentation.written import as_html, as_markdown, as_text
from kedge.domain.notification import Outcome
from kedge.domain.secret import MASK, masked
from kedge.errors import MissingDependency, SettingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kedge.adapters.notifiers.references import Resolve
    from kedge.domain.addresses import Addresses
    from kedge.domain.channel import Channel
    from kedge.domain.notification import Cause, Notification

SECONDS: Final = 30.0
CHILD: Final = (sys.executable, "-P", "-m", "kedge.adapters.notifiers.apprise_child")
# What the process sees: no proxies, as nobody can look at where they lead, and nothing of the user's own.
SEEN: Final = ("LANG", "LC_ALL", "PATH", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
KINDS: Final[Mapping[Cause, str]] = {"alarm": "failure", "repeat": "failure", "resolved": "success"}
# Of what services answer: what will be answered the next time, too.
_FINAL: Final = re.compile(r"\berror=4(?!08|25|29)\d\d\b")
_SCHEME: Final = re.compile(r"([a-zA-Z][\w+.-]*)://")
_SECRET_HEADER: Final = re.compile(r"[?&][+-][^=]*(auth|token|key|secret|cookie)[^=]*=", re.IGNORECASE)
_PARTS: Final = re.compile(r"[/?&=:@,+#]+")


def notifier(channel: Channel, resolve: Resolve, addresses: Addresses) -> Apprise:
    """Return what sends to the URL of a channel."""
    return Apprise(channel, resolve, addresses)


@dataclass(frozen=True)
class Apprise:
    """Sends each message in a process of its own; ``resolve`` returns what ``env:NAME`` or ``file:PATH`` stands for."""

    channel: Channel
    resolve: Resolve
    addresses: Addresses
    seconds: float = SECONDS
    command: tuple[str, ...] = CHILD

    def notify(self, notification: Notification) -> Outcome:
        """Send one message."""
        return revealing(partial(self._sent, notification), self.resolve, self.channel.url)

    def _sent(self, notification: Notification, url: str) -> Outcome:
        found = self._asked(self._given(notification, url))
        return Outcome(found.how, _without(found.reason, url))

    def _given(self, notification: Notification, url: str) -> dict[str, Any]:
        told = message(notification)
        return {
            "url": url,
            "title": told.subject,
            "bodies": {"text": as_text(told), "html": as_html(told), "markdown": as_markdown(told)},
            "kind": KINDS.get(notification.cause, "info"),
            "allowed": _written(self.addresses),
            "seconds": self.seconds,
        }

    def _asked(self, given: dict[str, Any]) -> Outcome:
        try:
            ended = subprocess.run(
                self.command,
                input=json.dumps(given).encode(),
                capture_output=True,
                env=_environment(),
                timeout=self.seconds,
                start_new_session=True,
                check=False,
            )
            return _outcome(json.loads(ended.stdout)) if ended.stdout else _died(ended.stderr)
        except subprocess.TimeoutExpired:
            return Outcome("retry", f"The message was not sent within {self.seconds:g} s.")
        except (OSError, ValueError) as error:
            return Outcome("retry", f"The process that sends it cannot be asked: {error}.")


def check(url: str) -> None:
    """Refuse a URL that no service understands, or that holds a secret; ``env:NAME`` and ``file:PATH`` are none.

    Raises
    ------
    SettingError
        It says what is wrong, and what to write instead.
    MissingDependency
        The library is not installed.
    """
    apprise = _library()
    scheme = _SCHEME.match(url)
    if not scheme:
        raise SettingError(
            "This is no URL of a service.",
            field="url",
            next_step="Write one, such as mailto://mail.example.org?from=kedge@example.org&to=ann@example.org.",
        )
    with _quiet():
        service = apprise.Apprise.instantiate(url)
    if service is None:
        raise _unknown(apprise, scheme[1].lower())
    if _holds_secret(service, url):
        raise SettingError(
            "The URL holds a secret, which everybody would see who sees the channel.",
            field="url",
            next_step="Write env:NAME or file:PATH, and put the URL there.",
        )


def _unknown(apprise: Any, scheme: str) -> SettingError:
    """Return what is wrong with a URL: its scheme, what its service needs, or the rest of it."""
    known = {name: service for service in _services(apprise) for name in _schemes(service)}
    service = known.get(scheme)
    if service is None:
        return SettingError(
            f"No service is known for {scheme[:40]}://.{did_you_mean(scheme, known)}",
            field="url",
            next_step="https://appriseit.com/services/ lists them.",
        )
    if not service.get("enabled", True):
        needs = ", ".join(service.get("requirements", {}).get("packages_required", ())) or "another system"
        return SettingError(f"{scheme}:// needs what is not here: {needs}.", field="url", next_step="Install that.")
    return SettingError(
        f"{service['service_name']} does not understand this URL: a part is missing, or is none.",
        field="url",
        next_step=f"{service.get('setup_url') or 'https://appriseit.com/services/'} has how it is written.",
    )


def _services(apprise: Any) -> list[dict[str, Any]]:
    with _quiet():
        return list(apprise.Apprise().details(show_requirements=True, show_disabled=True)["schemas"])


def _schemes(service: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(name) for name in (*(service["protocols"] or ()), *(service["secure_protocols"] or ())))


def _holds_secret(service: Any, url: str) -> bool:
    """Return whether a URL holds what its service hides when it is shown, or what is called as secrets are."""
    return bool(service.url(privacy=True) != service.url() or masked(url) != url or _SECRET_HEADER.search(url))


@contextmanager
def _quiet() -> Iterator[None]:
    """Have the library tell nothing: it logs URLs, and warns of the age of what it imports."""
    log = getLogger("apprise")
    before = log.level
    log.setLevel(CRITICAL + 1)
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    finally:
        log.setLevel(before)


def _library() -> Any:
    try:
        with _quiet():
            import apprise
    except ImportError:
        raise MissingDependency("apprise", "A channel with a url", "messages") from None
    return apprise


def _outcome(found: Mapping[str, Any]) -> Outcome:
    if found["sent"]:
        return Outcome("sent")
    if found["refused"]:
        return Outcome("refused", found["refused"][0])
    said = " ".join(text if text.endswith(".") else f"{text}." for text in found["said"])
    return Outcome("refused" if _FINAL.search(said) else "retry", said or "The service did not take it.")


def _died(printed: bytes) -> Outcome:
    lines = printed.decode("utf-8", "replace").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "it says nothing")
    if "No module named 'apprise'" in said:
        return Outcome("retry", str(MissingDependency("apprise", "A channel with a url", "messages")))
    return Outcome("retry", f"The process that sends it ended: {said[:200]}.")


def _environment() -> dict[str, str]:
    seen = {name: os.environ[name] for name in SEEN if name in os.environ}
    return {**seen, "HOME": os.devnull, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUTF8": "1"}


def _written(addresses: Addresses) -> str:
    """Return which addresses may be called as their setting has it."""
    return ",".join((*map(str, addresses.networks), *addresses.hosts, *(["*"] if addresses.every else [])))


def _without(text: str, url: str) -> str:
    """Return a text in which nothing is of a URL but its scheme and its host."""
    rest = url.partition("://")[2]
    host = rest.split("/")[0].split("?")[0].rpartition("@")[2].partition(":")[0]
    parts = {part for whole in (rest, unquote(rest)) for part in _PARTS.split(whole) if len(part) > 3 and part != host}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, MASK)
    return masked(text)
