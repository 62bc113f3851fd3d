"""What a server says that is wrong, as an error of the one tree; and what no server of kedge says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn

from kedge.domain.problem import PREFIX, from_problem
from kedge.errors import KedgeError, ServerError

if TYPE_CHECKING:
    import httpx

SHOWN: Final = 200  # characters of an answer that nobody expected


def refuse(answer: httpx.Response) -> NoReturn:
    """Raise what an answer says that is wrong."""
    raise error_of(answer)


def error_of(answer: httpx.Response) -> KedgeError:
    """Return the error that an answer tells of."""
    try:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else None
    except ValueError:
        problem = None
    if isinstance(problem, dict) and str(problem.get("type")).startswith(PREFIX):
        return from_problem(problem)
    return no_kedge(answer)


def no_kedge(answer: httpx.Response) -> ServerError:
    """Return the error that an answer is none of kedge's."""
    begins = " ".join(answer.text[:SHOWN].split())
    told = f"{answer.status_code} {answer.reason_phrase}".strip() + (f", {begins!r}" if begins else "")
    return ServerError(
        f"This is no kedge server, or one of another version: it answered {told}.",
        file=shown(answer.url),
        next_step="Check the URL, and what stands before the server.",
    )


def silent(server: httpx.URL, error: Exception) -> ServerError:
    """Return the error that no answer came."""
    why = str(error).rstrip(".") or type(error).__name__
    step = "Check its URL, http or https, and whether it runs: kedge serve"
    if "CERTIFICATE_VERIFY_FAILED" in why:
        step = "Name the file of who signed its certificate: SSL_CERT_FILE, or verify= of the client."
    return ServerError(f"The server does not answer: {why}.", file=shown(server), next_step=step)


def shown(url: httpx.URL) -> str:
    """Return a URL as it may be shown: without what was asked."""
    return str(url.copy_with(query=None, fragment=None)).rstrip("/")
