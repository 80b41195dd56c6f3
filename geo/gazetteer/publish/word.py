"""Write a document as ``.docx``: A4, a bureau's faces, headings repeated on every page."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from geo.gazetteer.publish.paper import (
    HEADING_PT,
    SIZE_PT,
    Block,
    Face,
    Form,
    Heading,
    Index,
    PageBreak,
    Paper,
    Paragraph,
    Table,
)
from geo.gazetteer.publish.word_xml import (
    FACES,
    LATIN,
    TWIPS_MM,
    form_xml,
    gap_xml,
    look_xml,
    p_xml,
    paragraph_xml,
    runs_xml,
    table_xml,
    text_xml,
)
from geo.store.tables import timeless

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
_BETWEEN_TWIPS: Final = 400
"""Between columns."""


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
    style.font.name, style.font.size = LATIN, Pt(size_pt)
    fonts = style.element.rPr.rFonts
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), FACES[face])
    fonts.set(qn("w:hAnsi"), LATIN)


def _page_numbers(section: Any) -> None:  # noqa: ANN401 - python-docx's section
    footer = section.footer
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    field = (
        '<w:r {ns}>{p}<w:t xml:space="preserve">— </w:t></w:r>',
        '<w:fldSimple {ns} w:instr="PAGE"><w:r>{p}<w:t>1</w:t></w:r></w:fldSimple>',
        '<w:r {ns}>{p}<w:t xml:space="preserve"> —</w:t></w:r>',
    )
    look = look_xml("body", 14.0)
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
            yield p_xml(style + fresh + centre, f"<w:r>{text_xml(block.text)}</w:r>")
        elif isinstance(block, Paragraph):
            yield paragraph_xml(block)
        elif isinstance(block, PageBreak):
            yield p_xml("", '<w:r><w:br w:type="page"/></w:r>')
        elif isinstance(block, Table):
            yield table_xml(block, inner_mm)
            yield gap_xml()
        elif isinstance(block, Form):
            yield form_xml(block, inner_mm)
            yield gap_xml()
        else:
            yield from _index(block, inner_mm, section)
        first = False


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
    yield p_xml(_section(section, 1), "")
    width = round((inner_mm * TWIPS_MM - _BETWEEN_TWIPS * (index.columns - 1)) / index.columns)
    tab = f'<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="{width}"/></w:tabs>'
    line = '<w:spacing w:before="0" w:after="0" w:line="280" w:lineRule="exact"/>'
    over = '<w:spacing w:before="120" w:after="40" w:line="320" w:lineRule="exact"/>'
    for title, entries in index.groups:
        yield p_xml(f"<w:keepNext/>{over}", runs_xml(title, "heading", 12.0))
        for word, number in entries:
            at = f"<w:r>{look_xml('body', 9.0)}<w:tab/>{text_xml(number)}</w:r>"
            yield p_xml(tab + line, runs_xml(word, "body", 9.0) + at)
    yield p_xml(_section(section, index.columns), "")
