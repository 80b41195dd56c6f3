"""Where to build so that no township is left behind: the worst share first, or little inequality.

A township's *share* is its people within the limit over all its people, of one weight. Townships
without people have no share. A township that no site reaches has a share of 0 whatever is built;
`max_min_cover` leaves it out of the worst and says how many there are, else it would hide all
others. Existing sites stay open, those that are closable too: closing one never raises a share.
"""

from optimization.equity.inequality import gini_cover
from optimization.equity.shares import Shares, Towns, gini, shares
from optimization.equity.worst import max_min_cover

__all__ = ["Shares", "Towns", "gini", "gini_cover", "max_min_cover", "shares"]
