"""Lay people where they live: compounds with gates, buildings by floor area, or streets."""

from geo.demand.apportion import largest_remainder
from geo.demand.points import Demand, Places, Source, demand_points
from geo.demand.units import WEIGHTS

__all__ = ["WEIGHTS", "Demand", "Places", "Source", "demand_points", "largest_remainder"]
