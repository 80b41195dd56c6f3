"""Whether the layers of a workspace agree with each other, and with the streets."""

from __future__ import annotations

from geo.boundaries import locate
from geo.checks.books import faults_table, write_faults
from geo.checks.crossing import check_layers
from geo.checks.shift import DatumTest, likely_datum
from geo.checks.template import template

__all__ = [
    "DatumTest",
    "check_layers",
    "faults_table",
    "likely_datum",
    "locate",
    "template",
    "write_faults",
]
