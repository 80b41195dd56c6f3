"""Jobs: asked once, done once, taken up again after a crash, with the same result."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import geopandas as gpd
import orjson
import pandas as pd
import pytest
import shapely

from api.jobs import claims, files, known, queue
from api.jobs.alive import is_gone, owner_of
from api.jobs.claims import Claim, LostError
from api.jobs.job import Job
from api.jobs.pool import Pool
from api.jobs.process import Process
from api.jobs.queue import Upload
from geo.errors import DataError
from geo.store import Origin, Workspace, conform
from geo.store.held import HeldWorkspace

PlaceOf = Callable[[str], str]
ROOT = Path(__file__).parents[2]
RUN = "from api.cli import main; main()"
DAY = date(2026, 5, 1)
PATIENT = '''
"""A process of one's own that takes its time and tells of it."""
import os
import time
from datetime import date
from pathlib import Path

import pandas as pd

from api.jobs.process import Input, Process
from geo.errors import DataError, InfeasibleError

PROCESS = Process(
    "patient", "耐心", "patience", "", "",
    (
        Input(
            "steps", "步", "steps", {"type": "integer", "minimum": 0, "maximum": 1000}, default=3
        ),
        Input("log", "记", "log", required=True),
        Input("fault", "错", "fault", default=""),
        Input("secret", "名", "name", default="a"),
    ),
    {}, "patient_work",
)


def told(task, word):
    with open(task.inputs["log"], "a") as log:
        log.write(f"{word} {task.inputs['secret']} {os.getpid()} {time.time()}\\n")


def run(task):
    told(task, "begin")
    steps = task.inputs["steps"]
    for n in range(steps):
        time.sleep(0.1)
        task.report(n / steps, f"第 {n} 步", f"step {n}")
    if task.inputs["fault"] == "infeasible":
        raise InfeasibleError("不可能", hint="放宽条件")
    if task.inputs["fault"] == "bug":
        raise ZeroDivisionError
    frame = pd.DataFrame({"n": range(steps)})
    task.workspace.write_result("patient", frame, on=date(2026, 5, 1))
    task.workspace.write_result("patience", frame, on=date(2026, 5, 1))
    (task.workspace.output / "表").mkdir()
    (task.workspace.output / "表" / "甲.txt").write_text(f"{steps}")
    told(task, "end")
    return {"steps": steps, "provenance": {"layers": {}}}
