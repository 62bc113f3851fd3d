from __future__ import annotations

import json

import pytest

from kedge.errors import DocumentError
from kedge.reading.attribution_config import read_config

ROWS = [{"age": 40, "city": "Kiel"}, {"age": 2.5, "city": None}]


def rows(content: str, headers=("age", "city")):
    config = {"headers": list(headers or ()), "methods": {"shap": {"baseline": "s3://bucket/rows"}}}
    found = read_config(json.dumps(config).encode(), "shap.json", lambda url: content.encode() * (url[:2] == "s3"))
    return found.baseline_rows(("age", "city"))


@pytest.mark.parametrize(
    "content",
    [
        "40,Kiel\n2.5,\n",
        "city,age\nKiel,40\n,2.5\n",
        '{"age": 40, "city": "Kiel"}\n{"age": 2.5, "city": null}\n',
        '[[40, "Kiel"], [2.5, null]]',
        '{"instances": [{"features": [40, "Kiel"]}, {"features": [2.5, null]}]}',
    ],
    ids=["csv", "csv with a header", "lines", "json", "instances"],
)
def test_the_rows_of_a_file_are_read_in_every_format(content):
    assert rows(content) == ROWS


def test_a_single_object_is_a_single_row():
    assert rows('{"features": [40, "Kiel"]}') == ROWS[:1]


@pytest.mark.parametrize(("content", "said"), [("", "It holds no rows"), ("{", "This is neither JSON nor JSON Lines")])
def test_a_file_without_rows_is_named(content, said):
    with pytest.raises(DocumentError, match=f"s3://bucket/rows: {said}"):
        rows(content)


def test_rows_in_the_configuration_need_no_file():
    config = b'{"methods": {"shap": {"baseline": [[1, "x"]]}}}'
    found = read_config(config, "shap.json", pytest.fail)
    assert found.baseline_rows(("age", "city")) == [{"age": 1, "city": "x"}]
