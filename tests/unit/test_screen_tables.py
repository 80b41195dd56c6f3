"""Tables on a screen of eighty columns, as a planner reads them."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from api.cli._console import print_table

LONG = "棠园社区党群服务中心与居家养老服务站及社区食堂" * 2


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def test_ids_numbers_and_headings_stay_whole_where_names_are_long(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(
        ["编号", "名称", "新增覆盖", "费用"],
        [
            ["community_venue:ZH072", LONG, 22_445, "1,224.5 万元"],
            ["street-0053", "街路点", 1, "未知"],
        ],
    )
    printed = capsys.readouterr().out
    for whole in ("community_venue:ZH072", "新增覆盖", "22,445", "1,224.5 万元"):
        assert whole in printed
    assert max(map(cell_len, printed.splitlines())) <= 80
    assert "".join(line.split("│")[2].strip() for line in printed.splitlines() if "│" in line) == (
        LONG + "街路点"
    )


def test_a_table_without_rows_is_a_line_of_headings(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["编号", "名称"], [])
    assert "编号" in capsys.readouterr().out


def test_a_table_that_cannot_fit_is_folded_and_loses_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [f"column{n}" * 3 for n in range(9)]
    print_table(words, [words])
    printed = capsys.readouterr().out
    cells = [line.split("│")[1:-1] for line in printed.splitlines() if "│" in line]
    folded = ["".join(part.strip() for part in column) for column in zip(*cells, strict=True)]
    assert folded == words
