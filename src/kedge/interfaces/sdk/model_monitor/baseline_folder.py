"""Statistics and constraints that lie apart, as one baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.domain.wire import ANALYSIS_FILE, CONSTRAINTS_FILE, PROFILE_FILE, STATISTICS_FILE
from kedge.interfaces.sdk.model_monitor.monitoring_files import ModelMonitoringFile
from kedge.interfaces.sdk.model_monitor.names import unique
from kedge.service.preparing import absolute

if TYPE_CHECKING:
    from kedge.interfaces.sdk.model_monitor.session import Session

USUAL = (CONSTRAINTS_FILE, ANALYSIS_FILE, STATISTICS_FILE)


def folder(session: Session, name: str, statistics: Any, constraints: Any, known: str | None = None) -> str | None:
    """Return the folder of a baseline, by the files that were given: objects, paths or URLs; None where none was.

    Files of one folder are that. Others are brought together in a folder of the session's, with what ``known``, the
    baseline until now, has and was not given.
    """
    found, demanded = _url(statistics), _url(constraints)
    if found is None and demanded is None:
        return None
    if known and found is None and demanded and _folder(demanded) != known:
        found = _there(session, f"{known}/{STATISTICS_FILE}")
    given = [url for url in (found, demanded) if url]
    if len({_folder(url) for url in given}) == 1 and all(_name(url) in USUAL for url in given):
        return _folder(given[0])
    demanded = demanded or _there(session, f"{known or _folder(given[0])}/{CONSTRAINTS_FILE}")
    return _together(session, name, found, demanded)


def _together(session: Session, name: str, found: str | None, demanded: str | None) -> str:
    """Copy the files into one folder, the profile of the statistics with them, and what makes it a baseline last."""
    files = {}
    if found:
        files[STATISTICS_FILE] = session.read(found)
        if profile := _there(session, f"{_folder(found)}/{PROFILE_FILE}"):
            files[PROFILE_FILE] = session.read(profile)
    if demanded:
        files[ANALYSIS_FILE if _name(demanded) == ANALYSIS_FILE else CONSTRAINTS_FILE] = session.read(demanded)
    url = f"{session.folder}/monitoring/{name}/{unique('baseline')}"
    session.store.write(url, files)
    return url


def _there(session: Session, url: str) -> str | None:
    return url if session.store.list(url) else None


def _url(given: Any) -> str | None:
    if given is None:
        return None
    return absolute(given.file_s3_uri if isinstance(given, ModelMonitoringFile) else str(given))


def _folder(url: str) -> str:
    return url.rpartition("/")[0]


def _name(url: str) -> str:
    return url.rpartition("/")[2]
