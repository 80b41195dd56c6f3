"""OGC API – Processes: what is offered, asked, told of jobs and given out, on both stores."""

from __future__ import annotations

import base64
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes
from typing import Any
from urllib.parse import unquote

import geopandas as gpd
import jsonschema
import pytest
import shapely
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.app import create_app
from api.jobs import files, known
from api.settings import Settings
from geo.gazetteer import Gazetteer
from geo.store import Origin, Workspace, conform
from geo.store.jobs import JOB_FILE

Response = Any  # of whichever client Starlette has
MACHINE = "http://127.0.0.1:8620"
EXCEPTIONS = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0"
ASYNC = {"Prefer": "respond-async"}
SLOW = """
import time
from datetime import date
import pandas as pd
from api.jobs.process import Input, Process
from geo.errors import InfeasibleError

PROCESS = Process(
    "slow", "慢", "slow", "", "",
    (
        Input("seconds", "秒", "seconds", {"type": "number", "minimum": 0}, default=0),
        Input("text", "文字", "text", default=""),
        Input("possible", "可行", "possible", {"type": "boolean"}, default=True),
    ),
    {}, "slow_work",
)


def run(task):
    until = time.monotonic() + task.inputs["seconds"]
    while time.monotonic() < until:
        time.sleep(0.05)
        task.report(0.5, "慢慢来", "slowly")
    if not task.inputs["possible"]:
        raise InfeasibleError("预算不够", hint="多给一些")
    frame = pd.DataFrame({"n": [1, 2]})
    task.workspace.write_result("slow", frame, on=date(2026, 5, 1), title="慢")
    (task.workspace.output / "图.html").write_text("<script>1</script>")
    (task.workspace.output / "表.csv").write_text("a,b")
    return {"text": task.inputs["text"], "provenance": {"layers": {"compound": "x"}}}
"""


class Asker:
    """A client that asks for work."""

    def __init__(self, client: TestClient, workspace: Workspace) -> None:
        self.client = client
        self.workspace = workspace

    def ask(
        self,
        process: str = "slow",
        headers: dict[str, str] | None = None,
        **inputs: Any,  # noqa: ANN401
    ) -> Response:
        path = f"/processes/{process}/execution"
        return self._clean(self.client.post(path, json={"inputs": inputs}, headers=headers or {}))

    def get(self, path: str, **headers: str) -> Response:
        return self._clean(self.client.get(path, headers=headers))

    def _clean(self, answer: Response) -> Response:
        """Return an answer, which never tells where the server keeps its files."""
        assert str(self.workspace.folder) not in answer.content.decode("utf-8", "replace")
        return answer

    def job(self, answer: Response) -> str:
        assert answer.status_code == 201, answer.text
        return str(answer.json()["jobID"])

    def over(self, identity: str) -> dict[str, Any]:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            told: dict[str, Any] = self.get(f"/jobs/{identity}").json()
            if told["status"] not in ("accepted", "running"):
                return told
            time.sleep(0.05)
        pytest.fail("the job does not end")


@pytest.fixture(scope="module", params=["geopackage", "postgis"])
def asker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asker]:
    folder = tmp_path_factory.mktemp("work")
    (folder / "slow_work.py").write_text(SLOW)
    where: dict[str, Any] = {"workspace": folder / "w"}
    if request.param == "postgis":
        url = request.getfixturevalue("shared_database")
        where = {"database": f"{url}?workspace={folder.name}"}
    place = where.get("database", folder / "w")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(folder)
        sys.modules.pop("slow_work", None)
        workspace = Workspace.create(place)
        ids = [f"x{n}" for n in range(5)]
        cells = {"id": ids, "name": ["里"] * 5, "households": [9] * 5}
        shapes = shapely.points([(114 + n / 100, 30) for n in range(5)])
        frame = conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "compound")
        workspace.write("compound", frame, origin=Origin("town", date(2026, 5, 1)))
        settings = Settings(**where, job_lease_s=3, job_modules=("slow_work",), job_wait_s=30)
        with TestClient(
            create_app(settings), MACHINE, client=("127.0.0.1", 50_000),
            raise_server_exceptions=False,
        ) as client:  # fmt: skip
            yield Asker(client, workspace)
        known.forget(["slow_work"])
        workspace.close()


