"""Where the longest walk of all is shortest: p-center with a proven bound."""

from optimization.center.model import center
from optimization.center.solve import Radius, least_radius

__all__ = ["Radius", "center", "least_radius"]
