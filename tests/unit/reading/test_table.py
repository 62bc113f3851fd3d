from __future__ import annotations

import duckdb
import numpy as np
import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.documents import Constraints
from kedge.analysis.questions import Broken, questions
from kedge.errors import DocumentError
from kedge.reading.table import Table

TYPES = {"n": "Integral", "x y": "Fractional", "s": "String", "id": "String"}
ROWS = {
    "n": [1, 2, None, "broken", 5],
    "x y": [1.5, 1.5, 3, -1, 2**60],
    "s": ["a", "b", None, "", "true"],
    "id": ["u", "v", "u", None, "u"],
}


def asked(*expressions: str, unique: str = ""):
    features = [{"name": name, "inferred_type": kind, "is_unique": name == unique} for name, kind in TYPES.items()]
    sql = [{"name": f"rule {i}", "expression": expression} for i, expression in enumerate(expressions)]
    return questions(Constraints.model_validate({"features": features, "sql_constraints": sql}), "default")


def answers(*expressions: str, unique: str = "", rows=ROWS):
    with duckdb.connect() as connection:
        table = Table(connection, asked(*expressions, unique=unique))
        for part in (slice(0, 2), slice(2, None)):
            columns = {name: column(values[part]) for name, values in rows.items()}
            table.update(Batch(columns, np.arange(len(rows["n"][part]), dtype=np.uint64)))
        return table.answers()


@pytest.mark.parametrize(("expression", "broken", "unknown"), [
    ("n < 3", 1, 2),
    ('"x y" >= 1.5', 1, 0),
    ('"X Y" >= n OR n IS NULL', 1, 0),
    ("s IN ('a', 'b')", 2, 1),
    ("s IS NOT NULL", 1, 0),
    ("length(s) = 1 AND n = 1", 3, 1),
])  # fmt: skip
def test_rows_in_which_an_expression_is_false_or_unknown_are_counted(expression, broken, unknown):
    assert answers(expression).sql == (Broken(broken, unknown, 5),)


def test_values_that_repeat_an_earlier_one_are_counted_and_missing_ones_not():
    assert answers(unique="id").repeated == {"id": 2}


def test_a_column_that_the_window_does_not_have_is_unknown_everywhere():
    rows = {name: values for name, values in ROWS.items() if name != "n"} | {"n": [None] * 5}
    assert answers("n > 0", rows=rows).sql == (Broken(0, 5, 5),)


def test_only_columns_that_are_named_are_kept():
    assert set(asked("n < 3 AND s = 'a'").columns) == {"n", "s"}


@pytest.mark.parametrize(("expression", "message"), [
    ("n <", "syntax error"),
    ("n < m", 'Referenced column "m" not found'),
    ("nn < 3", "Did you mean 'n'"),
    ("n", "It is a DOUBLE. Write what is true or false"),
    ("n < 1, n > 2", "single expression"),
    ("true; DROP TABLE rows", "more than one statement"),
    ("(SELECT count(*) FROM read_csv('/etc/passwd')) > n", "disabled by configuration"),
    ("", "without selection list"),
])  # fmt: skip
def test_an_expression_that_cannot_be_asked_is_refused_before_any_row_is_read(expression, message):
    with duckdb.connect() as connection, pytest.raises(DocumentError, match=message) as refused:
        Table(connection, asked(expression))
    assert refused.value.field == "sql_constraints['rule 0'].expression"


def test_an_expression_that_fails_on_a_value_says_what_helps():
    with pytest.raises(DocumentError, match=r"Could not convert string 'a'.*TRY_CAST"):
        answers("s::INTEGER > 0")


def test_an_expression_cannot_unlock_what_is_closed():
    with duckdb.connect() as connection:
        Table(connection, asked("n < 3"))
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            connection.execute("SET enable_external_access = true")


def test_columns_whose_names_differ_only_in_case_cannot_be_told_apart_in_sql():
    features = [{"name": name, "inferred_type": "Integral"} for name in ("n", "N")]
    demanded = {"features": features, "sql_constraints": [{"name": "rule", "expression": "n > 0"}]}
    with duckdb.connect() as connection, pytest.raises(DocumentError, match="already exists"):
        Table(connection, questions(Constraints.model_validate(demanded), "default"))