def test_every_process_says_what_it_takes(asker: Asker) -> None:
    listed = asker.get("/processes").json()["processes"]
    names = [one["id"] for one in listed]
    assert {"coverage", "assess", "site", "plan", "candidates", "import", "tiles"} <= set(names)
    pages, path = [], "/processes?limit=3"
    while path:
        page = asker.get(path).json()
        pages += [one["id"] for one in page["processes"]]
        path = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert pages == names
    for name in names:
        told = asker.get(f"/processes/{name}").json()
        assert set(told["outputs"]) == {"summary", "files", "collections"}
        for one in told["inputs"].values():
            assert one["title"]
            jsonschema.Draft202012Validator.check_schema(one["schema"])
            if "default" in one["schema"]:
                jsonschema.validate(one["schema"]["default"], one["schema"])
        assert "覆盖" not in asker.client.get(
            f"/processes/{name}", headers={"Accept-Language": "en"}
        ).json()["title"]  # fmt: skip
        assert asker.get(f"/processes/{name}?f=html").status_code == 200
    assert asker.get("/processes?f=html").status_code == 200
    classes = asker.get("/conformance").json()["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core" in classes


def test_an_answer_wanted_at_once_comes_with_its_provenance(asker: Asker) -> None:
    answer = asker.ask(text="甲")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["summary"]["value"]["text"] == "甲"
    assert found["summary"]["value"]["provenance"]["layers"]
    assert [one["title"] for one in found["files"]] == ["图.html", "表.csv"]
    (collection,) = found["collections"]
    items = asker.get(collection["href"] + "/items").json()
    assert items["numberMatched"] == 2
    job = answer.headers["link"].partition("<")[2].partition(">")[0]
    again = asker.ask(text="甲")
    assert again.headers["link"] == answer.headers["link"]
    assert again.json() == found == asker.get(f"{job}/results").json()
    page = asker.get(found["files"][0]["href"])
    assert page.status_code == 200, page.text
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("sandbox")
    table = asker.get(found["files"][1]["href"])
    assert (table.text, table.headers["content-type"]) == ("a,b", "text/csv; charset=utf-8")
    mark = {"If-None-Match": table.headers["etag"]}
    assert asker.client.get(found["files"][1]["href"], headers=mark).status_code == 304
    body = {"inputs": {"text": "甲"}, "outputs": {"summary": {}}, "response": "raw"}
    raw = asker.client.post("/processes/slow/execution", json=body)
    assert raw.json()["text"] == "甲"
    several = asker.client.post("/processes/slow/execution", json={**body, "outputs": {}})
    kind = several.headers["content-type"]
    assert kind.startswith("multipart/related")
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parts = message_from_bytes(head + several.content).get_payload()
    told = {part["Content-ID"]: json.loads(part.get_payload(decode=True)) for part in parts}
    assert told["<summary>"]["text"] == "甲"
    assert told["<files>"] == found["files"]
    assert told["<collections>"] == found["collections"]
    mark = {"If-None-Match": several.headers["etag"]}
    kept = several.headers["link"].partition("<")[2].partition(">")[0] + "/results"
    assert asker.get(kept, Accept="multipart/related").content == several.content
    assert asker.client.get(kept, headers=mark).status_code == 304
    shown = asker.get(f"{job}?f=html")
    assert shown.status_code == 200
    assert "图.html" in shown.text


def test_an_answer_wanted_later_is_followed_by_its_job(asker: Asker) -> None:
    answer = asker.ask(headers=ASYNC, text="later", seconds=1)
    assert answer.status_code == 201
    assert answer.headers["preference-applied"] == "respond-async"
    where = answer.headers["location"]
    assert answer.json()["status"] == "accepted"
    assert "results" not in answer.text
    early = asker.get(f"{where}/results")
    assert (early.status_code, early.json()["type"]) == (404, f"{EXCEPTIONS}/result-not-ready")
    html = asker.get(f"{where}?f=html")
    assert html.headers["refresh"]
    told = asker.over(answer.json()["jobID"])
    assert (told["status"], told["progress"]) == ("successful", 100)
    assert told["started"] < told["finished"]
    assert any(one["rel"].endswith("/results") for one in told["links"])


@pytest.mark.parametrize("response", ["raw", "document"])
@pytest.mark.parametrize("outputs", [{}, {"summary": {}}, {"files": {}, "collections": {}}])
def test_results_come_later_as_they_would_have_come_at_once(
    asker: Asker, response: str, outputs: dict[str, Any]
) -> None:
    path = "/processes/slow/execution"
    body = {"inputs": {"text": "later"}, "outputs": outputs, "response": response}
    taken = asker.client.post(path, json=body, headers=ASYNC)
    identity = asker.job(taken)
    assert taken.headers["location"] == f"{MACHINE}/jobs/{identity}"
    told = asker.over(identity)
    assert told["jobID"] == identity
    (link,) = [one["href"] for one in told["links"] if one["rel"].endswith("/results")]
    assert link == f"{taken.headers['location']}/results"
    at_once = asker.client.post(path, json=body)
    later = asker.get(link)
    assert later.headers["content-type"] == at_once.headers["content-type"]
    assert later.content == at_once.content
    assert asker.get(f"/jobs/{identity}?f=html").status_code == 200
    listed = [one["jobID"] for one in asker.get("/jobs?processID=slow").json()["jobs"]]
    assert listed.count(identity.partition("-")[0]) == 1  # worked out once, however it is wanted


def test_a_job_is_dismissed_by_whichever_id_it_was_given(asker: Asker) -> None:
    body = {"inputs": {"text": "let go"}, "outputs": {"summary": {}}, "response": "raw"}
    identity = asker.job(asker.client.post("/processes/slow/execution", json=body, headers=ASYNC))
    asker.over(identity)
    assert asker.client.delete(f"/jobs/{identity}").json()["jobID"] == identity
    assert asker.get(f"/jobs/{identity}/results").status_code == 410
    assert asker.get(f"/jobs/{identity.partition('-')[0]}").json()["status"] == "dismissed"
    assert asker.get(f"/jobs/{identity}-other").status_code == 404


def test_who_does_not_wait_long_enough_gets_the_job_instead(asker: Asker) -> None:
    answer = asker.ask(headers={"Prefer": "wait=0"}, text="short of time", seconds=0.5)
    asker.over(asker.job(answer))
    assert asker.ask(text="short of time", seconds=0.5).status_code == 200


def test_a_question_without_an_answer_says_why(asker: Asker) -> None:
    answer = asker.ask(possible=False)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["detail"], body["hint"]) == ("预算不够", "多给一些")
    kept = asker.get(f"/jobs/{body['jobID']}/results")
    assert (kept.status_code, kept.json()["detail"]) == (422, "预算不够")


