"""Where people walk least in all: p-median with a proven bound, on any table of costs."""

from optimization.median._interchange import interchange, nearest_two
from optimization.median._serve import served
from optimization.median._table import Table, dense_table, table
from optimization.median.model import median
from optimization.median.solve import Answer, least_cost

__all__ = [
    "Answer",
    "Table",
    "dense_table",
    "interchange",
    "least_cost",
    "median",
    "nearest_two",
    "served",
    "table",
]
