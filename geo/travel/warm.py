"""Load every kernel before the first question is asked, as a server does when it starts."""

from __future__ import annotations

import time

import numpy as np

from geo.network.graph import StreetNetwork
from geo.network.snap import attach
from geo.travel.minutes import group_rows, minutes_matrix
from geo.travel.nearest import nearest
from geo.travel.profiles import profile


def warm_up() -> float:
    """Answer every kind of question in a town of one street; return the seconds it took.

    The kernels are compiled when their modules are first imported, once for a machine: that takes
    half a minute of processor time, and a second afterwards.
    """
    begin = time.perf_counter()
    from geo.travel.whatif import WhatIf  # noqa: PLC0415 - compiles when first imported

    nothing = np.zeros(1)
    street = StreetNetwork(
        crs="EPSG:4547",
        node_xy=np.array([[0.0, 0.0], [100.0, 0.0]]),
        node_component=np.zeros(2, dtype=np.int32),
        edge_nodes=np.array([[0, 1]], dtype=np.int32),
        edge_length_m=np.array([100.0]),
        edge_class=nothing.astype(np.uint8),
        edge_steps=nothing.astype(np.bool_),
        edge_climb_m=nothing.astype(np.float32),
        edge_descent_m=nothing.astype(np.float32),
        edge_source=nothing.astype(np.int64),
        shape_xy=np.array([[0.0, 0.0], [100.0, 0.0]]),
        shape_start=np.array([0, 2]),
        classes=("residential",),
    )
    places = attach(street, np.array([[20.0, 5.0]]))
    walker = profile("elder")
    minutes = minutes_matrix(street, places, places, profile=walker, limit_min=15)
    group_rows(minutes, np.zeros(1, dtype=np.int64), 1)
    for k in (1, 2):
        nearest(street, places, places, profile=walker, k=k)
    WhatIf(street, places, places, profile=walker, limit_min=15).add_facility(places)
    return time.perf_counter() - begin
