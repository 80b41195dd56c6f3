"""Options that several commands of ``fuwuquan names`` share, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo.text import say

At = Annotated[
    str,
    typer.Option(
        "--at",
        metavar=say("经度,纬度", "LON,LAT"),
        help=say("在哪里（CGCS2000 度）。", "Where it is, in degrees (CGCS2000)."),
        show_default=False,
    ),
]
Geometry = Annotated[
    Path | None,
    typer.Option(
        "--geometry",
        metavar=say("文件", "FILE"),
        help=say(
            "位置或范围的图形：.geojson、.gpkg、.shp。", "Its shape: .geojson, .gpkg or .shp."
        ),
        show_default=False,
    ),
]
LiesIn = Annotated[
    str,
    typer.Option(
        "--division",
        metavar=say("政区", "DIVISION"),
        help=say("所在政区：名称或代码。", "Division it lies in: name or code."),
        show_default=say("按位置判定", "located by its position"),
    ),
]
Under = Annotated[
    str,
    typer.Option(
        "--division",
        metavar=say("代码", "CODE"),
        help=say("只看这个政区代码以下的。", "Only what is under this division code."),
        show_default=False,
    ),
]
Packs = Annotated[
    list[str] | None,
    typer.Option(
        "--pack",
        metavar=say("规则包", "PACK"),
        help=say(
            "地方规则包：shanghai、ningbo、large_city 或 .toml 文件；可写多次。",
            "Local rules: shanghai, ningbo, large_city or a .toml file; may be repeated.",
        ),
        show_default=False,
    ),
]
Photo = Annotated[
    str,
    typer.Option(
        "--photo",
        metavar=say("文件", "FILE"),
        help=say("照片。", "A photograph."),
        show_default=False,
    ),
]
PlanId = Annotated[
    str,
    typer.Option(
        "--plan",
        metavar=say("规划编号", "PLAN"),
        help=say("规划道路或地块的编号。", "Number of the planned road or parcel."),
        show_default=False,
    ),
]
SignedBy = Annotated[
    list[str],
    typer.Option(
        "--signed-by",
        metavar=say("一方", "SIDE"),
        help=say("签署或到场的一方，双方各写一次。", "A side that signs or is present; name both."),
        show_default=False,
    ),
]