def test_a_dismissed_job_is_gone(asker: Asker) -> None:
    running = asker.job(asker.ask(headers=ASYNC, text="never", seconds=600))
    until = time.monotonic() + 30
    while asker.get(f"/jobs/{running}").json()["status"] == "accepted":
        assert time.monotonic() < until
        time.sleep(0.05)
    answer = asker.client.delete(f"/jobs/{running}")
    assert (answer.status_code, answer.json()["status"]) == (200, "dismissed")
    assert asker.get(f"/jobs/{running}").json()["status"] == "dismissed"
    assert asker.get(f"/jobs/{running}/results").status_code == 410
    assert asker.client.delete(f"/jobs/{running}").status_code == 410
    done = asker.job(asker.ask(headers=ASYNC, text="done"))
    asker.over(done)
    link = asker.get(f"/jobs/{done}/results").json()["files"][0]["href"]
    assert asker.client.delete(f"/jobs/{done}").status_code == 200
    assert asker.get(link).status_code == 410
    assert not files.folder_of(asker.workspace, done).exists()
    assert asker.job(asker.ask(headers=ASYNC, text="done")) != done


def test_only_what_a_job_kept_is_given_out(asker: Asker) -> None:
    identity = asker.job(asker.ask(headers=ASYNC, text="files"))
    asker.over(identity)
    for name in (
        "../../../fuwuquan.gpkg", "..%2f..%2f..%2ffuwuquan.gpkg", "%2e%2e/%2e%2e/fuwuquan.gpkg",
        "/etc/passwd", "%2fetc%2fpasswd", "", ".", "图.html/", "表.csv%00.html",
    ):  # fmt: skip
        answer = asker.get(f"/jobs/{identity}/files/{name}")
        assert answer.status_code in (404, 405), name
        assert b"SQLite" not in answer.content
    with asker.workspace.writing() as connection:  # even if the table itself were wrong
        connection.execute(
            sa.update(JOB_FILE)
            .where(JOB_FILE.c.job == identity, JOB_FILE.c.name == "表.csv")
            .values(place="output/jobs/../../fuwuquan.gpkg")
        )
    assert asker.get(f"/jobs/{identity}/files/表.csv").status_code == 410


