"""What people call the values that inputs may take, so that a form need not show codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from api.jobs.process import Input
from geo.gazetteer.publish.kinds import publications
from geo.schema import layers
from geo.text import say

_Words = Mapping[str, tuple[str, str]]

_WORDS: Final[Mapping[str, _Words]] = {
    "profile": {
        "elder": ("老年人", "elder"), "frail": ("体弱者", "frail"),
        "general": ("一般人", "general"),
        "wheelchair": ("轮椅", "wheelchair"),
    },
    "demand": {
        "auto": ("逐个村居取最好的", "the best of each community"),
        "compound": ("小区", "compounds"), "building": ("楼栋", "buildings"),
        "community": ("村居", "communities"),
    },
    "sources": {
        "premises": ("现成用房", "premises"), "land": ("可建地块", "land"),
        "room": ("停用设施腾出的用房", "rooms out of use"), "venue": ("可合用的场所", "venues"),
        "street": ("街路上的点", "street points"),
    },
    "model": {
        "max-cover": ("最大覆盖：再建几处，最多能多覆盖多少人", "max-cover: the most people"),
        "set-cover": ("全覆盖最少点：人人都走得到，最少建几处", "set-cover: the fewest sites"),
        "backup": ("双重覆盖：一处停业还有另一处", "backup: two within reach"),
        "partial": ("渐减覆盖：越近越好", "partial: the nearer the better"),
        "median": ("最短总路程：步行时间之和最短", "median: the least walking"),
        "center": ("最短最远路：走得最远的人也尽量近", "center: the farthest walk"),
        "capacity": ("容量：每处容量有限时最多服务多少人", "capacity: places are limited"),
        "norm": ("规范达标：补足各小区的用房缺口", "norm: close the shortfalls"),
        "equity": ("均衡：覆盖率最低的乡镇街道尽量高", "equity: the worst-off township"),
        "disperse": ("分散：选定点之间尽量远离", "disperse: far from each other"),
        "changes": ("调整：现有设施保留、扩建、迁址还是关闭", "changes: what stands today"),
        "gates": ("开门：打开哪些门", "gates: which gates to open"),
    },
    "weight": {
        "elders": ("老年人", "elders"), "children": ("儿童", "children"),
        "households": ("户", "households"), "population": ("人口", "population"),
        "points": ("需求点", "points"),
    },
    "goal": {
        "sum": ("各年覆盖人数之和最大", "most people over all years"),
        "final": ("先保最后一年", "the last year first"),
    },
    "format": {
        "docx": ("Word 文档", "Word"), "pdf": ("PDF 文档", "PDF"), "xlsx": ("Excel 表格", "Excel"),
    },
    "order": {
        "pinyin": ("拼音", "pinyin"), "strokes": ("笔画", "strokes"), "class": ("类别", "class"),
        "code": ("代码", "code"),
    },
    "into": {
        "draft": ("我的草稿，报送后由别人审批", "a draft of mine, approved by another"),
        "layer": ("直接写入图层", "the layer itself"),
    },
    "pack": {
        "beijing_plates": ("北京门楼牌", "Beijing plates"), "large_city": ("大城市", "large city"),
        "ningbo": ("宁波", "Ningbo"), "shanghai": ("上海", "Shanghai"),
    },
}  # fmt: skip
DATUMS: Final[_Words] = {
    "cgcs2000": ("国家 2000（CGCS2000）", "CGCS2000"),
    "wgs84": ("GPS（WGS-84）", "WGS 84"),
    "gcj02": ("高德、腾讯（GCJ-02）", "GCJ-02: Amap, Tencent"),
    "bd09": ("百度（BD-09）", "BD-09: Baidu"),
}
"""Datums that a form suggests."""


PAIRS: Final[_Words] = {
    "budget_yuan": (
        "元。每行一年，如 2026=3000000；*=3000000 用于其余各年。",
        "Yuan. A year on each line, such as 2026=3000000; * for the others.",
    ),
    "per_year": (
        "每年最多新建几处。每行一年，如 2026=2；*=2 用于其余各年。",
        "Most new sites. A year on each line, such as 2026=2; * for the others.",
    ),
    "must_by": (
        "最晚哪年建成。每行一个候选点，如 DK041=2027。",
        "By when it stands. A candidate on each line, such as DK041=2027.",
    ),
    "zones": (
        "离多少米以内不选。每行一类，如 rail=50。",
        "How many metres off. A kind on each line, such as rail=50.",
    ),
    "weights": (
        "为谁选址和系数；不写按设施类型。每行一种，如 elders=1（老年人）、children=0.5（儿童）。",
        "For whom, with factors; the type's if none. On each line one, such as elders=1.",
    ),
    "mapping": (
        "列名对不上时写。每行一列，如 households=入住数。",
        "Where headings are not known. A column on each line, such as households=入住数.",
    ),
}
"""What is written into inputs that are names and values, one pair on a line."""


def word_of(name: str, value: str) -> str:
    """Return what people call a value of the input of this name; itself where it has no word."""
    known = _WORDS.get(name, {}).get(value)
    return value if known is None else say(*known)


def choice_words(one: Input, value: str) -> str:
    """Return what people call a value of an input; itself where it has no other word."""
    labels = one.schema.get("x-labels") or one.schema.get("items", {}).get("x-labels") or {}
    if one.name == "layer" and value in layers():
        return layers()[value].label
    if one.name == "kind" and value in publications():
        return publications()[value].name
    known = word_of(one.name, value)
    return known if known != value else say(str(labels.get(value, value)), value)
