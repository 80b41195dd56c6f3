"""What the codes of places and shapes mean for the reader, and what to do about them."""

from __future__ import annotations

from geo.text import say


def place_words(code: str) -> tuple[str, str]:
    """Return what is wrong with a place, or was repaired, and what to do."""
    return {
        "no_place": (
            say("没有坐标或图形", "has no coordinates or shape"),
            say(
                "请补填经度、纬度（或补画图形）后重新导入",
                "fill in the coordinates and import again",
            ),
        ),
        "bad_place": (
            say("坐标无法识别", "has coordinates that cannot be read"),
            say(
                "请写成十进制度（如 113.504222）或度分秒（如 113度30分15.2秒）",
                "write decimal degrees, or degrees, minutes and seconds",
            ),
        ),
        "zero_place": (
            say("坐标为 0，0", "has the coordinates 0, 0"),
            say("这是软件的空值，请补填真实坐标", "this stands for nothing; fill in the real ones"),
        ),
        "impossible_place": (
            say("坐标超出可能的范围", "has impossible coordinates"),
            say("请核对坐标和 --datum", "check the coordinates and --datum"),
        ),
        "metres_for_degrees": (
            say("坐标像是以米为单位的平面坐标", "has coordinates that look like metres"),
            say(
                "请用 --datum epsg:代号 说明投影：3 度带不带带号（6 位横坐标）用 epsg:4534–4554，"
                "带带号（8 位横坐标）用 epsg:4513–4533",
                "declare the projection with --datum epsg:NNNN: 3-degree zones are 4534-4554 "
                "without and 4513-4533 with the zone number in the easting",
            ),
        ),
        "swapped_lonlat": (
            say("经度与纬度写反，已对调", "had its two coordinates swapped; turned round"),
            say("请在原表中改正", "mend the original"),
        ),
        "coarse_place": (
            say("坐标只有 3 位或更少的小数，误差可达百米", "has coordinates good to 100 m at best"),
            say("请提供 6 位小数的坐标", "give six decimals"),
        ),
        "outside_offset_area": (
            say(
                "位于 GCJ-02、BD-09 偏移定义的范围之外，坐标未作改动",
                "lies outside the area of the GCJ-02 and BD-09 offsets; left unchanged",
            ),
            say("请核对坐标和 --datum", "check the coordinates and --datum"),
        ),
    }[code]


def shape_words(code: str) -> tuple[str, str]:
    """Return what is wrong with a shape, or was repaired, and what to do."""
    return {
        "wrong_geometry": (
            say("图形类型不符合该层要求", "has a geometry of another kind than this layer takes"),
            say("请核对是否导入了错误的图层", "check that the right file was imported"),
        ),
        "several_points": (
            say("一行有多个点", "has several points in one row"),
            say("请拆成一行一个点", "give each point its own row"),
        ),
        "no_extent": (
            say("图形没有面积或长度", "has a shape of no extent"),
            say("请重新绘制", "draw it again"),
        ),
        "self_intersection": (
            say("多边形自相交，已修复", "had a self-intersecting polygon; made valid"),
            say("请在地图上核对边界", "check its outline on a map"),
        ),
        "ring_closed": (
            say("闭合线已转为多边形", "was a closed line; became a polygon"),
            "",
        ),
        "mixed_parts": (
            say(
                "图形混有点、线、面，只保留了主要部分",
                "mixed kinds of geometry; the main kind was kept",
            ),
            say("请在地图上核对", "check it on a map"),
        ),
    }[code]
