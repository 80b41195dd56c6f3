"""Read the comparisons of criteria from a file: a table of Excel or CSV, or TOML."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from geo.errors import DataError, NotFoundError
from geo.text import say
from optimization.suitability.ahp import Weighing, weigh
from optimization.suitability.zonesets import read_toml


def read_weights(path: Path) -> Weighing:
    """Read a matrix of pairwise comparisons and return the weights it stands for.

    A table has the criteria in its first row and first column. TOML has ``names`` and ``matrix``,
    a list of rows. Cells are numbers or fractions such as ``1/3``; where only the upper half is
    filled, the lower follows.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file is no such table, its rows and columns differ, or the comparisons contradict
        each other; see `geo.optimization.suitability.ahp.weigh`.
    """
    names, cells = _from_toml(path) if path.suffix.lower() == ".toml" else _from_table(path)
    matrix = np.full((len(names), len(names)), np.nan)
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            matrix[i, j] = _number(cell, path, names[i], names[j])
    bare = np.isnan(matrix)
    mirrored = np.where(bare & ~bare.T, 1 / matrix.T, matrix)
    np.fill_diagonal(mirrored, np.where(np.diag(bare), 1.0, np.diag(mirrored)))
    return weigh(names, mirrored)


def _from_toml(path: Path) -> tuple[list[str], list[list[object]]]:
    table = read_toml(path)
    names, matrix = table.get("names"), table.get("matrix")
    square = (
        isinstance(names, list)
        and isinstance(matrix, list)
        and len(matrix) == len(names)
        and all(isinstance(row, list) and len(row) == len(names) for row in matrix)
    )
    if set(table) != {"names", "matrix"} or not square:
        raise _wrong(path)
    assert isinstance(names, list)
    assert isinstance(matrix, list)
    return [str(name) for name in names], matrix


def _from_table(path: Path) -> tuple[list[str], list[list[object]]]:
    if not path.is_file():
        raise NotFoundError(
            say(f"没有文件“{path}”。", f"there is no file {str(path)!r}"),
            hint=say("请检查路径。", "check the path"),
        )
    try:
        if path.suffix.lower() == ".csv":
            frame = pd.read_csv(path, index_col=0, dtype=str, encoding="utf-8-sig")
        else:
            frame = pd.read_excel(path, index_col=0, dtype=str)
    except (ValueError, OSError, ImportError, KeyError, IndexError):
        raise _wrong(path) from None
    rows, columns = [[str(n).strip() for n in axis] for axis in (frame.index, frame.columns)]
    if rows != columns or not rows:
        raise DataError(
            say(
                f"“{path.name}”的行（{'、'.join(rows)}）与列（{'、'.join(columns)}）不一致。",
                f"rows {rows} and columns {columns} of {path.name!r} differ",
            ),
            hint=say(
                "第一列和第一行应按同样的顺序写准则的 id。",
                "write the ids of the criteria in the same order in the first row and column",
            ),
        )
    return rows, frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def _number(cell: object, path: Path, first: str, second: str) -> float:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return float("nan")
    try:
        return float(Fraction(str(cell).strip().replace("／", "/")))
    except (ValueError, ZeroDivisionError):
        raise DataError(
            say(
                f"“{path.name}”里“{first}”比“{second}”填的“{cell}”不是数。",
                f"{first!r} over {second!r} in {path.name!r} is {cell!r}, not a number",
            ),
            hint=say("请写 3 或 1/3 这样的数。", "write numbers such as 3 or 1/3"),
        ) from None


def _wrong(path: Path) -> DataError:
    return DataError(
        say(f"“{path.name}”不是两两比较的矩阵。", f"{path.name!r} is no matrix of comparisons"),
        hint=say(
            "请用表格（.xlsx、.csv），第一行和第一列写准则的 id；或 .toml，写 names 和 matrix。",
            "use a table with the criteria's ids in the first row and column, or a .toml with "
            "names and matrix",
        ),
    )
