"""How ``fuwuquan names link`` shows what it found, what waits and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli._console import print_line, print_table
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.linkage import Applied, Linked, Question, Source

SHOWN = 20
"""Rows on the screen, unless more are asked for."""


def show_linked(done: Linked, source: Source) -> None:
    """Show what linking a source found."""
    print_line(
        say(
            f"来源 {done.records:,} 条：确定同一 {done.same:,} 条，待裁定 {done.queued:,} 条"
            f"（{done.pairs:,} 对），库中没有 {done.new:,} 条。",
            f"{done.records:,} records: {done.same:,} surely known, {done.queued:,} to decide "
            f"({done.pairs:,} pairs), {done.new:,} new.",
        )
    )
    if source.unclassified:
        words = say("、", ", ").join(
            f"{text} {count}" for text, count in sorted(source.unclassified.items())[:SHOWN]
        )
        print_line(say(f"类别表里没有的类别：{words}", f"Kinds that no class fits: {words}"))
    print_line(
        say(
            f"地名还没有改动。接着：names link queue，names link apply。改动编号："
            f"{done.change_set_id}",
            f"No name has changed. Next: names link queue, names link apply. Change set: "
            f"{done.change_set_id}",
        )
    )


def show_queue(waiting: list[Question], limit: int) -> None:
    """Show the pairs that wait."""
    from geo.gazetteer.linkage.sheet import told_words  # noqa: PLC0415

    headings = say("匹配 行 来源 库中 可能性 异同", "Match Row Source Ours Likely Alike").split()
    print_table(
        headings,
        [
            (
                one.match_id[-8:],
                one.record.number,
                _side(one.record.name, one.record.said("class_code"), one.record.said("division")),
                _side(one.name, one.class_code, one.division, *one.other_names),
                f"{100 * one.probability:.0f} %",
                told_words(one),
            )
            for one in waiting[:limit]
        ],
    )
    if len(waiting) > limit:
        more = len(waiting) - limit
        print_line(say(f"另有 {more:,} 对；--limit 可多列。", f"{more:,} more; see --limit."))


def show_taken(count: int, *, asked: bool) -> None:
    """Say that nothing waits, or what was taken without an officer and how that is changed."""
    if not asked:
        print_line(say("没有待裁定的配对。", "Nothing waits for a verdict."))
    if count:
        look = say("names link queue --all 列出，", "names link queue --all lists them; ")
        print_line(
            say(
                f"自动配上、还没有写入的 {count:,} 条：{'' if asked else look}"
                "改判用 names link decide 匹配 different --by 姓名。",
                f"{count:,} taken by the program and not applied: {'' if asked else look}"
                "to change one: names link decide MATCH different --by NAME",
            )
        )
    elif asked:
        print_line(
            say("没有自动配上而未写入的。", "None was taken by the program, or all applied.")
        )


def _side(name: str, class_code: str, division: str, *others: str) -> str:
    from geo.gazetteer.classes import class_of  # noqa: PLC0415

    kind = class_of(class_code) if class_code else None
    told = [text for text in (kind.name if kind else "", division, *others) if text]
    return f"{name}（{'，'.join(told)}）" if told else name


def plain(one: Question) -> dict[str, object]:
    """Return a pair as JSON has it."""
    return {
        "match": one.match_id,
        "batch_id": one.batch_id,
        "row": one.record.number,
        "source": one.record.name,
        "source_class": one.record.said("class_code"),
        "source_division": one.record.said("division"),
        "place_id": one.place_id,
        "name": one.name,
        "other_names": list(one.other_names),
        "class_code": one.class_code,
        "division": one.division,
        "status": one.status,
        "probability": one.probability,
        "metres": one.metres,
        "words": one.words,
        "taken": one.taken,
    }


def show_applied(done: Applied) -> None:
    """Show what was carried in, and what was not."""
    if not done.change_set_id:
        print_line(say("没有要写入的匹配。", "There is nothing to apply."))
    else:
        print_line(
            say(
                f"写入：同一 {done.same:,} 条（加代码 {done.codes:,} 个、名称 {done.names:,} 个），"
                f"新增 {done.new:,} 处。改动编号：{done.change_set_id}",
                f"Applied: {done.same:,} known ({done.codes:,} codes, {done.names:,} names), "
                f"{done.new:,} new places. Change set: {done.change_set_id}",
            )
        )
    for count, words in (
        (done.waiting, say("条待裁定，没有写入。", "wait for a verdict.")),
        (
            done.left,
            say(
                "条与候选都不同，又没有裁定为新增，没有写入。",
                "are none of their candidates, nor called new.",
            ),
        ),
        (
            done.unclassified,
            say(
                "条新增的没有类别，没有写入；可用 --class 指定。",
                "new ones have no class and were left out; see --class.",
            ),
        ),
        (
            done.gone,
            say("条所配的地名已不在，没有写入。", "belong to places that no longer stand."),
        ),
    ):
        if count:
            print_line(f"{count:,} {words}")
    if done.untouched:
        print_line(
            say(
                f"已核定的地名不加异名，{len(done.untouched):,} 处不同：",
                f"{len(done.untouched):,} names were not added to locked places:",
            )
        )
        print_table(
            say("行 库中 来源", "Row Ours Theirs").split(),
            [(one.number, one.ours, one.theirs) for one in done.untouched[:SHOWN]],
        )
