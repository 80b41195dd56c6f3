"""Where a coordinate really is: the declared datum of a source, turned into CGCS2000 and back.

The store keeps CGCS2000 longitude and latitude (EPSG:4490). WGS 84 and CGCS2000 differ by a few
centimetres and are treated as equal. GCJ-02 (Amap, Tencent) and BD-09 (Baidu) are offset from them
by 100-700 m and about 1.1 km; the offsets are defined only inside ``OFFSET_AREA``, so points
outside it are left as they are.
"""

from geo.crs.convert import (
    frame_to_cgcs2000,
    from_cgcs2000,
    geometry_to_cgcs2000,
    to_cgcs2000,
)
from geo.crs.datum import CGCS2000, Datum, DatumName, agrees, datum_hint, parse_datum
from geo.crs.offsets import OFFSET_AREA, in_offset_area
from geo.crs.zones import working_crs

__all__ = [
    "CGCS2000",
    "OFFSET_AREA",
    "Datum",
    "DatumName",
    "agrees",
    "datum_hint",
    "frame_to_cgcs2000",
    "from_cgcs2000",
    "geometry_to_cgcs2000",
    "in_offset_area",
    "parse_datum",
    "to_cgcs2000",
    "working_crs",
]
