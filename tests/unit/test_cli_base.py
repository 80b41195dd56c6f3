"""The command line as a user meets it, each time in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from api.cli import COMMANDS


def fuwuquan(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    script = "from api.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100", **environment},
    )


def test_help_is_chinese_and_names_every_command() -> None:
    done = fuwuquan("--help")
    assert done.returncode == 0
    assert "用法：" in done.stdout
    listed = re.findall(r"^  ([a-z]+) ", done.stdout.partition("选项\n")[0], re.MULTILINE)
    assert listed == [name.rstrip("_") for name in COMMANDS], "in the order of a planner's work"


def test_help_is_english_on_request() -> None:
    done = fuwuquan("--lang", "en", "--help")
    assert "Usage:" in done.stdout
    assert "用法" not in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_explains_itself_in_both_languages(command: str, language: str) -> None:
    done = fuwuquan(command.rstrip("_"), "--help", "--lang", language)
    assert done.returncode == 0, done.stderr
    has_chinese = any("\u4e00" <= character <= "\u9fff" for character in done.stdout)
    assert has_chinese is (language == "zh")


def test_help_imports_no_slow_library() -> None:
    script = (
        "import sys; from api.cli import run; run(['--help']);"
        "slow = {'numpy', 'pandas', 'geopandas', 'numba', 'sqlalchemy', 'folium', 'osmnx'};"
        "sys.exit(str(slow & set(sys.modules)) if slow & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_version_is_the_packages() -> None:
    assert fuwuquan("--version").stdout.strip() == f"fuwuquan {version('fuwuquan')}"


def test_an_unknown_command_is_refused_with_one_message() -> None:
    done = fuwuquan("覆盖")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "没有命令 覆盖" in done.stderr
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("acounts", "没有命令 acounts。是不是 accounts？"),
        ("accounts roles", "没有命令 roles。是不是 role？"),
        ("coverage --facilit x", "没有选项 --facilit。是不是 --facility？"),
        ("coverage --zzz", "没有选项 --zzz。"),
        ("coverage --minutes", "选项 --minutes 后面要写值。"),
        ("coverage --json=3", "选项 --json 后面不写值。"),
        ("names search 望 潮 路", "多写了“潮 路”；含空格的文字要加引号。"),
        ("coverage", "缺少必填的选项 --facility。"),
        ("serve --port abc", "选项 --port 的值不对：写的是“abc”，应为整数。"),
    ],
)
def test_what_is_wrong_with_a_command_is_said_in_chinese(words: str, said: str) -> None:
    done = fuwuquan(*words.split())
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"错误  {said}"


def test_a_group_without_a_command_shows_its_help() -> None:
    done = fuwuquan("accounts")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == fuwuquan("accounts", "--help").stdout


def test_an_unknown_language_is_refused() -> None:
    done = fuwuquan("--lang", "fr", "--help")
    assert done.returncode == 2
    assert "zh" in done.stderr


def test_a_folder_without_workspace_is_refused_with_the_next_step(tmp_path: Path) -> None:
    done = fuwuquan("layers", "-w", str(tmp_path))
    assert done.returncode == 2
    assert "fuwuquan init" in done.stderr
    assert "Traceback" not in done.stderr
