from __future__ import annotations

import re
import tomllib
from pathlib import Path

from kedge.interfaces.cli.doctor import PACKAGES, USED_FOR

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]


def _named(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[>=<]", requirement)[0] for requirement in requirements} - {"kedge"}


def test_doctor_lists_what_an_installation_depends_on():
    assert {name for name, extra in PACKAGES.items() if not extra} == _named(PROJECT["dependencies"])


def test_doctor_names_the_extra_that_brings_a_package():
    extras = PROJECT["optional-dependencies"]
    assert [name for name, extra in PACKAGES.items() if extra and name not in _named(extras[extra])] == []


def test_doctor_says_what_each_is_for():
    assert set(USED_FOR) == set(PACKAGES)
