"""Which heading means which column, as a planner wrote it down in a file."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from geo.errors import DataError, NotFoundError
from geo.layers.headers import PLACES, oriented
from geo.layers.tables import decode
from geo.schema import LayerSchema
from geo.text import say


def read_mapping(path: Path, schema: LayerSchema) -> dict[str, str]:
    """Return the mapping in a ``.toml`` or ``.json`` file.

    Parameters
    ----------
    path
        The file: column to heading (``households = "入住数"``) or the reverse, either at the top
        or in a table named after the layer. ``elders_basis = "=resident"`` gives a constant.
    schema
        The layer.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file cannot be read, or an entry names no column of the layer.
    """
    if not path.is_file():
        raise NotFoundError(
            say(f"找不到对照文件“{path}”。", f"there is no mapping file {path}"),
            hint=say("请核对路径。", "check the path"),
        )
    try:
        text = decode(path.read_bytes(), path.name)
        content = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(
            say(f"对照文件“{path.name}”写法有误：{error}", f"mapping {path.name}: {error}"),
            hint=say(
                '每行一条，例如：households = "入住数"', 'one entry a line: households = "Homes"'
            ),
        ) from error
    entries = content if isinstance(content, dict) else {}
    own = entries.get(schema.name, entries)
    mapping = {k: v for k, v in own.items() if isinstance(v, str)} if isinstance(own, dict) else {}
    known = set(oriented(mapping, schema))
    names = {column.name for column in schema.columns} | set(PLACES)
    strange = [f"{k} = {v}" for k, v in mapping.items() if not {k, v} & names]
    if not known or strange:
        listed = "、".join(strange) or path.name
        raise DataError(
            say(
                f"对照中的这些条目不涉及“{schema.zh}”的任何列：{listed}",
                f"these entries name no column of layer {schema.name!r}: {listed}",
            ),
            hint=say(
                f"可用的列：{'、'.join(sorted(names))}", f"columns: {', '.join(sorted(names))}"
            ),
        )
    return mapping
