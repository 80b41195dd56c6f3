"""``fuwuquan streets``: a file of streets, or a place by name, into the network people walk on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    import shapely

    from geo.osm.bring import Brought
    from geo.store import Workspace

_LISTED = 5
"""Islands shown on the screen; all are in the table ``street_islands``."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "读入街路，建立步行路网：OpenStreetMap 文件（.osm.pbf、.osm、.xml）、osmnx 的 .graphml、"
        "本单位的线状图层（.gpkg、.shp、.geojson），或联网按地名下载一次。列出与主路网不连通的街路。",
        "Read streets and build the walking network: an OpenStreetMap file, a .graphml of osmnx, "
        "the bureau's own line layer, or a place fetched once by its name. Lists the islands.",
    )
    app.command("streets", cls=Command, help=about)(streets)


def streets(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say(
                ".osm.pbf .osm .xml（可为 gz、bz2）、.graphml、.gpkg .shp .geojson .kml .zip。",
                ".osm.pbf .osm .xml (or gz, bz2), .graphml, .gpkg .shp .geojson .kml .zip.",
            ),
            show_default=False,
        ),
    ] = None,
    *,
    datum: Annotated[
        str | None,
        typer.Option(
            "--datum",
            metavar=say("基准", "DATUM"),
            help=say(
                "文件坐标的基准；线状图层必须声明，OpenStreetMap 为 wgs84。",
                "What coordinates mean; a line layer must say, OpenStreetMap is wgs84.",
            ),
            show_default=False,
        ),
    ] = None,
    place: Annotated[
        str,
        typer.Option(
            "--place",
            metavar=say("地名", "NAME"),
            help=say(
                "联网下载此地的街路；已下载过则直接用记录，不再联网。",
                "Fetch the streets of this place; a place fetched before is read from its record.",
            ),
            show_default=False,
        ),
    ] = "",
    polygon: Annotated[
        Path | None,
        typer.Option(
            "--polygon",
            metavar=say("文件", "FILE"),
            help=say(
                "范围面：与文件同用时只取触及范围的道路，单独使用时联网下载。",
                "Area: with a file keeps the ways that touch it, alone fetches its streets.",
            ),
            show_default=False,
        ),
    ] = None,
    dem: Annotated[
        Path | None,
        typer.Option(
            "--dem",
            metavar=say("文件", "FILE"),
            help=say(
                "高程文件（GeoTIFF），据此计算坡度。", "Elevation model (GeoTIFF) for slopes."
            ),
            show_default=False,
        ),
    ] = None,
    crossings: Annotated[
        str,
        typer.Option(
            "--crossings",
            metavar="join|pass",
            help=say(
                "线状图层中相交而未断开之处：join 连通，pass 视为立交。",
                "Lines that cross without an end: join them, or pass as on an overpass.",
            ),
        ),
    ] = "join",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Read streets into a workspace and build its network."""
    from geo.osm.bring import bring_streets, read_area  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    if crossings not in ("join", "pass"):
        raise DataError(
            say(
                f"--crossings 只有 join 和 pass，没有“{crossings}”。",
                f"--crossings is join or pass, not {crossings!r}",
            )
        )
    opened = Workspace.open(workspace)
    steps = Steps()
    area = read_area(polygon) if polygon is not None else None
    source = file
    if source is None or place:
        with steps("下载街路", "fetch"):
            source = _fetch(opened, file, place, area)
    with steps("读入街路，建立路网", "build"):
        brought = bring_streets(
            opened,
            source,
            on=day(on),
            datum=datum,
            area=area,
            crossings=crossings,  # type: ignore[arg-type]
            heights=dem,
        )
    if json:
        emit_json(_answer(brought, source, steps))
    else:
        _show(brought, source)
    return int(brought.faults.count("error") > 0)


def _fetch(
    workspace: Workspace, file: Path | None, place: str, area: shapely.Geometry | None
) -> Path:
    """Return the record of a place or area, fetched now unless it was before."""
    from geo.osm import record_place, record_polygon  # noqa: PLC0415

    if (file is not None) or (bool(place) == (area is not None)):
        raise DataError(
            say("请给出一个文件、--place 或 --polygon。", "give a file, --place or --polygon"),
            hint=say("例如：fuwuquan streets 昆明.osm.pbf", "such as: fuwuquan streets k.osm.pbf"),
        )
    files = workspace.street_files
    for name in files.names():
        if name.endswith(".graphml"):
            files.fetch(name)
    if place:
        record = record_place(place, workspace.streets_path)
    else:
        assert area is not None  # one of the three was given
        record = record_polygon(area, workspace.streets_path)
    files.keep(record.name)
    return record


def _answer(brought: Brought, source: Path, steps: Steps) -> dict[str, object]:
    from geo.faults import SEVERITIES  # noqa: PLC0415
    from geo.layers import summary  # noqa: PLC0415
    from geo.network import content_hash, island_summary  # noqa: PLC0415

    network, islands = brought.network, island_summary(brought.network)
    return {
        "file": str(source),
        "datum": str(brought.datum),
        "streets_in": brought.imported.rows_in,
        "streets_left_out": brought.imported.counts,
        "crs": network.crs,
        "nodes": network.n_node,
        "edges": network.n_edge,
        "length_m": round(islands.total_length_m, 1),
        "islands": islands.islands,
        "island_length_m": round(islands.island_length_m, 1),
        "network_sha256": content_hash(network),
        "fault_counts": {severity: brought.faults.count(severity) for severity in SEVERITIES},
        "summary": summary(brought.faults),
        "seconds": steps.seconds,
    }


def _show(brought: Brought, source: Path) -> None:
    from geo.crs import CGCS2000  # noqa: PLC0415
    from geo.layers import summary  # noqa: PLC0415
    from geo.network import island_summary, islands  # noqa: PLC0415

    network, found = brought.network, island_summary(brought.network)
    total_km, island_km = found.total_length_m / 1000, found.island_length_m / 1000
    print_line(
        say(
            f"{source.name}：{brought.imported.rows_in:,} 条街路，"
            f"步行路网 {total_km:,.1f} 公里，{network.n_node:,} 个节点，"
            f"{network.n_edge:,} 条边（{network.crs}）。",
            f"{source.name}: {brought.imported.rows_in:,} streets; a walking network of "
            f"{total_km:,.1f} km, {network.n_node:,} nodes, {network.n_edge:,} edges "
            f"({network.crs}).",
        )
    )
    for sentence in summary(brought.faults):
        print_line(f"  · {sentence}")
    if not found.islands:
        print_line(say("所有街路互相连通。", "All streets hang together."))
        return
    print_line(
        say(
            f"{found.islands:,} 处街路与主路网不连通，共 {island_km:,.1f} 公里"
            f"（占总长 {100 * found.island_share:.1f} %）；见表 result_street_islands。",
            f"{found.islands:,} islands are cut off from the main network, {island_km:,.1f} km "
            f"({100 * found.island_share:.1f} % of the length); see result_street_islands.",
        )
    )
    listed = islands(network).iloc[1 : 1 + _LISTED]
    middle = listed.geometry.centroid.to_crs(CGCS2000)
    print_table(
        [say("长度（米）", "Length (m)"), say("经度", "Longitude"), say("纬度", "Latitude")],
        [
            [round(length), f"{lon:.5f}", f"{lat:.5f}"]
            for length, lon, lat in zip(
                listed["length_m"].tolist(), middle.x, middle.y, strict=True
            )
        ],
    )
