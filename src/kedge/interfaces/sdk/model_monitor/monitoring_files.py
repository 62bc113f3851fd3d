"""The documents of baselines and reports, as plain data that can be changed and saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar, Self
from uuid import uuid4

from kedge.domain.wire import CONSTRAINTS_FILE, STATISTICS_FILE, VIOLATIONS_FILE
from kedge.errors import DocumentError
from kedge.interfaces.sdk.model_monitor.session import Session, session_of


class ModelMonitoringFile:
    """A JSON document and where it lies.

    Parameters
    ----------
    body_dict
        What it holds.
    file_s3_uri
        Its path or URL.
    kms_key
        Means nothing here.
    sagemaker_session
        Who reads and writes.
    """

    _name: ClassVar[str]

    def __init__(
        self, body_dict: dict[str, Any], file_s3_uri: str, kms_key: str | None, sagemaker_session: Any
    ) -> None:
        self.body_dict, self.file_s3_uri, self.kms_key = body_dict, file_s3_uri, kms_key
        self.session: Session = session_of(sagemaker_session)

    def save(self, new_save_location_s3_uri: str | None = None) -> str:
        """Write it, where it was or to a new path or URL, and return that."""
        content = json.dumps(self.body_dict, indent=2, ensure_ascii=False, allow_nan=False).encode()
        self.file_s3_uri = self.session.write(new_save_location_s3_uri or self.file_s3_uri, content)
        return self.file_s3_uri

    @classmethod
    def _at(cls, url: str, kms_key: str | None, sagemaker_session: Any) -> Self:
        session = session_of(sagemaker_session)
        return cls(parsed(session.read(url), url), url, kms_key, session)

    @classmethod
    def _of(cls, text: str, kms_key: str | None, file_name: str | None, sagemaker_session: Any) -> Self:
        """Keep a text in a folder of its own: it belongs to nobody's baseline yet."""
        session = session_of(sagemaker_session)
        name = file_name or cls._name
        made = cls(parsed(text.encode(), name), f"{session.folder}/files/{uuid4()}/{name}", kms_key, session)
        made.save()
        return made


class Statistics(ModelMonitoringFile):
    """``statistics.json``: what was found."""

    _name: ClassVar[str] = STATISTICS_FILE

    def __init__(
        self,
        body_dict: dict[str, Any],
        statistics_file_s3_uri: str,
        kms_key: str | None = None,
        sagemaker_session: Any = None,
    ) -> None:
        super().__init__(body_dict, statistics_file_s3_uri, kms_key, sagemaker_session)

    @classmethod
    def from_s3_uri(
        cls, statistics_file_s3_uri: str, kms_key: str | None = None, sagemaker_session: Any = None
    ) -> Statistics:
        """Read it from a path or URL."""
        return cls._at(statistics_file_s3_uri, kms_key, sagemaker_session)

    @classmethod
    def from_string(
        cls,
        statistics_file_string: str,
        kms_key: str | None = None,
        file_name: str | None = None,
        sagemaker_session: Any = None,
    ) -> Statistics:
        """Make it of a text, and keep it in the session's folder."""
        return cls._of(statistics_file_string, kms_key, file_name, sagemaker_session)

    @classmethod
    def from_file_path(
        cls, statistics_file_path: str, kms_key: str | None = None, sagemaker_session: Any = None
    ) -> Statistics:
        """Make it of a local file, and keep a copy in the session's folder."""
        file = Path(statistics_file_path)
        return cls._of(file.read_text("utf-8"), kms_key, file.name, sagemaker_session)


