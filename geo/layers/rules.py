"""What every layer must obey: keys, limits, codes, duplicates, and the county it lies in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.faults import Severity
from geo.layers.agreeing import PARTS, WHOLE
from geo.layers.findings import Findings
from geo.layers.joining import completed
from geo.layers.lying import check_places
from geo.schema import CODE_DIGITS, Column, layer
from geo.text import say

Beside = Mapping[str, gpd.GeoDataFrame]


def check_rows(
    findings: Findings,
    frame: gpd.GeoDataFrame,
    beside: Beside,
    given: Collection[str] | None = None,
) -> gpd.GeoDataFrame:
    """Return the rows with keys completed, after recording what breaks a rule.

    Parameters
    ----------
    findings
        Where faults are recorded.
    frame
        Typed columns and geometry in EPSG:4490; index 0..n-1.
    beside
        Layers that stand already, in EPSG:4490.
    given
        Columns that the file has, when its rows are added to those that stand: these keep the
        others, and their ids are given to no new row. None: the rows replace what stands.
    """
    schema = findings.schema
    standing = None if given is None else beside.get(schema.name)
    _required(findings, frame)
    _limits(findings, frame)
    if schema.name in CODE_DIGITS:
        frame = _codes(findings, frame)
    whole = frame if standing is None else completed(frame, standing, schema, given or ())
    _counts(findings, whole)
    frame = _references(findings, frame, beside)
    if schema.key == "id":
        frame = _numbered(findings, frame, () if standing is None else set(standing["id"]))
    _duplicate_keys(findings, frame)
    _repeated(findings, frame)
    check_places(findings, frame, beside)
    return frame


def _required(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    bad = findings.table.rows("error")
    unread = np.isin(findings.rows, list(bad))
    for column in findings.schema.columns:
        if column.required:
            missing = frame[column.name].isna().to_numpy() & ~unread
            words = (
                say(f"“{column.label_zh}”为空", f"{column.label_en} is empty"),
                say("这是必填列，请补填", "this column is required; fill it in"),
            )
            findings.mark(missing, column, "error", "missing_value", words)


def _limits(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    for column in findings.schema.columns:
        if column.minimum is None:
            continue
        numbers = frame[column.name]
        low = (numbers < column.minimum).fillna(value=False).to_numpy(dtype=bool)
        zh, en = column.label_zh, column.label_en
        if column.name == "households":
            words = (
                say(f"“{zh}”为 0 或负数", f"{en} is 0 or negative"),
                say(
                    "请填登记户数，或从本次分析中排除这些行",
                    "fill in the registered households, or leave these rows out",
                ),
            )
            code = "households_not_positive"
        else:
            words = (
                say(f"“{zh}”小于 {column.minimum:g}", f"{en} is below {column.minimum:g}"),
                say("请核对", "check it"),
            )
            code = "below_minimum"
        found = numbers.astype(object).to_numpy()
        findings.mark(low, column, "error", code, words, found=found)
        if column.name == "households" and column.minimum == 0:
            none = (numbers == 0).fillna(value=False).to_numpy(dtype=bool)
            findings.mark(none, column, "warning", code, words, found=found)


def _counts(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    """Record parts of the people that exceed all of them."""
    if WHOLE not in frame.columns:
        return
    for one in PARTS:
        part = one.name
        more = (frame[part] > frame[WHOLE]).fillna(value=False).to_numpy(dtype=bool)
        findings.mark(
            more, part, one.severity, f"{part}_exceed_population", one.words(findings.schema),
            found=frame[part].astype(object).to_numpy(),
        )  # fmt: skip


def _codes(findings: Findings, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Shorten padded codes, then check the number of digits and the parent's prefix."""
    name = findings.schema.name
    frame = _shortened(findings, frame, findings.schema["code"], CODE_DIGITS[name])
    parent_level = findings.schema.parent
    if parent_level is None:
        return frame
    digits = CODE_DIGITS[parent_level]
    frame = _shortened(findings, frame, findings.schema["parent_code"], digits)
    prefix = frame["code"].str[:digits]
    differs = (frame["parent_code"] != prefix).fillna(value=False).to_numpy(dtype=bool)
    words = (
        say(
            "“上级代码”与本级代码的前几位不一致", "has a parent code that is no prefix of its code"
        ),
        say("请核对两个代码", "check both codes"),
    )
    findings.mark(
        differs, "parent_code", "warning", "parent_differs", words,
        found=frame["parent_code"].astype(object).to_numpy(),
    )  # fmt: skip
    empty = frame["parent_code"].isna() & frame["code"].notna()
    if empty.any():
        count = int(empty.sum())
        words = (
            say(
                f"{count} 行没有上级代码，已取本级代码的前 {digits} 位",
                f"{count} rows had no parent code; the first {digits} digits of theirs were taken",
            ),
            "",
        )
        findings.whole("parent_code", "repaired", "parent_filled", words)
    return frame.assign(parent_code=frame["parent_code"].fillna(prefix))


