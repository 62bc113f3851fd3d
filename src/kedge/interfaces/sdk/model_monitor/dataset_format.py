"""What format data are in, as the service writes it, and how kedge reads such data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedge.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Mapping


class DatasetFormat:
    """The format of data that a baseline is learned of."""

    @staticmethod
    def csv(header: bool = True, output_columns_position: str = "START") -> dict[str, Any]:
        """Return CSV, whose prediction columns stand first (``START``) or last (``END``)."""
        return {"csv": {"header": header, "output_columns_position": output_columns_position}}

    @staticmethod
    def json(lines: bool = True) -> dict[str, Any]:
        """Return JSON Lines."""
        return {"json": {"lines": lines}}

    @staticmethod
    def sagemaker_capture_json() -> dict[str, Any]:
        """Return capture records."""
        return {"sagemakerCaptureJson": {}}


class MonitoringDatasetFormat:
    """The format of data that a batch transform captured."""

    @staticmethod
    def csv(header: bool = True) -> dict[str, Any]:
        """Return CSV."""
        return {"Csv": {"Header": header}}

    @staticmethod
    def json(lines: bool = True) -> dict[str, Any]:
        """Return JSON Lines."""
        return {"Json": {"Line": lines}}

    @staticmethod
    def parquet() -> dict[str, Any]:
        """Return Parquet."""
        return {"Parquet": {}}


def reading(format: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a dataset that a format stands for.

    >>> reading(DatasetFormat.csv(header=False))
    {'format': 'csv', 'header': False, 'output_columns_position': 'START'}

    Raises
    ------
    SettingError
        It is none.
    """
    found = {name.lower(): told for name, told in format.items()}
    if "csv" in found:
        told = {name.lower(): value for name, value in found["csv"].items()}
        place = told.get("output_columns_position", "START")
        return {"format": "csv", "header": told.get("header", True), "output_columns_position": place}
    for name, ours in (("json", "jsonl"), ("parquet", "parquet"), ("sagemakercapturejson", "capture")):
        if name in found:
            return {"format": ours}
    raise SettingError(
        f"This is no format: {dict(format)!r}.",
        field="dataset_format",
        next_step="Write DatasetFormat.csv(), .json() or .sagemaker_capture_json().",
    )
