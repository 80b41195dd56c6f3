"""Read norm files strictly: ours and a bureau's own, with all faults of all files at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

from geo.errors import DataError, NotFoundError
from geo.norms._checks import check, check_together
from geo.norms._parse import added_values, norm
from geo.norms._positions import Positions
from geo.norms._table import NormFault, Source, Table
from geo.norms.model import Norm, Norms
from geo.text import say

_MOST_SHOWN = 20


class NormFileError(DataError):
    """Norm files break their schema; ``faults`` lists every place."""

    def __init__(self, faults: Sequence[NormFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))
        shown = "\n".join(f"  {fault}" for fault in self.faults[:_MOST_SHOWN])
        rest = len(self.faults) - _MOST_SHOWN
        more = say(f"\n  ……另有 {rest} 处。", f"\n  and {rest} more") if rest > 0 else ""
        count = len(self.faults)
        super().__init__(
            say(
                f"规范文件有 {count} 处错误：\n{shown}{more}",
                f"{count} fault{'s' * (count != 1)} in norm files:\n{shown}{more}",
            ),
            hint=say(
                "请按行号改正后用 fuwuquan norms check 再查一遍；"
                "写法见 fuwuquan norms new 生成的模板。",
                "mend these lines and run fuwuquan norms check; "
                "fuwuquan norms new writes a template",
            ),
        )


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    content: bytes


def load(extra: Path | None = None) -> Norms:
    """Return all norms: those shipped, and those of a bureau's own folder or file beside them.

    A norm of the same id in ``extra`` may only add values; every value in force binds.

    Raises
    ------
    NotFoundError
        There is no such folder, or no ``.toml`` file in it.
    NormFileError
        Something is wrong in one or more files; every fault with its file and line.
    """
    if extra is None:
        return shipped()
    norms, faults = _read(_own_files(extra), shipped())
    if faults:
        raise NormFileError(faults)
    return norms


@cache
def shipped() -> Norms:
    """Return the norms that come with the program."""
    norms, faults = _read(_shipped_files(), Norms({}))
    if faults:
        raise NormFileError(faults)
    return norms


def examine(extra: Path | None = None) -> tuple[Norms, tuple[NormFault, ...]]:
    """Return what could be read and every fault, without refusing.

    Raises
    ------
    NotFoundError
        There is no such folder, or no ``.toml`` file in it.
    """
    norms, faults = _read(_shipped_files(), Norms({}))
    if extra is not None:
        norms, more = _read(_own_files(extra), norms)
        faults += more
    return norms, tuple(sorted(faults, key=lambda fault: (fault.file, fault.line)))


def template() -> str:
    """Return the commented norm file a bureau starts its own from."""
    return (files("geo.norms") / "template" / "norms.toml").read_text("utf-8")


def _shipped_files() -> list[_File]:
    folder = files("geo.norms")
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return [_File(name, (folder / name).read_bytes()) for name in names]


def _own_files(place: Path) -> list[_File]:
    paths = [place] if place.is_file() else sorted(place.glob("*.toml")) if place.is_dir() else []
    if not paths:
        raise NotFoundError(
            say(f"“{place}”里没有规范文件（.toml）。", f"no norm file (.toml) in {place}"),
            hint=say(
                "用 fuwuquan norms new 写一份模板，再用 --dir 指向它所在的目录。",
                "write a template with fuwuquan norms new and point --dir at its folder",
            ),
        )
    return [_File(str(path), path.read_bytes()) for path in paths]


def _read(sources: Sequence[_File], base: Norms) -> tuple[Norms, list[NormFault]]:
    """Read files on top of norms that stand; those may get values, never another definition."""
    faults: list[NormFault] = []
    by_id = dict(base.by_id)
    new: set[str] = set()
    for file in sources:
        for table in _tables(file, faults):
            name = table.raw.get("id")
            known = by_id.get(name) if isinstance(name, str) else None
            if known is not None and known.id not in new:
                joined = replace(known, values=(*known.values, *added_values(table, known)))
                faults += _with_checks(table.source.faults, joined, file.name)
                by_id[known.id] = joined
            elif known is not None:
                faults.append(
                    NormFault(
                        file.name,
                        table.line,
                        say(
                            f"编号“{name}”重复，已在 {known.file} 第 {known.line} 行用过。",
                            f"duplicate id {name!r}, used in {known.file} line {known.line}",
                        ),
                    )
                )
            else:
                made = norm(table)
                faults += _with_checks(table.source.faults, made, file.name)
                if made.id:
                    by_id[made.id] = made
                    new.add(made.id)
    norms = Norms(by_id)
    return norms, faults + check_together(by_id)


def _with_checks(shape: list[NormFault], made: Norm, name: str) -> list[NormFault]:
    """Return the faults of shape, and of sense wherever the shape is sound.

    A part whose shape is broken is not checked for sense: what is missing from it would be
    reported twice.
    """
    parts = sorted({made.line, *(value.line for value in made.values if value.file == name)})
    broken = {max((line for line in parts if line <= f.line), default=made.line) for f in shape}
    return shape + [f for f in check(made) if f.file == name and f.line not in broken]


def _tables(file: _File, faults: list[NormFault]) -> Iterator[Table]:
    """Yield the ``[[norm]]`` tables of one file, each with its own list of faults."""
    try:
        text = file.content.decode("utf-8-sig").replace("\r\n", "\n")
        raw = tomllib.loads(text)
    except UnicodeDecodeError as error:
        faults.append(
            NormFault(
                file.name,
                file.content.count(b"\n", 0, error.start) + 1,
                say(
                    "不是 UTF-8 编码的文字；请另存为 UTF-8。",
                    "not UTF-8 text; save the file as UTF-8",
                ),
            )
        )
        return
    except (ValueError, RecursionError, OverflowError) as error:
        faults.append(_syntax_fault(file, str(error)))
        return
    top = Table(raw, (), Source(file.name, Positions(text)))
    tables = list(top.tables("norm"))
    top.close()
    if not tables and not top.source.faults:
        top.fault("", say("文件里没有 [[norm]]。", "the file has no [[norm]]"))
    faults += top.source.faults
    for table in tables:
        yield Table(table.raw, table.path, replace(top.source, faults=[]))


def _syntax_fault(file: _File, message: str) -> NormFault:
    place = re.search(r"line (\d+)", message)
    last = file.content.count(b"\n") + 1
    return NormFault(
        file.name,
        int(place[1]) if place else last,
        say(f"TOML 写法有误（{message}）。", f"not valid TOML: {message}"),
    )
