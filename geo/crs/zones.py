"""In which projected system an area is measured."""

from __future__ import annotations

from geo.errors import DataError
from geo.text import say


def working_crs(lon: float, lat: float) -> str:
    """Return the projected system in metres in which an area is measured.

    In and around China it is the CGCS2000 3-degree Gauss-Krüger zone without zone number
    (EPSG:4534 for central meridian 75°E to EPSG:4554 for 135°E); elsewhere UTM on WGS 84.

    Parameters
    ----------
    lon, lat
        Centroid of the area in degrees.

    Raises
    ------
    DataError
        The numbers are not a longitude and a latitude.

    Examples
    --------
    >>> working_crs(103.16, 23.36), working_crs(8.69, 49.41)
    ('EPSG:4543', 'EPSG:32632')
    """
    if not (-180 <= lon <= 180 and -84 <= lat <= 84):  # noqa: PLR2004 - the range UTM covers
        raise DataError(
            say(
                f"经纬度（{lon}，{lat}）超出范围。", f"({lon}, {lat}) is not a longitude, latitude"
            ),
            hint=say(
                "请核对坐标列是否颠倒，以及坐标基准。", "check for swapped columns, and the datum"
            ),
        )
    if 73.5 <= lon < 136.5 and 3 <= lat <= 54:  # noqa: PLR2004 - the zones EPSG defines
        zone = int((lon - 73.5) // 3)
        return f"EPSG:{4534 + zone}"
    zone = min(int((lon + 180) // 6), 59) + 1
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"
