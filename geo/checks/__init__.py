"""Whether the layers of a workspace agree with each other, and with the streets."""

from __future__ import annotations

from geo.boundaries import locate
from geo.checks.books import faults_table, write_faults
from geo.checks.crossing import check_layers
from geo.checks.shift import DatumTest, likely_datum
from geo.checks.template import template
from geo.checks.workspace import check_workspace, import_file, read_file

__all__ = [
    "DatumTest",
    "check_layers",
    "check_workspace",
    "faults_table",
    "import_file",
    "likely_datum",
    "locate",
    "read_file",
    "template",
    "write_faults",
]
