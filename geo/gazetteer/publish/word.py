"""Write a document as ``.docx``: A4, a bureau's faces, headings repeated on every page."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from geo.gazetteer.publish.paper import (
    FACE_OF,
    HEADING_PT,
    LINE,
    SIZE_PT,
    Align,
    Block,
    Cell,
    Face,
    Form,
    Heading,
    Index,
    PageBreak,
    Paper,
    Paragraph,
    Style,
    Table,
)
from geo.store.cells import CONTROL
from geo.store.tables import timeless

FACES: Final[dict[Face, str]] = {
    "title": "方正小标宋简体",
    "heading": "黑体",
    "kai": "楷体",
    "body": "仿宋",
    "letters": "Times New Roman",
}
"""Faces by name."""
_ELSEWHERE: Final = {
    "title": "宋体",
    "heading": "SimHei",
    "kai": "KaiTi",
    "body": "FangSong",
    "letters": "Liberation Serif",
}
_CLASSES: Final = {
    "title": "roman",
    "heading": "swiss",
    "kai": "script",
    "body": "modern",
    "letters": "roman",
}
_LATIN: Final = FACES["letters"]
_TWIPS_MM: Final = 1440 / 25.4
_BETWEEN_TWIPS: Final = 400
"""Between columns."""
_LABEL_FILL: Final = "F2F2F2"
_HINT: Final = ' w:hint="eastAsia"'
_LETTERS: Final = re.compile(r"([A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f0-9 ’'.-]*)")
_JUSTIFY: Final[dict[Align, str]] = {
    "left": "left", "center": "center", "right": "right", "justify": "both",
}  # fmt: skip
_CELL_PT: Final = 12.0
_STYLE_ALIGN: Final[dict[Style, Align]] = {
    "title": "center", "subtitle": "center", "right": "right", "centre": "center",
    "body": "justify", "note": "justify", "entry": "justify", "cover": "center",
}  # fmt: skip


def word_file(paper: Paper) -> bytes:
    """Return a document as a ``.docx``; the same document gives the same bytes."""
    document = Document()
    _set_up(document, paper)
    body = document.element.body
    last = body[-1]
    for xml in _blocks(paper.blocks, paper.inner_mm, last):
        last.addprevious(parse_xml(xml))
    if paper.blocks and isinstance(paper.blocks[-1], Index):
        # The document itself ends in columns: a section of its own would begin an empty page.
        body.remove(last.getprevious())
        body.replace(last, parse_xml(_section(last, paper.blocks[-1].columns)))
    raw = io.BytesIO()
    document.save(raw)
    return timeless(raw.getvalue())


def _set_up(document: Any, paper: Paper) -> None:  # noqa: ANN401 - python-docx's document
    section = document.sections[0]
    section.page_width, section.page_height = (Mm(side) for side in paper.page_mm)
    if paper.landscape:
        section.orientation = WD_ORIENT.LANDSCAPE
    top, right, bottom, left = paper.margins_mm
    section.top_margin, section.right_margin = Mm(top), Mm(right)
    section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
    section.footer_distance = Mm(bottom - 10)
    normal = document.styles["Normal"]
    _face(normal, "body", SIZE_PT["body"])
    for level, size in HEADING_PT.items():
        style = document.styles[f"Heading {level}"]
        _face(style, "heading" if level == 1 else "kai", size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.font.bold = level > 1
        style.paragraph_format.space_before = Pt(12)
        style.paragraph_format.space_after = Pt(8)
        style.paragraph_format.keep_with_next = True
    if paper.numbered:
        document.settings.odd_and_even_pages_header_footer = False
        _page_numbers(section)
    known = document.core_properties
    known.title, known.author, known.comments = paper.title, paper.author or "fuwuquan", ""
    known.last_modified_by, known.keywords = "fuwuquan", "，".join(paper.keywords)
    known.created = known.modified = datetime.fromisoformat(paper.day)
    known.language = "zh-CN"
    _font_table(document)


def _face(style: Any, face: Face, size_pt: float) -> None:  # noqa: ANN401 - python-docx's style
    style.font.name, style.font.size = _LATIN, Pt(size_pt)
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), FACES[face])
    fonts.set(qn("w:hAnsi"), _LATIN)


def _page_numbers(section: Any) -> None:  # noqa: ANN401 - python-docx's section
    footer = section.footer
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    field = (
        '<w:r {ns}>{p}<w:t xml:space="preserve">— </w:t></w:r>',
        '<w:fldSimple {ns} w:instr="PAGE"><w:r>{p}<w:t>1</w:t></w:r></w:fldSimple>',
        '<w:r {ns}>{p}<w:t xml:space="preserve"> —</w:t></w:r>',
    )
    look = _look("body", 14.0)
    for piece in field:
        paragraph._p.append(parse_xml(piece.format(ns=nsdecls("w"), p=look)))  # noqa: SLF001
    paragraph.alignment = 1


def _font_table(document: Any) -> None:  # noqa: ANN401 - python-docx's document
    """Name for every face what a machine without it shows instead."""
    for relation in document.part.rels.values():
        if relation.reltype.endswith("/fontTable"):
            fonts = "".join(
                f'<w:font w:name="{name}"><w:altName w:val="{_ELSEWHERE[face]}"/>'
                f'<w:charset w:val="{"00" if face == "letters" else "86"}"/>'
                f'<w:family w:val="{_CLASSES[face]}"/></w:font>'
                for face, name in FACES.items()
            )
            xml = f"<w:fonts {nsdecls('w')}>{fonts}</w:fonts>"
            head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            relation.target_part._blob = (head + xml).encode()  # noqa: SLF001


def _blocks(
    blocks: Sequence[Block],
    inner_mm: float,
    section: Any,  # noqa: ANN401 - lxml
) -> Iterator[str]:
    first = True
    for block in blocks:
        if isinstance(block, Heading):
            fresh = "" if first or block.level > 1 else "<w:pageBreakBefore/>"
            style = f'<w:pStyle w:val="Heading{block.level}"/>'
            centre = '<w:jc w:val="center"/>' if block.level == 1 else ""
            yield _p(style + fresh + centre, f"<w:r>{_t(block.text)}</w:r>")
        elif isinstance(block, Paragraph):
            yield _paragraph(block)
        elif isinstance(block, PageBreak):
            yield _p("", '<w:r><w:br w:type="page"/></w:r>')
        elif isinstance(block, Table):
            yield _table(block, inner_mm)
            yield _gap()
        elif isinstance(block, Form):
            yield _form(block, inner_mm)
            yield _gap()
        else:
            yield from _index(block, inner_mm, section)
        first = False


def _p(properties: str, content: str) -> str:
    return f"<w:p {nsdecls('w')}><w:pPr>{properties}</w:pPr>{content}</w:p>"


def _gap() -> str:
    """Return the small paragraph that Word wants behind a table."""
    return _p('<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/>', "")


def _t(text: str) -> str:
    lines = escape(CONTROL.sub(" ", text)).split("\n")
    return "<w:br/>".join(f'<w:t xml:space="preserve">{line}</w:t>' for line in lines)


def _runs(text: str, face: Face, size_pt: float, *, bold: bool = False, ink: str = "") -> str:
    """Return a text as runs: letters in the Latin face, all else in the Chinese one.

    Word would else show ā and à in the Chinese face and the letters beside them in the Latin one.
    """
    pieces = _LETTERS.split(text)
    return "".join(
        f"<w:r>{_look(face, size_pt, bold=bold, ink=ink, chinese=at % 2 == 0)}{_t(piece)}</w:r>"
        for at, piece in enumerate(pieces)
        if piece
    )


def _look(
    face: Face, size_pt: float, *, bold: bool = False, ink: str = "", chinese: bool = True
) -> str:
    half = round(size_pt * 2)
    colour = f'<w:color w:val="{ink}"/>' if ink else ""
    return (
        f'<w:rPr><w:rFonts w:ascii="{_LATIN}" w:hAnsi="{_LATIN}" w:eastAsia="{FACES[face]}"'
        f"{_HINT if chinese else ''}/>{'<w:b/>' if bold else ''}{colour}"
        f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
    )


def _paragraph(one: Paragraph) -> str:
    style = one.style
    line = round(LINE[style] * 20)
    size = SIZE_PT[style]
    indent = {
        "body": f'<w:ind w:firstLineChars="200" w:firstLine="{round(size * 40)}"/>',
        "entry": f'<w:ind w:left="{round(size * 20)}" w:hanging="{round(size * 20)}"/>',
    }.get(style, "")
    before = {"cover": 4800, "subtitle": 120}.get(style, 0)
    after = {"title": 480, "entry": 80}.get(style, 0)
    spacing = (
        f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="exact"/>'
    )
    runs = "".join(
        _runs(run.text, run.face or FACE_OF[style], size, bold=run.bold) for run in one.runs
    )
    return _p(f'{spacing}{indent}<w:jc w:val="{_JUSTIFY[_STYLE_ALIGN[style]]}"/>', runs)


def _borders(*sides: str) -> str:
    return "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>' for side in sides
    )


_AROUND: Final = _borders("top", "left", "bottom", "right")
_RULED: Final = _AROUND + _borders("insideH", "insideV")


def _grid(
    widths_mm: Sequence[float], inner_mm: float, rows: str, *, padding_mm: float, borders: str
) -> str:
    twips = [round(width * _TWIPS_MM) for width in widths_mm]
    side = round(padding_mm * _TWIPS_MM)
    margins = "".join(
        f'<w:{edge} w:w="{width}" w:type="dxa"/>'
        for edge, width in (("top", 25), ("left", side), ("bottom", 25), ("right", side))
    )
    whole = sum(twips)
    spare = max(round(inner_mm * _TWIPS_MM) - whole, 0)
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in twips)
    place = '<w:jc w:val="center"/>' if spare else ""
    return (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{whole}" w:type="dxa"/>{place}'
        f"<w:tblBorders>{borders}</w:tblBorders>"
        f'<w:tblLayout w:type="fixed"/><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{rows}</w:tbl>"
    )


def _tc(width_mm: float, span: int, fill: str, align: Align, run: str) -> str:
    merged = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    ground = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{round(width_mm * _TWIPS_MM)}" w:type="dxa"/>{merged}{ground}'
        f'<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr><w:spacing w:before="0" w:after="0"/>'
        f'<w:jc w:val="{_JUSTIFY[align]}"/></w:pPr>{run}</w:p></w:tc>'
    )


def _table(table: Table, inner_mm: float) -> str:
    aligns = table.aligns or ["left"] * len(table.headings)
    head = "".join(
        _tc(width, 1, _LABEL_FILL, "center", _runs(text, "heading", table.size_pt))
        for width, text in zip(table.widths_mm, table.headings, strict=True)
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
    for row in table.rows:
        cells = "".join(
            _tc(width, 1, "", align, _runs(text, "body", table.size_pt))
            for width, align, text in zip(table.widths_mm, aligns, row, strict=True)
        )
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return _grid(table.widths_mm, inner_mm, "".join(rows), padding_mm=0.8, borders=_RULED)


def _form(form: Form, inner_mm: float) -> str:
    heights = form.heights_mm or [9.0] * len(form.rows)
    rule = "exact" if form.exact else "atLeast"
    rows = []
    for row, height in zip(form.rows, heights, strict=True):
        at, cells = 0, []
        for cell in row:
            width = sum(form.widths_mm[at : at + cell.span])
            cells.append(_form_cell(cell, width))
            at += cell.span
        tall = f'<w:trHeight w:val="{round(height * _TWIPS_MM)}" w:hRule="{rule}"/>'
        rows.append(f"<w:tr><w:trPr><w:cantSplit/>{tall}</w:trPr>{''.join(cells)}</w:tr>")
    borders = _AROUND if form.exact else _RULED
    return _grid(form.widths_mm, inner_mm, "".join(rows), padding_mm=1.5, borders=borders)


def _form_cell(cell: Cell, width_mm: float) -> str:
    face: Face = "heading" if cell.label else "body"
    runs = _runs(cell.text, face, cell.size_pt or _CELL_PT, ink=cell.ink)
    fill = cell.fill or (_LABEL_FILL if cell.label else "")
    align: Align = "center" if cell.label else cell.align
    return _tc(width_mm, cell.span, fill, align, runs)


def _section(own: Any, columns: int) -> str:  # noqa: ANN401 - lxml
    """Return what ends a section that is like the whole document, in so many columns."""
    made = deepcopy(own)
    for old in made.findall(qn("w:type")) + made.findall(qn("w:cols")):
        made.remove(old)
    footers = made.findall(qn("w:footerReference")) + made.findall(qn("w:headerReference"))
    made.insert(len(footers), parse_xml(f'<w:type {nsdecls("w")} w:val="continuous"/>'))
    cols = parse_xml(f'<w:cols {nsdecls("w")} w:num="{columns}" w:space="{_BETWEEN_TWIPS}"/>')
    made.find(qn("w:pgMar")).addnext(cols)
    return str(made.xml)


def _index(index: Index, inner_mm: float, section: Any) -> Iterator[str]:  # noqa: ANN401 - lxml
    yield _p(_section(section, 1), "")
    width = round((inner_mm * _TWIPS_MM - _BETWEEN_TWIPS * (index.columns - 1)) / index.columns)
    tab = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs>'
    line = '<w:spacing w:before="0" w:after="0" w:line="280" w:lineRule="exact"/>'
    over = '<w:spacing w:before="120" w:after="40" w:line="320" w:lineRule="exact"/>'
    for title, entries in index.groups:
        yield _p(f"<w:keepNext/>{over}", _runs(title, "heading", 12.0))
        for word, number in entries:
            at = f"<w:r>{_look('body', 9.0)}<w:tab/>{_t(number)}</w:r>"
            yield _p(tab + line, _runs(word, "body", 9.0) + at)
    yield _p(_section(section, index.columns), "")
