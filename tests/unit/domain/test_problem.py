"""Every error of the tree travels, and is what it was when it arrives."""

from __future__ import annotations

import pytest

from kedge import errors
from kedge.domain.problem import PROBLEMS, from_problem, named, to_problem

TREE = [found for found in vars(errors).values() if isinstance(found, type) and issubclass(found, errors.KedgeError)]


def test_every_error_has_a_name():
    assert set(PROBLEMS.values()) == set(TREE)


@pytest.mark.parametrize("cls", TREE, ids=lambda cls: cls.__name__)
def test_an_error_arrives_as_it_was(cls):
    error = cls.__new__(cls)
    error.code = error.record = error.output = ""
    errors.KedgeError.__init__(error, "It is.", file="monitors.yaml", line=3, field="url", next_step="Mend it.")
    told = from_problem(to_problem(error, named(error), "It", 422))
    assert (type(told), str(told)) == (cls, str(error))
    assert (told.file, told.line, told.field, told.next_step) == ("monitors.yaml", 3, "url", "Mend it.")


def test_what_a_script_did_arrives_with_it():
    error = errors.HookError("It failed.", file="a.py", line=2, code="x = y", record="{}", output="boom")
    assert str(from_problem(to_problem(error, named(error), "Script", 422))) == str(error)


def test_a_problem_of_another_kind_is_an_error_all_the_same():
    assert type(from_problem({"type": "about:blank", "detail": "No."})) is errors.KedgeError
