from __future__ import annotations

import re
import tomllib
from pathlib import Path

from kedge.analysis.drift import SERVICE
from kedge.interfaces.cli.doctor import PACKAGES, USED_FOR
from kedge.registry import OURS, items

README = (Path(__file__).parents[3] / "README.md").read_text()
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


def test_doctor_and_readme_name_every_distance_that_needs_a_package():
    of_the_service = {name: method for method, name in SERVICE.items()}
    needing = [item for item in items("distance") if item.source == OURS and "scipy" in item.needs]
    names = [of_the_service.get(item.name, item.name) for item in needing]
    assert len(names) == 3
    assert [name for name in names if name not in USED_FOR["scipy"] or name not in README] == []