def test_what_is_unknown_or_unfit_is_refused(asker: Asker) -> None:
    unknown = asker.get("/processes/nothing")
    assert (unknown.status_code, unknown.json()["type"]) == (404, f"{EXCEPTIONS}/no-such-process")
    assert asker.ask("nothing").status_code == 404
    unknown = asker.get("/jobs/nothing")
    assert (unknown.status_code, unknown.json()["type"]) == (404, f"{EXCEPTIONS}/no-such-job")
    assert asker.client.delete("/jobs/nothing").status_code == 404
    path = "/processes/slow/execution"
    for body in (
        [], {"inputs": []}, {"subscriber": {}}, {"outputs": {"other": {}}}, {"response": "x"},
        {"inputs": {"seconds": "1"}}, {"inputs": {"nothing": 1}}, {"inputs": {"seconds": -1}},
        {"inputs": {"text": {"href": "http://127.0.0.1/"}}}, {"inputs": {"text": "a\0b"}},
        {"inputs": {"text": "a" * 5_000}}, {"outputs": {"summary": {"transmissionMode": "x"}}},
        {"outputs": {"files": {"transmissionMode": "reference"}}}, {"outputs": {"files": 1}},
    ):  # fmt: skip
        answer = asker.client.post(path, json=body)
        assert answer.status_code == 400, body
        assert answer.headers["content-type"] == "application/problem+json"
    assert asker.client.post(path, content=b"{", headers={"Content-Type": "application/json"}
                             ).status_code == 400  # fmt: skip
    assert asker.client.post(path, content=b"{}").status_code == 415
    wrong = {"outputs": {"files": {"transmissionMode": "x"}, "b": {}}, "response": "z", "mode": 1}
    told = asker.client.post(path, json=wrong).json()
    assert told["detail"] == (
        "不支持“mode”；输出“files”的 transmissionMode 不能是“x”；没有输出“b”；response 不能是“z”。"
    )
    assert "transmissionMode 只有 value" in told["hint"]
    wrapped = asker.client.post(path, json={"inputs": {"text": {"value": "甲"}}})
    assert wrapped.json()["summary"]["value"]["text"] == "甲"


