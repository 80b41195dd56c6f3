"""Whether what the manual tells of deploying is what the program and its files are."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa
import typer
import yaml

from api.cli import application
from api.settings import Settings
from geo.store import Workspace

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGES = [ROOT / "docs" / name for name in ("deploy.md", "deploy.en.md")]
SETTINGS = {f"FUWUQUAN_{name.upper()}" for name in Settings.model_fields}
PROGRAM = "/opt/fuwuquan/bin/fuwuquan"
UNITS = sorted(path.name for path in DEPLOY.glob("fuwuquan*.service"))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    composed = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    found: dict[str, Any] = composed["services"]
    return found


def test_compose_names_only_settings_that_the_server_has(services: dict[str, Any]) -> None:
    named = {
        name
        for service in services.values()
        for name in service["environment"]
        if name.startswith("FUWUQUAN_")
    }
    assert named
    assert named <= SETTINGS


def test_the_example_of_settings_names_only_what_the_server_has() -> None:
    text = (DEPLOY / "fuwuquan.env.example").read_text("utf-8")
    named = set(re.findall(r"^#?(FUWUQUAN_\w+)=", text, re.MULTILINE))
    assert {"FUWUQUAN_WORKSPACE", "FUWUQUAN_DATABASE", "FUWUQUAN_PUBLIC_URL"} <= named <= SETTINGS


def test_the_pages_name_only_settings_that_the_server_has() -> None:
    for page in PAGES:
        assert set(re.findall(r"FUWUQUAN_\w+", page.read_text("utf-8"))) <= SETTINGS


def test_every_image_is_pinned_by_tag_and_digest(services: dict[str, Any]) -> None:
    bases = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE)
    foreign = [one["image"] for one in services.values() if "build" not in one]
    assert len(bases) == 2
    assert len(foreign) == 2
    pinned = re.compile(r"[\w/.-]+:[\w.-]*\d[\w.-]*@sha256:[0-9a-f]{64}")
    assert [image for image in (*bases, *foreign) if not pinned.fullmatch(image)] == []


def test_the_image_of_the_program_has_its_version(services: dict[str, Any]) -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    assert version is not None
    assert services["app"]["image"] == f"fuwuquan:{version[1]}"


def test_no_password_is_written_anywhere_and_none_is_taken_for_granted() -> None:
    composed = (DEPLOY / "compose.yaml").read_text("utf-8")
    asked = re.findall(r"\$\{(\w+)([^}]*)\}", composed)
    given = re.findall(r"^(\w+)=(.*)$", _text("compose.env.example"), re.MULTILINE)
    assert all(rest.startswith(":?") for _, rest in asked)
    assert {name for name, _ in asked} == {name for name, _ in given}
    assert all(value == "" for _, value in given)
    words = re.findall(r"PASSWORD: (\S+)", composed)
    assert words
    assert all(word.startswith("${") for word in words)
    assert re.findall(r"^\w*PASSWORD=", _text("fuwuquan.env.example"), re.MULTILINE) == []


def test_only_the_proxy_is_reached_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]
    networks = yaml.safe_load(_text("compose.yaml"))["networks"]
    assert services["db"]["networks"] == ["inside"]
    assert networks["inside"]["internal"] is True
    subnet = networks["front"]["ipam"]["config"][0]["subnet"]
    assert services["app"]["environment"]["FORWARDED_ALLOW_IPS"] == subnet


def test_the_proxy_lets_through_what_the_server_takes() -> None:
    size = re.search(r"client_max_body_size (\d+)m;", _text("nginx.conf.template"))
    assert size is not None
    assert int(size[1]) * 2**20 >= Settings.model_fields["body_bytes"].default


@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_nginx_accepts_the_proxy(tmp_path: Path) -> None:
    key, certificate = tmp_path / "server.key", tmp_path / "server.crt"
    _run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
        "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    text = _text("nginx.conf.template").replace("${SERVER_NAME}", "localhost")
    text = text.replace("${UPSTREAM}", "127.0.0.1:8620").replace("/etc/nginx/tls", str(tmp_path))
    whole = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n"
    (tmp_path / "nginx.conf").write_text(whole, "utf-8")
    told = _run("nginx", "-t", "-c", str(tmp_path / "nginx.conf"), "-e", str(tmp_path / "log"))
    assert "test is successful" in told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    program = tmp_path / "fuwuquan"
    program.write_text("#!/bin/sh\n", "utf-8")
    program.chmod(0o755)
    for path in DEPLOY.glob("fuwuquan*.[st]*"):
        text = path.read_text("utf-8").replace(PROGRAM, str(program))
        (tmp_path / path.name).write_text(text, "utf-8")
    units = [str(tmp_path / name) for name in (*UNITS, "fuwuquan-backup.timer")]
    assert _run("systemd-analyze", "verify", *units).strip() == ""


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_may_do_little_else_than_its_work(unit: str) -> None:
    told = _run("systemd-analyze", "security", "--offline=true", str(DEPLOY / unit))
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", told)
    assert level is not None
    assert float(level[1]) <= 2.0


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_in_the_pages_exists_with_its_options(page: Path) -> None:
    lines = [
        line
        for block in re.findall(r"```\w+\n(.*?)```|`([^`\n]+)`", page.read_text("utf-8"), re.DOTALL)
        for line in "".join(block).replace("\\\n", " ").splitlines()
    ]
    checked = [_check(line) for line in lines if re.search(r"fuwuquan(?:\.exe)? +[a-z]", line)]
    assert sum(checked) >= 12


def test_the_commands_of_the_files_exist_with_their_options() -> None:
    for name in (*UNITS, "compose.yaml"):
        assert any(_check(line) for line in _text(name).splitlines() if "exec" in line.lower())


def test_the_role_of_the_database_may_make_a_workspace_and_no_more(
    postgis: str, tmp_path: Path
) -> None:
    server, _, name = postgis.rpartition("/")
    plain = f"{server.replace('+psycopg', '')}/{name}"
    _run(
        "psql",
        "-q",
        "-d",
        plain,
        "-f",
        str(DEPLOY / "database.sql"),
        given={"DB_PASSWORD": "it's secret"},
    )
    try:
        own = plain.replace("postgres@", "fuwuquan@")
        workspace = Workspace.create(f"{own}?workspace=wuchang", folder=tmp_path)
        workspace.settings["a"] = 1
        assert Workspace.open(f"{own}?workspace=wuchang", folder=tmp_path).settings["a"] == 1
        engine = sa.create_engine(own.replace("postgresql:", "postgresql+psycopg:"))
        alone = engine.execution_options(isolation_level="AUTOCOMMIT")
        for act in ("CREATE ROLE other", "CREATE DATABASE other", "COPY (SELECT 1) TO '/x'"):
            refused = pytest.raises(sa.exc.DBAPIError, match="InsufficientPrivilege")
            with alone.connect() as connection, refused:
                connection.exec_driver_sql(act)
        engine.dispose()
    finally:
        _run("psql", "-q", "-d", plain, "-c", "DROP OWNED BY fuwuquan CASCADE; DROP ROLE fuwuquan")


def _check(line: str) -> bool:
    """Check a line that calls the program; return whether it does."""
    found = re.search(r"(?:as_fuwuquan|fuwuquan(?:\.exe)?) +((?!serve-)[a-z][\w-]*.*)", line)
    if found is None:
        return False
    words = shlex.split(found[1].replace("'", " ").replace('"', " ").replace("$(", " "))
    command: Any = typer.main.get_command(application())
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if command.name is None or getattr(command, "commands", None):
        return False
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    for word in _own(words):
        assert word in known, (line, word)
    return True


def _own(words: list[str]) -> Iterator[str]:
    """Yield the options of a command, up to where another begins."""
    for word in words:
        if word in {"&&", ";", "|", "||"}:
            return
        if re.fullmatch(r"--?[a-z][\w-]*", word):
            yield word


def _text(name: str) -> str:
    return (DEPLOY / name).read_text("utf-8")


def _run(*command: str, given: Mapping[str, str] = MappingProxyType({})) -> str:
    """Run a program; return what it says on either stream."""
    servers = Path("/usr/lib/postgresql").glob("*/bin")
    path = ":".join((os.environ["PATH"], *map(str, servers)))
    done = subprocess.run(
        command,
        env={**os.environ, **given, "PATH": path, "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
