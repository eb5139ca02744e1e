"""The editable copy of a paper (DOCX) from the same data as the PDF."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

# The official faces; a machine without them shows its own Song.
SONG, HEI, BODY = "宋体", "黑体", "仿宋"
_SIDES = {"l": WD_ALIGN_PARAGRAPH.LEFT, "c": WD_ALIGN_PARAGRAPH.CENTER, "r": WD_ALIGN_PARAGRAPH.RIGHT}


class Writer:
    """One document being written."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Set page, margins and base style by the layout."""
        self.data = data
        self.letter = data["layout"] == "letter"
        self.size: float = 16 if self.letter else 10.5
        self.pitch, self.table_size = (29, 12.0) if self.letter else (17, 9.5)
        self.document = Document()
        self.document.core_properties.title = data["title"]
        self.document.core_properties.author = data["issuer"]
        section = self.document.sections[0]
        across, down = (297, 210) if data["landscape"] else (210, 297)
        section.page_width, section.page_height = Mm(across), Mm(down)
        if data["landscape"]:
            section.orientation = WD_ORIENT.LANDSCAPE
        margins = (37, 35, 28, 26) if self.letter else (18, 20, 18, 18)
        self.room = Mm(across - margins[2] - margins[3])
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
            Mm(part) for part in margins
        )
        normal = self.document.styles["Normal"]
        normal.font.size = Pt(self.size)
        _face(normal, BODY)
        normal.paragraph_format.space_after = Pt(0)
        normal.paragraph_format.line_spacing_rule = WD_LINE_SPACING.EXACTLY
        normal.paragraph_format.line_spacing = Pt(self.pitch)
        self._footer(section)

    def write(self) -> bytes:
        """Head, blocks, tail."""
        data = self.data
        if data["red_head"]:
            self.line(data["issuer"], face=SONG, size=36, side="c", color="C00000", exact=False)
            self.line(data["number"], side="c")
        self.line(data["title"], face=SONG, size=22 if self.letter else 16, side="c", exact=False)
        if data["number"] and not data["red_head"]:
            self.line(data["number"], side="c")
        if data["to"]:
            self.line(data["to"] + "：")
        for block in data["blocks"]:
            getattr(self, "_" + block["kind"])(block)
        for number, name in enumerate(data["attachments"], start=1):
            self.line(("附件：" if number == 1 else "　　　") + f"{number}. {name}", indent=True)
        self.line("")
        self.line(data["issuer"], side="r")
        self.line(data["date_text"], side="r")
        if data["copy_to"]:
            self.line("抄送：" + data["copy_to"])
        buffer = io.BytesIO()
        self.document.save(buffer)
        return buffer.getvalue()

    def line(
        self,
        text: str,
        *,
        face: str = "",
        size: float = 0,
        side: str = "l",
        indent: bool = False,
        color: str = "",
        exact: bool = True,
    ) -> None:
        """One paragraph."""
        paragraph = self.document.add_paragraph()
        paragraph.alignment = _SIDES[side]
        if indent:
            paragraph.paragraph_format.first_line_indent = Pt(2 * self.size)
        if not exact:
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
        run = paragraph.add_run(text)
        if face:
            _face(run, face)
        if size:
            run.font.size = Pt(size)
        if color:
            run.font.color.rgb = RGBColor.from_string(color)

    def _para(self, block: dict[str, Any]) -> None:
        for text in block["text"].split("\n"):
            self.line(text, indent=self.letter)

    def _heading(self, block: dict[str, Any]) -> None:
        self.line(block["text"], face=HEI if block["level"] == 1 else "楷体", indent=self.letter)

    def _items(self, block: dict[str, Any]) -> None:
        for number, text in enumerate(block["items"], start=1):
            self.line(f"{number}. {text}", indent=self.letter)

    def _fields(self, block: dict[str, Any]) -> None:
        pairs, width = list(block["pairs"]), block["columns"]
        if len(pairs) % width:
            pairs.append(("", ""))
        rows = [
            [cell for pair in pairs[start : start + width] for cell in pair] for start in range(0, len(pairs), width)
        ]
        self._grid(rows, "l" * 2 * width, [1, 3] * width, heads={0, 2})

    def _table(self, block: dict[str, Any]) -> None:
        table = self._grid([block["head"], *block["rows"]], block["align"], block["widths"], head_row=True)
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)

    def _signatures(self, block: dict[str, Any]) -> None:
        for label, name in block["lines"]:
            self.line(f"{label}{name or '＿＿＿＿＿＿＿＿'}")

    def _grid(
        self,
        rows: list[list[str]],
        align: str,
        widths: list[float],
        *,
        heads: set[int] | None = None,
        head_row: bool = False,
    ) -> Any:
        """A ruled table; `heads` are columns of labels."""
        table = self.document.add_table(rows=len(rows), cols=len(align), style="Table Grid")
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        for place, share in enumerate(widths):
            table.columns[place].width = int(self.room * share / sum(widths))
        for number, (cells, row) in enumerate(zip(table.rows, rows, strict=True)):
            for place, (cell, text) in enumerate(zip(cells.cells, row, strict=True)):
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
                is_head = (head_row and number == 0) or place in (heads or set())
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if head_row and number == 0 else _SIDES[align[place]]
                run = paragraph.add_run(text)
                run.font.size = Pt(self.table_size)
                _face(run, HEI if is_head else BODY)
        return table

    def _footer(self, section: Any) -> None:
        """「第 x 页 共 y 页」 as fields that the word processor counts."""
        paragraph = section.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for text, field in (("第 ", "PAGE"), (" 页 共 ", "NUMPAGES"), (" 页", "")):
            _face(paragraph.add_run(text), SONG)
            if field:
                mark = OxmlElement("w:fldSimple")
                mark.set(qn("w:instr"), field)
                paragraph._p.append(mark)


def _face(styled: Any, face: str) -> None:
    """A face for Latin and, by its own attribute, for East Asian text: without it Word falls back to its default."""
    styled.font.name = face
    styled.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def write_docx(data: dict[str, Any]) -> bytes:
    """The DOCX of a paper's data (as `services.print_data` gives it)."""
    return Writer(data).write()