class Constraints(ModelMonitoringFile):
    """``constraints.json``: what is demanded."""

    _name: ClassVar[str] = CONSTRAINTS_FILE

    def __init__(
        self,
        body_dict: dict[str, Any],
        constraints_file_s3_uri: str,
        kms_key: str | None = None,
        sagemaker_session: Any = None,
    ) -> None:
        super().__init__(body_dict, constraints_file_s3_uri, kms_key, sagemaker_session)

    @classmethod
    def from_s3_uri(
        cls, constraints_file_s3_uri: str, kms_key: str | None = None, sagemaker_session: Any = None
    ) -> Constraints:
        """Read it from a path or URL."""
        return cls._at(constraints_file_s3_uri, kms_key, sagemaker_session)

    @classmethod
    def from_string(
        cls,
        constraints_file_string: str,
        kms_key: str | None = None,
        file_name: str | None = None,
        sagemaker_session: Any = None,
    ) -> Constraints:
        """Make it of a text, and keep it in the session's folder."""
        return cls._of(constraints_file_string, kms_key, file_name, sagemaker_session)

    @classmethod
    def from_file_path(
        cls, constraints_file_path: str, kms_key: str | None = None, sagemaker_session: Any = None
    ) -> Constraints:
        """Make it of a local file, and keep a copy in the session's folder."""
        file = Path(constraints_file_path)
        return cls._of(file.read_text("utf-8"), kms_key, file.name, sagemaker_session)

    def set_monitoring(self, enable_monitoring: bool, feature_name: str | None = None) -> None:
        """Judge a feature or not; without a name, all of them. ``save`` makes it count.

        Raises
        ------
        DocumentError
            There is no feature of this name.
        """
        flag = "Enabled" if enable_monitoring else "Disabled"
        if feature_name is None:
            self.body_dict.setdefault("monitoring_config", {})["evaluate_constraints"] = flag
            return
        named = [feature for feature in self.body_dict.get("features", []) if feature.get("name") == feature_name]
        if not named:
            raise DocumentError(
                f"There is no feature {feature_name!r}.", file=self.file_s3_uri, next_step="Name one that is there."
            )
        for feature in named:
            feature.setdefault("monitoring_config_overrides", {})["evaluate_constraints"] = flag


class ConstraintViolations(ModelMonitoringFile):
    """``constraint_violations.json``: what was not as demanded."""

    _name: ClassVar[str] = VIOLATIONS_FILE

    def __init__(
        self,
        body_dict: dict[str, Any],
        constraint_violations_file_s3_uri: str,
        kms_key: str | None = None,
        sagemaker_session: Any = None,
    ) -> None:
        super().__init__(body_dict, constraint_violations_file_s3_uri, kms_key, sagemaker_session)

    @classmethod
    def from_s3_uri(
        cls, constraint_violations_file_s3_uri: str, kms_key: str | None = None, sagemaker_session: Any = None
    ) -> ConstraintViolations:
        """Read it from a path or URL."""
        return cls._at(constraint_violations_file_s3_uri, kms_key, sagemaker_session)

    @classmethod
    def from_string(
        cls,
        constraint_violations_file_string: str,
        kms_key: str | None = None,
        file_name: str | None = None,
        sagemaker_session: Any = None,
    ) -> ConstraintViolations:
        """Make it of a text, and keep it in the session's folder."""
        return cls._of(constraint_violations_file_string, kms_key, file_name, sagemaker_session)

    @classmethod
    def from_file_path(
        cls, constraint_violations_file_path: str, kms_key: str | None = None, sagemaker_session: Any = None
    ) -> ConstraintViolations:
        """Make it of a local file, and keep a copy in the session's folder."""
        file = Path(constraint_violations_file_path)
        return cls._of(file.read_text("utf-8"), kms_key, file.name, sagemaker_session)


def parsed(content: bytes, url: str) -> dict[str, Any]:
    """Return what a document holds.

    Raises
    ------
    DocumentError
        It is none.
    """
    try:
        found = json.loads(content)
    except ValueError as error:
        raise DocumentError(f"This is not JSON: {error}.", file=url, next_step="Mend it.") from None
    if not isinstance(found, dict):
        raise DocumentError("This is no JSON object.", file=url, next_step="Give the document itself.")
    return found
