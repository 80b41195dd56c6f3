"""``fuwuquan site`` as a planner runs it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely
import typer

from api.cli import site as site_command
from api.cli._words import UsageError, usage_message
from api.cli.site_asked import factors, is_place, money
from api.cli.site_models import MODELS, model_named
from geo.errors import DataError, InfeasibleError, NotFoundError
from geo.store import Origin, Workspace, conform
from optimization.candidates import Criteria, find_candidates, keep

DAY = date(2026, 5, 1)
Lay = Callable[..., gpd.GeoDataFrame]
Run = Callable[..., str]

X, Y = 500_000, 3_300_000
FAR = 9_000


@pytest.fixture(scope="module")
def bare(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street of nine km: a station at its west end, estates along it, premises to let."""
    folder = tmp_path_factory.mktemp("county")
    opened = Workspace.create(folder)
    street = shapely.LineString([(X, Y), (X + FAR, Y)])
    estates = [(200, 50), (2_000, 40), (2_500, 60), (4_200, 80), (6_500, 30), (8_800, 20)]
    rooms = [(2_200, 300_000), (4_300, 500_000), (6_600, 200_000), (8_700, 4_000_000)]
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "elders": 280, "at": (X - 50, Y - 500, X + FAR + 50, Y + 500)},
        ),
        "compound": lay(
            "compound",
            *(
                {
                    "id": f"x{i}",
                    "name": f"小区{i}",
                    "households": n,
                    "elders": n,
                    "build_status": "new",
                    "at": (X + at, Y),
                }
                for i, (at, n) in enumerate(estates)
            ),
        ),
        "elder_station": lay("elder_station", {"id": "s", "name": "老站", "at": (X, Y)}),
        "parcel": lay(
            "parcel",
            *(
                {
                    "id": f"r{i}",
                    "name": f"用房{i}",
                    "kind": "premises",
                    "area_m2": 400.0,
                    "floor": 1,
                    "build_cost_yuan": float(cost),
                    "at": (X + at, Y),
                }
                for i, (at, cost) in enumerate(rooms)
            ),
            {
                "id": "r9",
                "name": "阁楼",
                "kind": "premises",
                "area_m2": 400.0,
                "floor": 5,
                "lift": False,
                "at": (X + 4_250, Y),
            },
        ),
        "street": conform(
            gpd.GeoDataFrame({"class": ["residential"]}, geometry=[street], crs="EPSG:4547"),
            "street",
        ),
    }
    for name, frame in layers.items():
        origin = Origin(source="test", written_on=DAY)
        opened.write(name, frame.to_crs("EPSG:4490"), origin=origin)
    return folder


