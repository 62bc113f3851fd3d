"""Settings: defaults, then the file, then the environment, then flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from kedge.errors import SettingError
from kedge.settings import load


def test_each_layer_hides_the_one_below(monkeypatch):
    Path("kedge.toml").write_text("sample_rows = 1\nthreads = 1\nunreadable_share = 0.5\n")
    monkeypatch.setenv("KEDGE_SAMPLE_ROWS", "2")
    monkeypatch.setenv("KEDGE_THREADS", "2")
    settings, sources = load(sample_rows=3)
    assert (settings.sample_rows, settings.threads, settings.unreadable_share) == (3, 2, 0.5)
    assert [sources[name] for name in ("sample_rows", "threads", "unreadable_share", "memory_limit")] == [
        "flag",
        "environment",
        "kedge.toml",
        "default",
    ]


def test_an_unknown_variable_suggests_the_nearest(monkeypatch):
    monkeypatch.setenv("KEDGE_TREADS", "2")
    with pytest.raises(SettingError, match=r"environment: treads: .*Did you mean 'threads'"):
        load()


def test_an_unusable_value_names_where_it_came_from(monkeypatch):
    monkeypatch.setenv("KEDGE_THREADS", "many")
    with pytest.raises(SettingError, match=r"environment: threads: .*Found 'many'"):
        load()


def test_a_file_that_is_no_toml_is_named():
    Path("kedge.toml").write_text("threads =\n")
    with pytest.raises(SettingError, match=r"^kedge\.toml: This is not TOML"):
        load()