'''


def points(count: int) -> gpd.GeoDataFrame:
    cells = {
        "id": [f"x{n}" for n in range(count)],
        "name": ["里"] * count,
        "households": [9] * count,
    }
    shapes = shapely.points([(114 + n / 100, 30) for n in range(count)])
    return conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "compound")


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    (tmp_path / "patient_work.py").write_text(PATIENT)
    monkeypatch.syspath_prepend(tmp_path)
    sys.modules.pop("patient_work", None)
    known.add(["patient_work"])
    yield known.process("patient")
    known.forget(["patient_work"])


@pytest.fixture
def town(place: PlaceOf, tmp_path: Path) -> Iterator[tuple[str, Workspace]]:
    workspace = Workspace.create(place("w"), folder=tmp_path / "files")
    workspace.write("compound", points(5), origin=Origin("town", DAY))
    yield place("w"), workspace
    workspace.close()


def ask(workspace: Workspace, patient: Process, log: Path, **given: Any) -> tuple[Job, bool]:  # noqa: ANN401
    inputs = patient.checked({"log": str(log), **given}, today=DAY)
    return queue.submit(workspace, patient, inputs)


def now(workspace: Workspace, job: Job) -> Job:
    with workspace.reading() as connection:
        return queue.job(connection, job.id)


def wait(workspace: Workspace, job: Job, until: Callable[[Job], bool], seconds: float = 90) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = now(workspace, job)
        if until(found):
            return found
        time.sleep(0.05)
    pytest.fail(f"the job did not come so far: {now(workspace, job)}")


def words(log: Path) -> list[list[str]]:
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def claimed(workspace: Workspace, owner: str, lease_ms: int = 60_000) -> Claim | None:
    job = claims.claim(workspace, owner, lease_ms=lease_ms)
    return None if job is None else Claim(job.id, owner, job.attempts)


def result(workspace: Workspace, job: Job) -> tuple[object, list[tuple[str, str]], pd.DataFrame]:
    with workspace.reading() as connection:
        kept = [(one.name, one.sha256) for one in files.files_of(connection, job.id)]
    return now(workspace, job).summary, kept, workspace.read_result("patient")


def test_the_same_question_of_the_same_data_is_one_job(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    workspace, log = town[1], tmp_path / "log"
    first, fresh = ask(workspace, patient, log, steps=1)
    assert fresh
    assert ask(workspace, patient, log, steps=1) == (first, False)
    assert ask(workspace, patient, log, steps=2)[1]
    workspace.write("compound", points(5), origin=Origin("again", DAY))  # the same content
    assert ask(workspace, patient, log, steps=1)[0].id == first.id
    workspace.write("compound", points(6), origin=Origin("town", DAY))
    assert ask(workspace, patient, log, steps=1)[1]
    queue.dismiss(workspace, first.id)
    workspace.write("compound", points(5), origin=Origin("town", DAY))
    assert ask(workspace, patient, log, steps=1)[1]


def test_many_who_ask_at_once_get_one_job(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(ask(town[1], patient, tmp_path / "log")[0].id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_job_belongs_to_one_worker_until_its_lease_runs_out(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    workspace = town[1]
    job, _ = ask(workspace, patient, tmp_path / "log")
    first = claimed(workspace, "first", lease_ms=400)
    assert first is not None
    assert claimed(workspace, "second") is None
    told = {"percent": 40, "message": ("四成", "two fifths")}
    assert claims.renew(workspace, first, lease_ms=400, **told)  # type: ignore[arg-type]
    assert (now(workspace, job).percent, now(workspace, job).message) == (40, "四成")
    time.sleep(0.5)
    second = claimed(workspace, "second")
    assert second == Claim(job.id, "second", 2)
    assert not claims.renew(workspace, first, lease_ms=400, **told)  # type: ignore[arg-type]
    claims.fail(workspace, first, {"status": 500})
    claims.give_back(workspace, first, died=True)
    held = HeldWorkspace(workspace.database)
    held.write_result("late", pd.DataFrame({"n": [1]}), on=DAY)
    with pytest.raises(LostError), held.settling() as connection:  # noqa: PT012 - one transaction
        held.write_waiting()
        claims.settle(connection, first, summary={}, tables={}, asked="", settled="")
    assert "late" not in workspace.results()
    assert (now(workspace, job).state, now(workspace, job).owner) == ("running", "second")


TAKES = """
import sys
from api.jobs import claims
from api.jobs.alive import owner_of
from geo.store import Workspace
taken = claims.claim(Workspace.open(sys.argv[1]), owner_of("worker"), lease_ms=3_600_000)
print(taken.owner, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="the system does not tell of processes")
def test_a_job_of_a_process_that_ended_is_taken_up_without_waiting_for_its_lease(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    place, workspace = town
    job, _ = ask(workspace, patient, tmp_path / "log", steps=1)
    with subprocess.Popen(
        [sys.executable, "-c", TAKES, place],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *sys.path)))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        owner = other.stdout.readline().strip()
        assert now(workspace, job).owner == owner
        assert claims.take_back(workspace) == 0  # it is alive
        other.kill()
        os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # dead, and not yet asked how
        assert is_gone(owner)
    assert is_gone(owner)
    working = Pool(*town, workers=1, lease_s=60)
    working.start()
    try:
        done = wait(workspace, job, lambda j: j.is_over)
    finally:
        working.stop()
    assert (done.state, done.attempts) == ("successful", 2)


def test_what_is_not_known_of_a_worker_is_not_taken_for_its_end() -> None:
    host, process, _ = owner_of("x").split("/")
    pid, *others = process.split(".")
    assert not is_gone(owner_of("x"))
    for unknown in ("w", "", f"{host}/{pid}/x", f"{host}/{pid}.1.elsewhere/x"):
        assert not is_gone(unknown)
    if others:
        begun, computer = others
        assert is_gone(f"{host}/{pid}.{int(begun) + 1}.{computer}/x")  # its number is another's


def test_a_job_of_which_three_workers_died_is_given_up(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    workspace = town[1]
    job, _ = ask(workspace, patient, tmp_path / "log")
    stopped = claimed(workspace, "stopped in peace")
    assert stopped is not None
    claims.give_back(workspace, stopped, died=False)
    for number in (1, 2, 3):
        held = claimed(workspace, "w", lease_ms=1)
        assert held == Claim(job.id, "w", number)
        time.sleep(0.02)
    assert claimed(workspace, "w") is None
    given_up = now(workspace, job)
    assert given_up.state == "failed"
    assert given_up.problem is not None
    assert "3 次" in str(given_up.problem["detail"])
    assert ask(workspace, patient, tmp_path / "log")[1]  # may be asked anew


def test_a_file_that_was_sent_is_kept_until_the_job_is_over(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    workspace = town[1]
    inputs = patient.checked({"log": str(tmp_path)}, today=DAY)
    upload = Upload("../../甲.csv", "text/csv", b"a,b\n1,2\n")
    job, _ = queue.submit(workspace, patient, inputs, uploads={"file": upload})
    with workspace.reading() as connection:
        (kept,) = files.files_of(connection, job.id, "input")
        assert files.content_of(workspace, connection, kept) == upload.content
    queue.dismiss(workspace, job.id)
    with workspace.reading() as connection:
        assert files.files_of(connection, job.id, "input") == []


def test_jobs_that_were_over_long_ago_are_let_go(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    workspace = town[1]
    over, waiting = (ask(workspace, patient, tmp_path / "log", steps=n)[0] for n in (1, 2))
    queue.dismiss(workspace, over.id)
    time.sleep(0.01)
    assert queue.forget_older(workspace, days=1) == []
    assert queue.forget_older(workspace, days=1e-9) == [over.id]
    with pytest.raises(queue.NoSuchJobError):
        now(workspace, over)
    assert now(workspace, waiting).state == "accepted"


def test_inputs_are_held_to_what_is_declared(patient: Process) -> None:
    with pytest.raises(DataError) as caught:
        patient.checked({"steps": 1001, "more": 1}, today=DAY)
    for word in ("more", "steps", "log"):
        assert word in str(caught.value)
    for unfit in (True, "3", 1.5, float("nan"), -1, [1]):
        with pytest.raises(DataError):
            patient.checked({"log": "x", "steps": unfit}, today=DAY)


@pytest.fixture
def pool(town: tuple[str, Workspace], patient: Process) -> Iterator[Pool]:
    del patient
    working = Pool(*town, workers=1, lease_s=3)
    working.start()
    yield working
    working.stop()


def test_a_killed_process_costs_nothing_but_time(
    town: tuple[str, Workspace], patient: Process, pool: Pool, tmp_path: Path
) -> None:
    workspace, log = town[1], tmp_path / "log"
    calm, _ = ask(workspace, patient, log, steps=4)
    pool.nudge()
    seen = []
    calm = wait(workspace, calm, lambda j: seen.append(j.percent) or j.is_over)  # type: ignore[func-returns-value]
    assert calm.state == "successful"
    assert seen == sorted(seen)
    undisturbed = result(workspace, calm)
    assert ask(workspace, patient, log, steps=4) == (calm, False)
    assert [one[0] for one in undisturbed[1]] == ["表/甲.txt"]

    # Somebody writes over its table: then the answer is no longer there as it was.
    workspace.write_result("patient", pd.DataFrame({"n": [9, 9, 9, 9]}), on=DAY)
    again, fresh = ask(workspace, patient, log, steps=4)
    assert fresh
    wait(workspace, again, lambda _: len(words(log)) == 3)
    os.kill(int(words(log)[-1][2]), signal.SIGKILL)
    again = wait(workspace, again, lambda j: j.is_over)
    assert (again.state, again.attempts) == ("successful", 2)
    assert [line[0] for line in words(log)] == ["begin", "end", "begin", "begin", "end"]
    disturbed = result(workspace, again)
    assert disturbed[:2] == undisturbed[:2]
    pd.testing.assert_frame_equal(disturbed[2], undisturbed[2])
    if workspace.database.keeps_folder:
        assert [one.name for one in files.folder_of(workspace, again.id).iterdir()] == ["2"]


def test_a_job_that_ends_while_its_worker_looks_keeps_its_files(
    town: tuple[str, Workspace],
    patient: Process,
    pool: Pool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workspace = town[1]
    asked, _ = ask(workspace, patient, tmp_path / "log", steps=10)
    holds = claims.still_holds

    def looks_when_it_is_over(workspace: Workspace, held: Claim) -> bool:
        wait(workspace, asked, lambda j: j.is_over)
        return holds(workspace, held)

    monkeypatch.setattr(claims, "still_holds", looks_when_it_is_over)
    pool.nudge()
    wait(workspace, asked, lambda j: j.is_over)
    pool.stop()
    with workspace.reading() as connection:
        (file,) = files.files_of(connection, asked.id)
        found = files.content_of(workspace, connection, file)
    assert (found.read_bytes() if isinstance(found, Path) else found) == b"10"


def test_a_dismissed_job_stops_and_a_failed_one_says_why(
    town: tuple[str, Workspace], patient: Process, pool: Pool, tmp_path: Path
) -> None:
    workspace, log = town[1], tmp_path / "log"
    refused, _ = ask(workspace, patient, log, steps=0, fault="infeasible")
    broken, _ = ask(workspace, patient, log, steps=0, fault="bug")
    long, _ = ask(workspace, patient, log, steps=600)
    pool.nudge()
    found = wait(workspace, refused, lambda j: j.is_over)
    assert found.problem is not None
    assert (found.state, found.problem["status"], found.problem["hint"]) == (
        "failed", 422, "放宽条件",
    )  # fmt: skip
    found = wait(workspace, broken, lambda j: j.is_over)
    assert found.problem is not None
    assert (found.state, found.problem["status"]) == ("failed", 500)
    assert "ZeroDivision" not in str(found.problem)
    wait(workspace, long, lambda j: j.state == "running" and j.percent > 0)
    child = int(words(log)[-1][2])
    queue.dismiss(workspace, long.id)
    end = time.monotonic() + 20
    while alive(child) or files.folder_of(workspace, long.id).exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    assert now(workspace, long).state == "dismissed"
    assert "patient" not in workspace.results()


def alive(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return status != "Z"


def programs(place: str, *arguments: str, folder: Path, **more: str) -> subprocess.Popen[bytes]:
    where = ["--database", place] if "://" in place else ["-w", place]
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, folder, *sys.path))),
        "FUWUQUAN_JOB_MODULES": "patient_work",
        "FUWUQUAN_JOB_LEASE_S": "3",
        **more,
    }
    with (folder / "program.log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-c", RUN, *arguments, *where],
            cwd=folder, env=env, stderr=log, stdout=log,
        )  # fmt: skip


@pytest.mark.slow
def test_two_programs_on_one_store_never_do_one_job_twice(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    place, workspace = town
    log = tmp_path / "log"
    jobs = [ask(workspace, patient, log, steps=3, secret=f"j{n}")[0] for n in range(8)]
    both = [
        programs(place, "jobs", "work", "--workers", "1", "--until-done", folder=tmp_path)
        for _ in range(2)
    ]
    for program in both:
        assert program.wait(120) == 0, (tmp_path / "program.log").read_text()
    assert {now(workspace, job).state for job in jobs} == {"successful"}
    counted = Counter((line[0], line[1]) for line in words(log))
    assert set(counted.values()) == {1}
    assert len(counted) == 16


@pytest.mark.slow
def test_a_killed_server_loses_no_job(
    town: tuple[str, Workspace], patient: Process, tmp_path: Path
) -> None:
    del patient
    place, workspace = town
    log = tmp_path / "log"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def begin() -> subprocess.Popen[bytes]:
        server = programs(place, "serve", "--port", str(port), folder=tmp_path)
        end = time.monotonic() + 180
        while time.monotonic() < end:
            with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return server
            time.sleep(0.1)
        pytest.fail((tmp_path / "program.log").read_text())

    server = begin()
    body = orjson.dumps({"inputs": {"log": str(log), "steps": 30}})
    asked = Request(
        f"http://127.0.0.1:{port}/processes/patient/execution",
        body,
        {"Content-Type": "application/json", "Prefer": "respond-async"},
    )
    with urlopen(asked, timeout=20) as answer:  # noqa: S310 - our own loopback
        assert answer.status == 201
        identity = orjson.loads(answer.read())["jobID"]
    with workspace.reading() as connection:
        job = queue.job(connection, identity)
    wait(workspace, job, lambda j: j.percent > 0)
    child = int(words(log)[0][2])
    server.kill()
    server.wait(10)
    end = time.monotonic() + 10
    while alive(child):  # it ends with its server: whoever takes up the job is alone
        assert time.monotonic() < end
        time.sleep(0.05)
    assert now(workspace, job).state == "running"
    server = begin()
    try:
        done = wait(workspace, job, lambda j: j.is_over)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
    assert (done.state, done.attempts) == ("successful", 2)
    assert [line[0] for line in words(log)] == ["begin", "begin", "end"]
    assert done.summary == {"steps": 30, "provenance": {"layers": {}}}
    assert workspace.read_result("patient")["n"].tolist() == list(range(30))
