"""What the invented places are called: names put together from syllables, none of them twice."""

from __future__ import annotations

from itertools import product
from typing import Final

from numpy.random import Generator

TOWNSHIP_STEMS: Final = (
    "云麓", "知雨", "星渡", "禾光", "听松", "溪照", "月桥", "青屿", "鹭汀", "晴岚", "霜浦",
)  # fmt: skip
_FIRST: Final = "晴禾星澄棠柳槐梅竹兰松桐枫荷菱芦鹭雁莺鹿"
_SECOND: Final = "溪湾塘坡桥渡岭坪园汀洲巷井台里"
_ESTATES: Final = ("苑", "花园", "家园", "小区", "公寓", "雅居", "新村", "府")
_SURNAMES: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
    "戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
)
_HAMLETS: Final = (
    "家湾",
    "家塘",
    "家岗",
    "家榨",
    "家台",
    "家墩",
    "家大湾",
    "家畈",
    "家桥",
    "家嘴",
    "家冲",
    "家庄",
)


def unit_stems(rng: Generator) -> list[str]:
    """Return stems for communities and villages, shuffled."""
    return _shuffled(_FIRST, _SECOND, rng)


def estate_names(rng: Generator) -> list[str]:
    """Return names of estates, shuffled."""
    stems = [a + b for a, b in product(_SECOND, _FIRST)]
    return _shuffled(stems, _ESTATES, rng)


def hamlet_names(rng: Generator) -> list[str]:
    """Return names of hamlets, shuffled."""
    return _shuffled(_SURNAMES, _HAMLETS, rng)


def _shuffled(heads: str | list[str], tails: str | tuple[str, ...], rng: Generator) -> list[str]:
    every = [head + tail for head, tail in product(heads, tails)]
    return [every[i] for i in rng.permutation(len(every))]
