"""What every story may ask for: the command line, in this process."""

from __future__ import annotations

from contextlib import chdir
from typing import TYPE_CHECKING

import pytest

from kedge.interfaces.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def learned_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Run a command line that learns, once for the tests of a file, and return the folder, of which each has a copy."""

    def learned_once(prepare: Callable[[], object], *arguments: str) -> Path:
        folder = tmp_path_factory.mktemp("learned")
        with chdir(folder), pytest.MonkeyPatch.context() as patch:
            prepare()
            patch.setattr("sys.argv", ["kedge", "baseline", *arguments, "--output", "baseline"])
            with pytest.raises(SystemExit) as end:
                main()
        assert not end.value.code
        return folder

    return learned_once


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Run a command line; return its exit code and all that it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["kedge", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return int(end.value.code or 0), printed.out + printed.err

    return run
