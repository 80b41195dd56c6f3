"""``fuwuquan norms`` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli import run
from geo.text import speak


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["norms", *arguments, "--json"]) == 0
    loaded: dict[str, object] = json.loads(capsys.readouterr().out)
    return loaded


def test_list_names_every_norm_in_force_with_source_and_quote(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answer(
        capsys, "list", "--area", "340207", "--on", "2021-06-01", "--topic", "elder.area"
    )
    norms = found["norms"]
    assert isinstance(norms, list)
    assert [(n["id"], n["value"], n["floor"]) for n in norms] == [
        ("elder.area100.new", 30.0, 300.0),
        ("elder.area100.old", 20.0, None),
    ]
    assert all(n["quote"] and n["source"] for n in norms)


def test_list_says_that_nothing_is_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["norms", "list", "--on", "1990-01-01"]) == 0
    assert "没有在施行的规范" in capsys.readouterr().out


def test_show_prints_the_clause(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["norms", "show", "elder.dementia_ward"]) == 0
    assert "须设置失能失智照护专区" in capsys.readouterr().out


def test_norms_take_a_workspace_as_every_command_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ["-w", str(tmp_path)]
    for words in (["show", "elder.dementia_ward"], ["list"], ["check"]):
        assert run(["norms", *words, *here]) == 0
    assert run(["norms", "diff", "--to-area", "34", *here]) == 0
    assert capsys.readouterr().err == ""


def test_diff_shows_the_change_of_anhui(capsys: pytest.CaptureFixture[str]) -> None:
    days = ("--on", "2022-07-19", "--to", "2022-07-20")
    found = answer(capsys, "diff", "--area", "340207", *days)
    changes = found["changes"]
    assert isinstance(changes, list)
    assert [change["id"] for change in changes] == ["elder.area100.new", "elder.area100.old"]
    assert run(["norms", "diff", "--area", "340207", *days]) == 0
    assert "下限 350" in capsys.readouterr().out


def test_diff_wants_something_to_compare_with(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["norms", "diff"]) == 2
    assert "--to-area" in capsys.readouterr().err


def test_new_writes_a_template_that_check_accepts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "norms" / "own.toml"
    assert run(["norms", "new", str(own)]) == 0
    assert run(["norms", "check", "--dir", str(own.parent)]) == 0
    assert run(["norms", "new", str(own)]) == 2
    assert "已经存在" in capsys.readouterr().err


def test_check_leaves_with_status_1_and_every_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.toml").write_text("x = 1\ny = 2\n", "utf-8")
    assert run(["norms", "check", "--dir", str(tmp_path), "--json"]) == 1
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert [fault["line"] for fault in faults] == [1, 2]
    assert run(["norms", "list", "--dir", str(tmp_path)]) == 2


def test_english_is_spoken_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    speak("en")
    try:
        assert run(["norms", "check"]) == 0
    finally:
        speak("zh")
    assert "no fault" in capsys.readouterr().out
