"""What stands on a certificate, prepared once for the A4 page and for the PDF, and the PDF itself."""

import functools
import logging
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from fontTools.ttLib import TTFont
from fpdf import FPDF
from pylopdf_fonts_zh_cn import sans_path

from haimengyuan.lib import qr
from haimengyuan.lib.phones import group_phone
from volunteers.errors import CertificateRefused

logging.getLogger("fontTools").setLevel(logging.ERROR)  # it tells each table that it leaves out of a subset

A4_WIDTH, MARGIN = 210, 20  # mm
TEXT_WIDTH = A4_WIDTH - 2 * MARGIN
QR_SIDE = 34
MONTHS_SHOWN, COLUMNS = 48, 3  # what one sheet has room for; the lines above them count every month


@dataclass(frozen=True)
class Paper:
    """The words of one certificate. `facts` are pairs (label, value), `months` rows (month, minutes, services).

    Months are exact, so that nobody adds up another sum than the whole, which is said to half an hour. Of more than four years the last 48 months are listed.
    """

    title: str
    number: str
    code: str
    link: str
    name: str
    statement: str
    facts: tuple
    months: tuple
    issuer: str
    contact: str
    issued_on: str
    how_to_verify: str
    remarks: str
    revoked: str


def say_hours(minutes):
    """Minutes as hours to half an hour, rounded down: 95 → "1.5" (domain.md §6: stored in minutes, shown to 0.5)."""
    halves = minutes * 2 // 60
    return f"{halves // 2}.5" if halves % 2 else str(halves // 2)


def verify_path(certificate):
    return f"/certificates/{certificate.token}/"


def paper_of(certificate):
    """The `Paper` of a certificate, in Chinese whatever the visitor reads: it is handed to somebody else."""
    with override("zh-hans"):
        return _paper(certificate)


def _paper(certificate):
    person, community = certificate.person, certificate.community
    helper = getattr(person, "helper", None)
    since, until = _day(certificate.since), _day(certificate.until)
    times = sum(row[2] for row in certificate.months)
    facts = (
        (_("姓名"), person.name),
        (_("公民身份号码"), person.masked_id_number or "＿＿＿＿＿＿＿＿＿＿"),
        (_("志愿者编号"), (helper.external_no if helper else "") or "—"),
        (_("服务时间"), _("%(since)s 至 %(until)s") % {"since": since, "until": until}),
        (_("服务时长"), _("%s 小时") % say_hours(certificate.minutes)),
        (_("服务次数"), _("%d 次") % times),
        (_("服务内容"), "、".join(certificate.contents)),
    )
    link = settings.PUBLIC_BASE_URL + verify_path(certificate)
    return Paper(
        title=_("志愿服务记录证明"),
        number=certificate.number,
        code=certificate.code,
        link=link,
        name=person.name,
        statement=_("兹证明以下志愿服务记录属实。时长为实际服务时间，不含路途，合计以半小时计。"),
        facts=facts,
        months=tuple(tuple(row) for row in certificate.months[-MONTHS_SHOWN:]),
        issuer=_("%s社区居民委员会") % community.name.removesuffix("社区"),
        contact=_("经办人：%(who)s　联系电话：%(phone)s")
        % {"who": certificate.issued_by.display_name, "phone": group_phone(community.desk_phone)},
        issued_on=_day(timezone.localdate(certificate.issued_at)),
        how_to_verify=_("扫码，或在 %(address)s 输入编号和校验码，可查这份证明是否有效。")
        % {"address": f"{settings.PUBLIC_BASE_URL}/certificates/"},
        remarks=_("演示数据，人名和数字都是编的，不作证明") if person.is_demo else certificate.remarks,
        revoked="" if certificate.is_valid else _("已作废：%s") % certificate.revoked_why,
    )


def _day(day):
    return _("%(year)d年%(month)d月%(day)d日") % {"year": day.year, "month": day.month, "day": day.day}


@functools.cache
def _known_signs():
    with TTFont(sans_path(), lazy=True) as font:
        return frozenset(font.getBestCmap())


def pdf_of(paper):
    """The certificate as bytes of a PDF of one page, with the part of the Chinese font that it needs inside.

    Raises `CertificateRefused` for a name with a sign that the font lacks: a box in a name is a wrong certificate, and
    the printed page has the fonts of the printing machine.
    """
    if missing := {sign for sign in paper.name if ord(sign) not in _known_signs()}:
        raise CertificateRefused(_("PDF 的字库里没有“%s”字，请用网页打印") % "".join(sorted(missing)))
    return bytes(_Sheet(paper).output())


class _Sheet(FPDF):
    """One A4 page; every position is in millimetres from the top left corner."""

    def __init__(self, paper):
        super().__init__(format="A4")
        self.set_auto_page_break(False)
        self.set_margins(MARGIN, MARGIN)
        self.set_title(f"{paper.title} {paper.number}")
        self.set_lang("zh-CN")
        self.add_font("sans", fname=sans_path())
        self.add_page()
        self.set_draw_color(184, 35, 29)
        self.set_line_width(0.8)
        self.rect(10, 10, A4_WIDTH - 20, 277)
        self._head(paper)
        self._facts(paper.facts)
        self._months(paper.months)
        self._foot(paper)
        if paper.revoked:
            self._stamp(paper.revoked)

    def _line(self, text, size, height, align="L"):
        self.set_font("sans", size=size)
        self.multi_cell(TEXT_WIDTH, height, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def _head(self, paper):
        self.set_y(24)
        self._line(paper.title, 24, 14, align="C")
        self._line(_("编号 %s") % paper.number, 11, 8, align="C")
        self.ln(4)
        self._line(paper.statement, 12, 7)
        self.ln(2)

    def _facts(self, facts):
        self.set_draw_color(201, 193, 182)
        self.set_line_width(0.2)
        for label, value in facts:
            top = self.get_y()
            self.set_font("sans", size=12)
            self.set_xy(MARGIN, top + 1.5)
            self.cell(34, 7, label)
            self.multi_cell(TEXT_WIDTH - 34, 7, value, align="L", new_x="LMARGIN", new_y="NEXT")
            self.line(MARGIN, self.get_y() + 1.5, A4_WIDTH - MARGIN, self.get_y() + 1.5)
            self.set_y(self.get_y() + 1.5)

    def _months(self, months):
        """The months in three columns, as on the A4 page."""
        self.ln(4)
        self._line(_("每月的时长和次数"), 11, 7)
        self.set_font("sans", size=10)
        top, rows, words = self.get_y(), MONTHS_SHOWN // COLUMNS, (_("%d 分钟"), _("%d 次"))
        for index, (month, minutes, count) in enumerate(months):
            column, row = divmod(index, rows)
            self.set_xy(MARGIN + column * TEXT_WIDTH / COLUMNS, top + row * 5)
            self.cell(18, 5, month)
            self.cell(20, 5, words[0] % minutes)
            self.cell(14, 5, words[1] % count)

    def _foot(self, paper):
        self._qr(paper.link, MARGIN, 226)
        self.set_xy(MARGIN + QR_SIDE + 6, 226)
        self.set_font("sans", size=10)
        self.multi_cell(62, 5.5, f"{_('校验码')} {paper.code}\n{paper.how_to_verify}", align="L")
        self.set_xy(A4_WIDTH - MARGIN - 66, 226)
        self.set_font("sans", size=12)
        words = f"{paper.issuer}\n{_('（盖章）')}\n{_('负责人：')}＿＿＿＿＿＿\n{paper.issued_on}"
        self.multi_cell(66, 8, words, align="R")
        self.set_y(264)
        self._line(paper.contact, 10, 5.5)
        if paper.remarks:
            self._line(_("备注：%s") % paper.remarks, 10, 5.5)

    def _qr(self, text, left, top):
        rows = qr.modules(text)
        side = QR_SIDE / len(rows)
        self.set_fill_color(17, 17, 17)
        for y, row in enumerate(rows):
            for x, dark in enumerate(row):
                if dark:  # a hair wider, so that no white line shows between two of them
                    self.rect(left + x * side, top + y * side, side * 1.02, side * 1.02, style="F")

    def _stamp(self, words):
        self.set_text_color(184, 35, 29)
        self.set_xy(MARGIN, 205)
        self._line(words, 20, 10, align="C")