def test_jobs_are_listed_in_pages_and_by_condition(asker: Asker) -> None:
    made = [asker.job(asker.ask(headers=ASYNC, text=f"page {n}")) for n in range(5)]
    for identity in made:
        asker.over(identity)
    pages, path = [], "/jobs?limit=2&processID=slow&status=successful"
    while path:
        page = asker.get(path).json()
        assert len(page["jobs"]) <= 2
        pages += [one["jobID"] for one in page["jobs"]]
        path = next((one["href"] for one in page["links"] if one["rel"] == "next"), "")
    assert len(pages) == len(set(pages))
    assert pages[:5] == made[::-1]
    for query, found in (
        ("type=process&datetime=2020-01-01/..", True),
        ("datetime=../2020-01-01T00:00:00Z", False),
        ("datetime=../1960-01-01", False),
        ("datetime=1970-01-01/..", True),
        ("type=process&type=process", True),
        ("minDuration=500", False),
        ("maxDuration=500", True),
        ("processID=coverage", False),
        ("processID=coverage,slow", True),
        ("processID=coverage&processID=slow&status=failed&status=successful", True),
    ):
        listed = [one["jobID"] for one in asker.get(f"/jobs?{query}").json()["jobs"]]
        assert (made[0] in listed) is found, query
    for query in (
        "status=x", "datetime=x", "limit=0", "after=x", "minDuration=-1", "other=1",
        "limit=1&limit=2", "status=failed&status=", "type=process&type=x",
        "datetime=../..", "datetime=2026-11-24/2026-11-22",
    ):  # fmt: skip
        assert asker.get(f"/jobs?{query}").status_code == 400, query
    assert made[0] in asker.get("/jobs?f=html").text
    page = asker.get("/jobs?processID=slow&limit=1&f=html").text
    assert "/jobs?processID=slow&amp;limit=1&amp;f=json" in page
    both = asker.get("/jobs?processID=coverage&processID=slow&limit=1").json()["links"]
    assert all("processID=coverage,slow" in unquote(one["href"]) for one in both)
    path = "/processes?limit=2&after=batch"
    links = {one["rel"]: one["href"] for one in asker.get(path).json()["links"]}
    assert links["self"] == f"{MACHINE}{path}"
    assert links["alternate"] == f"{MACHINE}{path}&f=html"
    page = asker.get(f"{path}&f=html").text
    assert f'{path.replace("&", "&amp;")}&amp;f=json"' in page
    assert f'{links["next"].replace("&", "&amp;")}&amp;f=html"' in page


def test_a_layer_is_imported_from_a_file_that_is_sent(asker: Asker) -> None:
    rows = "小区编号,小区名称,户数,经度,纬度\ny1,甲,10,114.01,30.01\ny2,乙,,114.02,30.02\n"
    sent = {"value": base64.b64encode(rows.encode()).decode(), "encoding": "base64"}
    inputs = {"layer": "compound", "datum": "cgcs2000", "file": {**sent, "name": "../新.csv"}}
    answer = asker.ask("import", **inputs)
    assert answer.status_code == 200, answer.text
    told = answer.json()["summary"]["value"]
    assert (told["rows_in"], told["rows_kept"], told["rows_quarantined"]) == (2, 1, 1)
    assert told["file"] == "新.csv"
    assert asker.workspace.read("compound")["id"].tolist() == ["y1"]
    assert asker.ask("import", **inputs).headers["link"] == answer.headers["link"]
    other = base64.b64encode(rows.replace("y1", "z1").encode()).decode()
    asker.ask("import", **{**inputs, "file": {"value": other, "name": "别.csv"}})
    assert asker.workspace.read("compound")["id"].tolist() == ["z1"]
    assert asker.ask("import", **inputs).headers["link"] != answer.headers["link"]
    assert asker.workspace.read("compound")["id"].tolist() == ["y1"]
    for unfit in ("abc", {"value": "%%%", "name": "a.csv"}, {"value": sent["value"]},
                  {"href": "http://127.0.0.1/a.csv"}):  # fmt: skip
        assert asker.ask("import", **{**inputs, "file": unfit}).status_code == 400
    large = {"value": "A" * 21_000_000, "name": "a.csv"}
    assert asker.ask("import", **{**inputs, "file": large}).status_code == 413
    with asker.workspace.reading() as connection:
        kept = sa.select(sa.func.count()).select_from(JOB_FILE).where(JOB_FILE.c.role == "input")
        assert connection.scalar(kept) == 0


