"""How levels, kinds and units of verdict of norms are named to a user."""

from __future__ import annotations

from typing import Final

from geo.norms.model import Judged, Kind, Level
from geo.schema import layers
from geo.text import say

_UNFILLED: Final = {
    "place": "评定地区",
    "elevation": "数字高程模型",
    "placename": "地名",
    "placename_sign": "地名标志",
    "naming_case": "命名更名案件",
    "boundary_line": "界线",
    "boundary_record": "界线与界桩",
    "residential_area": "居住区",
    "city": "市",
    "kindergarten": "幼儿园",
    "nursery": "托儿所",
    "health_station": "卫生服务站",
    "social_organisation": "社会组织",
    "development_phase": "分期开发",
    "road_project": "道路项目",
    "division_change": "区划变更",
    "map_label": "地图注记",
}
"""Names of layers and rasters that norms speak of and no schema has."""


def level_label(level: Level) -> str:
    """Return the name of a level."""
    return {
        "must": say("应", "must"),
        "should": say("宜", "should"),
        "target": say("目标", "target"),
        "statistic": say("统计", "statistic"),
        "draft": say("未核实", "draft"),
    }[level]


def kind_label(kind: Kind) -> str:
    """Return the name of a kind of norm."""
    return {
        "ratio": say("比率", "ratio"),
        "reach": say("可达", "reach"),
        "presence": say("有无", "presence"),
        "attribute": say("属性", "attribute"),
        "exclusion": say("避让", "exclusion"),
        "capacity": say("容量", "capacity"),
        "count": say("数量", "count"),
        "timeliness": say("时限", "timeliness"),
        "composed": say("组合", "composed"),
        "selection": say("选择", "selection"),
        "notice": say("提示", "notice"),
    }[kind]


def judged_label(judged: Judged) -> str:
    """Return what one verdict of a norm is on."""
    return {
        "each": say("逐个判断", "each subject"),
        "share": say("按达标占比", "the share that passes"),
        "mean": say("按平均数", "the mean"),
        "pooled": say("按合计数", "all together"),
    }[judged]


def layer_label(name: str) -> str:
    """Return the name of a layer, also of one no workspace has."""
    known = layers().get(name)
    return say(_UNFILLED.get(name, name), name) if known is None else say(known.zh, known.en)