@pytest.fixture(scope="module")
def workspace(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with premises alone as candidates."""
    folder = tmp_path_factory.mktemp("sited") / "county"
    shutil.copytree(bare, folder)
    opened = Workspace.open(folder)
    premises = Criteria(sources=("premises",))
    keep(opened, find_candidates(opened, "elder_station", on=DAY, criteria=premises))
    return folder


def ask(folder: Path, *arguments: str) -> None:
    """Run the command."""
    app = typer.Typer()
    app.callback()(lambda: None)
    site_command.register(app)
    named = () if "-f" in arguments else ("-f", "elder_station")
    given = ["site", *named, *arguments, "-w", str(folder), "--on", DAY.isoformat()]
    app(args=given, standalone_mode=False)


@pytest.fixture
def run(workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command and return what it printed; its files go to a folder of their own."""

    def printed(*arguments: str) -> str:
        ask(workspace, *arguments, "--out", str(tmp_path / "选址.xlsx"))
        return capsys.readouterr().out

    return printed


def test_the_facility_type_may_stand_without_its_option_but_not_contradict_it(run: Run) -> None:
    words = ("社区养老服务站", "-f", "elder_station", "--sites", "1", "--no-map", "--json")
    assert [one["id"] for one in json.loads(run(*words))["sites"]] == ["r0"]
    with pytest.raises(DataError, match="设施类型给了两个"):
        run("cemetery", "-f", "elder_station", "--sites", "1")
    with pytest.raises(DataError, match="没有指定设施类型"):
        run("-f", "", "--sites", "1")


def test_no_map_is_drawn_where_none_is_wanted(run: Run, tmp_path: Path) -> None:
    answer = json.loads(run("--sites", "1", "--no-map", "--json"))
    assert answer["files"] == [str(tmp_path / "选址.xlsx")]
    assert not (tmp_path / "选址图.html").exists()


def test_the_best_place_is_where_most_people_live(run: Run) -> None:
    answer = json.loads(run("--sites", "1", "--json"))
    assert [one["id"] for one in answer["sites"]] == ["r0"]
    assert (answer["covered_before"], answer["covered_after"], answer["total"]) == (50, 150, 280)
    plan = answer["plan"]
    assert (plan["objective"], plan["bound"], plan["gap"]) == (150, 150, 0)
    assert plan["status"] == "optimal"
    assert plan["seed"] == 0
    assert answer["provenance"]["on"] == "2026-05-01"
    assert answer["provenance"]["speed_m_s"] == 1.0


def test_the_screen_says_what_a_planner_must_quote(run: Run) -> None:
    out = run("--sites", "2").replace("\n", "")
    for said in (
        "15 分钟内：50 → 230 位老年人（+180）",
        "17.9% → 82.1%",
        "理论上限（已证明）230 位老年人；已证明最优",
        "种子 0",
        "步速 1 米/秒",
        "2026-05-01 当日",
        "分母：老年人",
        "建设费用合计 80 万元",
        "用房0：建在这里，15 分钟内新增覆盖 100 位老年人（小区2、小区1）",
    ):
        assert said in out, said


def test_a_budget_buys_what_it_buys(run: Run) -> None:
    answer = json.loads(run("--budget", "50万", "--json"))
    assert [one["id"] for one in answer["sites"]] == ["r0", "r2"]
    assert answer["plan"]["cost_yuan"] == 500_000
    more = json.loads(run("--budget", "500万", "--json"))
    assert more["covered_after"] == 280


def test_demanded_and_forbidden_places_are_heeded(run: Run) -> None:
    answer = json.loads(run("--sites", "1", "--must", "r3", "--json"))
    assert [one["id"] for one in answer["sites"]] == ["r3"]
    answer = json.loads(run("--sites", "1", "--never", "r0", "--json"))
    assert [one["id"] for one in answer["sites"]] == ["r1"]


def test_why_not_here_shows_the_loss(run: Run) -> None:
    answer = json.loads(run("--sites", "1", "--why-not", "r2", "--json"))
    (told,) = answer["why_not"]
    assert (told["reason"], told["loss"], told["loss_at_least"]) == ("weaker", 70, 70)
    assert "整个方案变差 70 位老年人（已证明）" in told["explanation"]


def test_why_not_at_a_place_that_a_norm_rejects_names_the_norm(run: Run) -> None:
    out = run("--sites", "1", "--why-not", "r9").replace("\n", "")
    assert "“阁楼”不允许选用" in out
    assert "没有电梯" in out
    assert "假如允许" in out


def test_why_not_at_a_street_corner_given_by_coordinates(run: Run) -> None:
    (point,) = gpd.GeoSeries([shapely.Point(X + 2_400, Y)], crs="EPSG:4547").to_crs("EPSG:4490")
    answer = json.loads(run("--sites", "1", "--why-not", f"{point.x},{point.y}", "--json"))
    assert [one["id"] for one in answer["sites"]] == ["r0"]  # the corner itself is no candidate
    (told,) = answer["why_not"]
    assert told["reason"] == "served"
    assert told["loss"] == 0


def test_why_not_beyond_the_budget_says_so(run: Run) -> None:
    answer = json.loads(run("--budget", "50万", "--why-not", "r3", "--json"))
    (told,) = answer["why_not"]
    assert told["reason"] == "dear"
    assert "单它一处就要 400 万元" in told["explanation"]


def test_alternatives_and_speeds_are_told(run: Run) -> None:
    out = run("--sites", "2", "--alternatives", "--stability").replace("\n", "")
    assert "不同方案" in out
    assert "0.8" in out
    assert "1.2" in out
    answer = json.loads(run("--sites", "2", "--alternatives", "--stability", "--json"))
    assert [one["speed_m_s"] for one in answer["speeds"]] == [0.8, 0.9, 1.0, 1.1, 1.2]
    needed = {one["id"]: one["needed"] for one in answer["alternatives"]["sites"]}
    assert needed == {"r0": True, "r1": True}


def test_everybody_who_can_be_reached_with_the_fewest_sites(run: Run) -> None:
    answer = json.loads(run("--model", "全覆盖最少点", "--json"))
    assert answer["covered_after"] == 280
    assert len(answer["sites"]) == 4
    half = json.loads(run("--model", "set-cover", "--share", "0.5", "--json"))
    assert [one["id"] for one in half["sites"]] == ["r0"]


def test_every_model_answers(run: Run) -> None:
    for model in MODELS:
        if model.name == "gates":  # nothing is gated here
            continue
        counted = model.sized and model.name != "set-cover"
        answer = json.loads(
            run("--model", model.name, *(("--sites", "2") if counted else ()), "--json")
        )
        assert answer["model"] == model.name
        assert answer["plan"]["status"] in ("optimal", "within_gap", "heuristic")
        assert len(answer["sites"]) <= (2 if counted else 4)
        assert model_named(model.zh) is model


def test_shortfalls_of_floor_area_are_closed_by_rooms(run: Run) -> None:
    answer = json.loads(run("--model", "规范达标", "--json"))
    rooms = {one["id"]: one["closed_estates"] for one in answer["sites"]}
    assert rooms
    assert all(rooms.values())
    assert answer["plan"]["unit"] == "yuan"
    assert answer["plan"]["cost_yuan"] == answer["plan"]["objective"]
    out = run("--model", "norm").replace("\n", "")
    assert "这里补足" in out
    with pytest.raises(DataError, match="没有施行中") as caught:
        run("--model", "norm", "--area", "990101")
    assert "--area" in caught.value.hint


def test_the_workbook_holds_every_table_and_what_it_rests_on(run: Run, tmp_path: Path) -> None:
    run("--sites", "2", "--alternatives", "--stability")
    book = openpyxl.load_workbook(tmp_path / "选址.xlsx")
    assert book.sheetnames == [
        *("选定点", "分配", "为什么不", "备选", "备选方案", "步速稳定性", "说明"),
    ]
    rows = list(book["选定点"].values)
    assert rows[0][:3] == ("编号", "名称", "在方案中")
    assert [row[0] for row in rows[1:]] == ["r0", "r1", "s"]
    notes = dict(book["说明"].values)
    assert "最大覆盖" in notes["条件"]
    assert "已证明最优" in notes["求解结果"]
    assert len(notes["路网指纹"]) >= 32


def test_the_plan_is_kept_for_qgis_and_for_the_record(run: Run, workspace: Path) -> None:
    run("--sites", "2")
    opened = Workspace.open(workspace)
    sites = opened.read_result("siting_sites")
    assert dict(zip(sites["id"], sites["role"], strict=True)) == {
        **dict.fromkeys(("r0", "r1"), "new"),
        "s": "kept",
        **dict.fromkeys(("r2", "r3"), "candidate"),
    }
    who = opened.read_result("siting_assignment")
    assert who["state"].value_counts().to_dict() == {"gained": 3, "uncovered": 2, "covered": 1}
    with sqlite3.connect(opened.path) as file:
        styles = dict(file.execute("SELECT f_table_name, styleQML FROM layer_styles").fetchall())
    file.close()
    assert 'attr="role"' in styles["result_siting_sites"]
    assert "新覆盖" in styles["result_siting_assignment"]
    ran = opened.runs("site")[-1]
    assert ran.results["status"] == "optimal"
    assert ran.parameters["model"] == "max-cover"


def test_the_same_question_gives_the_same_files(run: Run, tmp_path: Path) -> None:
    both = []
    for _ in range(2):
        run("--sites", "2", "--alternatives", "--stability")
        both.append([(tmp_path / name).read_bytes() for name in ("选址.xlsx", "选址图.html")])
    assert both[0] == both[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "要知道建几处"),
        (("--sites", "2", "--budget", "3万"), "只能给一个"),
        (("--sites", "9"), "可选的候选点只有 4 处"),
        (("--sites", "1", "--must", "r0", "--never", "r0"), "既必选又禁选：r0"),
        (("--sites", "1", "--must", "r0", "--must", "r1"), "多于要建的 1 处"),
        (("--sites", "1", "--must", "nobody"), "没有编号为 nobody 的候选点"),
        (("--sites", "1", "--why-not", "nobody"), "没有编号为 nobody 的候选点"),
        (("--sites", "1", "--closable", "r0"), "没有编号为 r0 的可关闭"),
        (("--sites", "1", "--weight", "cats"), "没有“cats”这一权重"),
        (("--sites", "1", "--weight", "elders=-1"), "不对"),
        (("--sites", "1", "--model", "最好"), "没有名为“最好”的选址模型"),
        (("--sites", "1", "--model", "set-cover"), "不用 --sites"),
        (("--sites", "1", "--share", "0.5"), "不用 --share"),
        (("--sites", "1", "--minutes", "5,10"), "只能有一个时限"),
        (("--budget", "很多"), "不是金额"),
        (("--budget", "1万", "--must", "r0"), "r0|用房0"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_what_to_do(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    with pytest.raises((DataError, NotFoundError, InfeasibleError), match=message) as caught:
        run(*arguments)
    assert caught.value.hint


def test_candidates_are_looked_for_when_there_are_none(
    bare: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "county"
    shutil.copytree(bare, folder)
    ask(folder, "--sites", "1")
    assert "工作区原先没有候选点，已自动查找" in capsys.readouterr().out
    ask(folder, "--sites", "1")
    assert "工作区原先没有候选点" not in capsys.readouterr().out


def test_money_and_weights_as_planners_write_them() -> None:
    assert money("300万") == money("3,000,000") == money("300 万元") == 3_000_000
    assert money("") is None
    assert factors(["老年人=1", "儿童=0.5"]) == {"elders": 1.0, "children": 0.5}
    assert is_place("114.3，30.5")
    assert not is_place("r0")
    for text in ("三百万", "-5", "万", "1..2"):
        with pytest.raises(DataError, match="不是金额"):
            money(text)


def test_money_that_buys_nothing_is_refused_with_the_least_that_helps(run: Run) -> None:
    with pytest.raises(InfeasibleError, match=r"最便宜的候选点要 20 万元") as refused:
        run("--budget", "1元")
    assert "20 万元" in refused.value.hint


def test_a_wrong_number_is_told_in_chinese_with_what_is_wanted(workspace: Path) -> None:
    for given, told in (("0", "写的是“0”，应不小于 1"), ("五", "写的是“五”，应为整数")):
        with pytest.raises(UsageError) as wrong:
            ask(workspace, "-p", given)
        assert f"选项 --sites 的值不对：{told}" in usage_message(wrong.value)[0]


def test_a_file_after_map_is_told_to_be_no_facility_type(workspace: Path) -> None:
    with pytest.raises(DataError, match=r"“plan.html”像是文件"):
        ask(workspace, "-p", "1", "--map", "plan.html")


def test_the_walk_of_center_and_the_share_of_equity_name_whose_they_are(run: Run) -> None:
    assert "（走得最远的是小区" in run("-m", "center", "-p", "1")


def test_swaps_by_people_covered_are_left_out_for_other_models(run: Run) -> None:
    asked = ("-p", "1", "--json")
    rows = json.loads(run("-m", "median", *asked))["sites"]
    assert rows
    assert all(row["swap_loss"] is None for row in rows)
    assert json.loads(run(*asked))["sites"][0]["swap_loss"] is not None