def _shortened(
    findings: Findings, frame: gpd.GeoDataFrame, column: Column, digits: int
) -> gpd.GeoDataFrame:
    codes = frame[column.name]
    padded = codes.str.fullmatch(rf"\d{{{digits}}}0+").fillna(value=False).to_numpy(dtype=bool)
    words = (
        say(f"“{column.label_zh}”末尾的 0 已去掉", f"{column.label_en} lost the zeros at its end"),
        "",
    )
    raw = codes.astype(object).to_numpy()
    findings.mark(padded, column, "repaired", "code_shortened", words, found=raw)
    codes = codes.where(~padded, codes.str[:digits])
    wrong = ~codes.str.fullmatch(rf"[1-9]\d{{{digits - 1}}}").fillna(value=True).to_numpy(
        dtype=bool
    )
    words = (
        say(
            f"“{column.label_zh}”不是 {digits} 位数字", f"{column.label_en} is not {digits} digits"
        ),
        say(
            "请填统计用区划代码：县 6 位、乡镇街道 9 位、村居 12 位",
            "use the statistical code: 6 digits county, 9 township, 12 community",
        ),
    )
    findings.mark(wrong, column, "error", "code_malformed", words, found=raw)
    return frame.assign(**{column.name: codes})


def _references(findings: Findings, frame: gpd.GeoDataFrame, beside: Beside) -> gpd.GeoDataFrame:
    """Check codes of other layers; a compound given by its name gets its number."""
    if "compound_id" in frame.columns and "compound" in beside:
        frame = _compound_names(findings, frame, beside["compound"])
    if "community_code" in frame.columns and "community" in beside:
        known = beside["community"]["code"]
        codes = frame["community_code"]
        unknown = (codes.notna() & ~codes.isin(known)).to_numpy(dtype=bool)
        words = (
            say("“社区代码”不在社区层中，已留空，将按位置判定",
                "has an unknown community code; left empty, to be found from its position"),
            say("请核对代码，或先导入社区层", "check the code, or import the communities first"),
        )  # fmt: skip
        found = codes.astype(object).to_numpy()
        findings.mark(unknown, "community_code", "repaired", "unit_unknown", words, found=found)
        frame = frame.assign(community_code=codes.mask(unknown))
    parent = findings.schema.parent
    if parent is not None and parent in beside:
        codes = frame["parent_code"]
        unknown = (codes.notna() & ~codes.isin(beside[parent]["code"])).to_numpy(dtype=bool)
        label = layer(parent).label
        words = (
            say(f"“上级代码”不在{label}层中", f"has a parent that is not in layer {label!r}"),
            say("请核对代码，或补全上级单位", "check the code, or complete that layer"),
        )
        found = codes.astype(object).to_numpy()
        findings.mark(unknown, "parent_code", "warning", "unit_unknown", words, found=found)
    return frame