def test_tiles_are_exported(asker: Asker) -> None:
    answer = asker.ask("tiles", names=["compound"])
    assert answer.status_code == 200, answer.text
    (file,) = answer.json()["files"]
    got = asker.get(file["href"])
    assert got.content.startswith(b"PMTiles")
    assert len(got.content) == file["length"]
    assert asker.ask("tiles", names=["nothing"]).status_code == 404


_LIST = """
title = "批量标准化"
reason = "标准化"
[[case]]
place = "人民广场"
name = "人民东广场"
[[case]]
place = "建设路"
name = "建设东路"
"""


def book_of(asker: Asker, *names: str) -> Gazetteer:
    """Put official streets into the gazetteer."""
    book = Gazetteer.of(asker.workspace)
    at = datetime(2026, 5, 1, 9, tzinfo=UTC)
    with book.change(author="甲", reason="登记", at=at) as change:
        town = shapely.box(113.9, 29.9, 114.1, 30.1)
        change.insert("scope", kind="built_up", name="县城", shape=town)
        for text in names:
            place = change.insert(
                "place", class_code="23510", lifecycle="existing", status="official",
                secrecy="public", attributes="{}", division_code="990101001",
            )  # fmt: skip
            change.insert("name", place_id=place, text=text, kind="standard", language="zh")
            line = shapely.LineString([(114, 30), (114.01, 30)])
            change.insert("shape", place_id=place, role="centreline", shape=line)
    return book


def test_names_are_audited_and_published(asker: Asker) -> None:
    book_of(asker, "和平路", "和平路")
    told = asker.ask("names-audit").json()
    assert told["summary"]["value"]["blocked"] == 2
    assert [one["title"] for one in told["files"]] == ["地名体检.xlsx"]
    assert asker.get("/collections/result_names_audit/items").status_code == 404
    assert asker.get("/collections/result_names_audit").status_code == 404
    refused = asker.ask("publish", kind="gazetteer", format="xlsx")
    assert refused.status_code == 400, refused.text
    (file,) = refused.json()["files"]
    assert file["title"] in refused.json()["hint"]
    assert "--" not in refused.json()["hint"].replace("--usable", "")
    report = asker.get(file["href"])
    assert (report.status_code, report.content[:2]) == (200, b"PK")
    assert asker.get(f"/jobs/{refused.json()['jobID']}").json()["status"] == "failed"
    told = asker.ask("publish", kind="gazetteer", format="xlsx", draft=True).json()
    assert told["summary"]["value"]["records"] >= 2
    titles = {one["title"] for one in told["files"]}
    assert titles == {"gazetteer.xlsx", "gazetteer-缺项.xlsx"}


def test_a_campaign_is_opened_from_one_form_whole_or_not_at_all(asker: Asker) -> None:
    book = book_of(asker, "人民广场", "建设路")

    def sent(text: str) -> dict[str, str]:
        packed = base64.b64encode(text.encode()).decode()
        return {"value": packed, "encoding": "base64", "name": "批量.toml"}

    told = asker.ask("batch", file=sent(_LIST))
    assert told.status_code == 200, told.text
    summary = told.json()["summary"]["value"]
    assert (summary["listed"], summary["title"]) == (2, "批量标准化")
    cases = {row["number"]: row for row in book.rows("case")}
    campaign = cases.pop(summary["number"])
    assert {row["campaign_id"] for row in cases.values()} == {campaign["id"]}
    assert {row["clerk"] for row in (campaign, *cases.values())} == {"local"}
    wrong = asker.ask("batch", file=sent(_LIST.replace("建设路", "没有的路")))
    assert wrong.status_code == 400
    assert "没有的路" in wrong.text
    assert len(book.rows("case")) == 3
