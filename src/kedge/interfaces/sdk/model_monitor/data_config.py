"""The data of an analysis, and which of its columns is what."""

from __future__ import annotations

from typing import Any, Final

from kedge.errors import SettingError, did_you_mean
from kedge.interfaces.sdk.model_monitor.given import told

# How the service calls formats (bias.md, 5.5), and how kedge does.
DATASET_TYPES: Final = {
    "text/csv": "csv",
    "application/jsonlines": "jsonl",
    "application/json": None,
    "application/sagemakercapturejson": "capture",
    "application/x-parquet": "parquet",
}


class DataConfig:
    """Data of which a baseline of bias or of attribution is learned.

    Parameters
    ----------
    s3_data_input_path, s3_output_path
        Where the data are, and where the baseline goes: paths or URLs.
    s3_analysis_config_output_path
        Where the configuration goes that is made of this; None takes the baseline's folder.
    label, headers, features, predicted_label, excluded_columns
        The column of the truth, the names of all columns, where features stand in JSON, the column of the model's
        answers if the data have them, and columns to leave out.
    dataset_type
        The format, as a content type.
    s3_compression_type
        Means nothing here: packed files are known by their first bytes.
    joinsource, facet_dataset_uri, facet_headers, predicted_label_dataset_uri, predicted_label_headers
        Name other data, which are not read here: given, they are refused.
    segmentation_config, time_series_data_config
        Are refused: there is no such analysis here.
    """

    def __init__(
        self,
        s3_data_input_path: str,
        s3_output_path: str,
        s3_analysis_config_output_path: str | None = None,
        label: str | int | None = None,
        headers: list[str] | None = None,
        features: str | None = None,
        dataset_type: str = "text/csv",
        s3_compression_type: str = "None",
        joinsource: str | int | None = None,
        facet_dataset_uri: str | None = None,
        facet_headers: list[str] | None = None,
        predicted_label_dataset_uri: str | None = None,
        predicted_label_headers: list[str] | None = None,
        predicted_label: str | int | None = None,
        excluded_columns: list[int] | list[str] | None = None,
        segmentation_config: Any = None,
        time_series_data_config: Any = None,
    ) -> None:
        _refuse(
            joinsource=joinsource,
            facet_dataset_uri=facet_dataset_uri,
            facet_headers=facet_headers,
            predicted_label_dataset_uri=predicted_label_dataset_uri,
            predicted_label_headers=predicted_label_headers,
            segmentation_config=segmentation_config,
            time_series_data_config=time_series_data_config,
        )
        if dataset_type not in DATASET_TYPES:
            raise SettingError(
                f"There is no dataset type {dataset_type!r}.{did_you_mean(dataset_type, DATASET_TYPES)}",
                field="dataset_type",
                next_step=f"Known: {', '.join(DATASET_TYPES)}.",
            )
        self.s3_data_input_path, self.s3_output_path = s3_data_input_path, s3_output_path
        self.s3_analysis_config_output_path = s3_analysis_config_output_path
        self.label, self.headers, self.features, self.dataset_type = label, headers, features, dataset_type
        self.s3_compression_type, self.predicted_label = s3_compression_type, predicted_label
        self.excluded_columns = excluded_columns

    def get_config(self) -> dict[str, Any]:
        """Return its part of the analysis configuration, with names in place of places where these are known."""
        names = ("dataset_type", "headers", "features")
        columns = {"label": self.name(self.label), "predicted_label": self.name(self.predicted_label)}
        excluded = [self.name(column) for column in self.excluded_columns or ()] or None
        return told({**{name: getattr(self, name) for name in names}, **columns, "excluded_columns": excluded})

    def name(self, column: str | int | None) -> str | int | None:
        """Return the name of a column that was given by its place, where the headers tell it.

        Raises
        ------
        SettingError
            There is no such place.
        """
        if not isinstance(column, int) or not self.headers:
            return column
        if not 0 <= column < len(self.headers):
            raise SettingError(
                f"There is no header {column}; they are 0 to {len(self.headers) - 1}.",
                field="headers",
                next_step="Name the column, or give all headers.",
            )
        return self.headers[column]


def _refuse(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise SettingError(
                "There is no such analysis here.",
                field=name,
                next_step="Leave it out; columns of other data can be put into one file before.",
            )