def _compound_names(
    findings: Findings, frame: gpd.GeoDataFrame, compounds: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    ids = frame["compound_id"]
    unknown = ids.notna() & ~ids.isin(compounds["id"])
    once = compounds[~compounds["name"].duplicated(keep=False)]
    by_name = ids.map(once.set_index("name")["id"]).astype("string")
    named = (unknown & by_name.notna()).to_numpy(dtype=bool)
    found = ids.astype(object).to_numpy()
    words = (say("小区名称已换成小区编号", "named its compound; the id was filled in"), "")
    findings.mark(named, "compound_id", "repaired", "compound_by_name", words, found=found)
    lost = unknown.to_numpy(dtype=bool) & ~named
    words = (
        say("“小区编号”在小区层中没有", "has a compound id that layer 'compound' lacks"),
        say("请核对编号，或先导入小区", "check the id, or import the compounds first"),
    )
    severity: Severity = "error" if findings.schema.name == "gate" else "warning"
    findings.mark(lost, "compound_id", severity, "compound_unknown", words, found=found)
    return frame.assign(compound_id=ids.where(~named, by_name))


def _numbered(
    findings: Findings, frame: gpd.GeoDataFrame, taken: Collection[str]
) -> gpd.GeoDataFrame:
    """Return keys for all rows: those without one are numbered after the row they stand in."""
    empty = frame["id"].isna().to_numpy(dtype=bool)
    if not empty.any():
        return frame
    name = findings.schema.name
    if findings.schema.unique:
        # The row says what it is of: the same in the next file, which then takes its place.
        named = _composed(frame, findings.schema.unique)
        return frame.assign(id=frame["id"].astype("string").mask(empty, named))
    given = {*frame["id"].dropna(), *taken}
    numbers = [f"{name}-{row:05d}" for row in findings.rows[empty]]
    numbers = [_free(number, given) for number in numbers]
    count = int(empty.sum())
    words = (
        say(f"{count} 行没有编号，已按行号编号", f"{count} rows had no id and were numbered"),
        "",
    )
    findings.whole("id", "note", "id_assigned", words)
    ids = np.array(frame["id"].astype(object), dtype=object)
    ids[empty] = numbers
    return frame.assign(id=pd.Series(ids, index=frame.index, dtype="string"))


def _composed(frame: gpd.GeoDataFrame, columns: Collection[str]) -> pd.Series:
    """Return ids made of columns; those of a row that repeats another are marked."""
    parts = pd.DataFrame({name: frame[name].astype("string").fillna("") for name in columns})
    named = parts.iloc[:, 0].str.cat(parts.iloc[:, 1:], sep="-")
    again = named.groupby(named).cumcount()
    return named.where(again == 0, named + "x" + again.astype("string"))


def _free(number: str, given: Collection[str]) -> str:
    """Return a number with as many marks as keep it apart from those given."""
    while number in given:
        number += "x"
    return number


def _duplicate_keys(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    key = findings.schema.key
    column = findings.schema[key]
    codes = frame[key]
    again = (codes.duplicated() & codes.notna()).to_numpy(dtype=bool)
    words = (
        say(f"“{column.label_zh}”与前面的行重复", f"repeats the {column.label_en} of a row above"),
        say("请确认后删去或改正其中一行", "delete or mend one of them"),
    )
    findings.mark(
        again, column, "error", "duplicate_key", words, found=codes.to_numpy(dtype=object)
    )


def _repeated(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    """Record rows that say again what a row above says of the same thing."""
    columns = list(findings.schema.unique)
    if not columns:
        return
    bad = np.isin(findings.rows, list(findings.table.rows("error")))
    again = frame[columns].duplicated().to_numpy(dtype=bool) & ~bad
    labels = "、".join(findings.schema[name].label for name in columns)
    words = (
        say(f"“{labels}”与前面的行都相同", f"same {labels} as a row above"),
        say("请确认后删去或改正其中一行", "delete or mend one of them"),
    )
    found = frame[columns[0]].to_numpy(dtype=object)
    findings.mark(again, columns[0], "error", "duplicate_key", words, found=found)
