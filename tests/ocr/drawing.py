"""Identity cards of people who do not exist, drawn as a camera might see them. Division 990101 only.

They prove the way from a picture to the form, not how well cards are read in the field: real ones have another
typeface, a guilloche, holograms and glare.
"""

from __future__ import annotations

import io
import subprocess
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from gridapp.dictionary.documents import check_digit

KINDS = ("clean", "tilted", "dark", "photo")
_CARD, _DESK = (1000, 630), (1280, 860)
_LABEL, _INK, _PAPER, _WOOD = (70, 110, 160), (25, 25, 28), (236, 240, 238), (122, 104, 88)
_PER_LINE = 11  # characters of an address


@dataclass(frozen=True)
class Person:
    name: str
    sex: str
    nation: str
    born: tuple[int, int, int]
    address: str
    serial: int = 1

    @property
    def number(self) -> str:
        """Right in itself: the last but one digit is odd for men."""
        year, month, day = self.born
        order = self.serial * 2 + (1 if self.sex == "男" else 0)
        first = f"990101{year:04d}{month:02d}{day:02d}{order:03d}"
        return first + check_digit(first)


HOME = "测试省测试区测试街道测试路"
PEOPLE = (
    Person("赵翊翀", "男", "汉", (1988, 3, 12), HOME + "12号芳草园3栋2单元301", 1),
    Person("陈彧", "女", "汉", (1992, 2, 29), HOME + "9号", 2),
    Person("周堃", "男", "回", (1975, 11, 5), HOME + "128号平安大厦东座1906室", 3),
    Person("阿依古丽·买买提", "女", "维吾尔", (2001, 7, 30), HOME + "5号幸福里小区11栋1单元502", 4),
    Person("欧阳思雨", "女", "苗", (1999, 12, 31), "广东省深圳市南山区测试路88号海景花园6栋B单元1203", 5),
    Person("李芳", "女", "壮", (1966, 1, 1), HOME + "民族巷7号", 6),
    Person("王雪梅", "女", "满", (1954, 10, 10), HOME + "33号新村21栋4单元102房", 7),
    Person("司马靖", "男", "土家", (1983, 6, 18), "湖南省长沙市岳麓区测试街道测试路210号", 8),
    Person("黄鑫鹏", "男", "朝鲜", (1970, 8, 8), HOME + "出生村二组61号", 9),
    Person("巴图", "男", "蒙古", (1995, 4, 23), HOME + "17号", 10),
    Person("张淼", "女", "汉", (2008, 9, 9), HOME + "45号学府里2栋3单元804", 11),
    Person("刘禹岐", "男", "藏", (1948, 5, 15), HOME + "1号", 12),
)


@cache
def front(person: Person, *, number: str = "", born: tuple[int, int, int] | None = None) -> Image.Image:
    """The side with the portrait; `number` and `born` instead of the person's own, for cards that are not right."""
    card = Image.new("RGB", _CARD, _PAPER)
    pen = ImageDraw.Draw(card)
    for shade in range(0, _CARD[1], 9):  # something behind the letters, as on every card
        pen.line([(0, shade), (_CARD[0], shade + 60)], fill=(222, 232, 232), width=2)
    pen.rectangle((690, 90, 940, 400), fill=(196, 204, 212))
    pen.ellipse((760, 140, 870, 270), fill=(150, 140, 132))
    year, month, day = born or person.born
    rows = [
        (70, [("姓名", 60, False), (person.name, 175, True)]),
        (150, [("性别", 60, False), (person.sex, 175, True), ("民族", 290, False), (person.nation, 400, True)]),
        (230, [("出生", 60, False), (str(year), 175, True), ("年", 275, False), (str(month), 330, True),
               ("月", 390, False), (str(day), 445, True), ("日", 505, False)]),
        (310, [("住址", 60, False)]),
        (530, [("公民身份号码", 60, False)]),
        *((310 + 50 * line, [(text, 175, True)]) for line, text in enumerate(_broken(person.address))),
    ]  # fmt: skip
    for top, words in rows:
        for text, left, is_value in words:
            size = 38 if is_value else 30
            pen.text((left, top + (0 if is_value else 7)), text, _INK if is_value else _LABEL, font(size))
    spaced(pen, number or person.number)
    return card


def _broken(address: str) -> list[str]:
    """In lines, as the card breaks it."""
    return [address[start : start + _PER_LINE] for start in range(0, len(address), _PER_LINE)]


def spaced(pen: ImageDraw.ImageDraw, number: str) -> None:
    """The digits of the number stand a little apart."""
    for place, digit in enumerate(number):
        pen.text((320 + place * 33, 522), digit, _INK, font(44))


def seen(card: Image.Image, kind: str, turn: int = 1) -> bytes:
    """A JPEG as the tablet sends it (`photo`: as its camera makes it). `turn`: 1 or -1, which way it is askew."""
    if kind == "photo":
        return jpeg(laid(card.resize((2500, 1575), Image.Resampling.BILINEAR), (3000, 2080), 2 * turn))
    if kind == "clean":
        return jpeg(laid(card, _DESK, 0))
    if kind == "tilted":
        return jpeg(laid(card, _DESK, 5 * turn).filter(ImageFilter.GaussianBlur(1.3)))
    picture = laid(card.resize((920, 580), Image.Resampling.BILINEAR), _DESK, 9 * turn)
    across, down = 0.00008 * turn, 0.00006
    keystone = (1, 0.02, -10, 0.01, 1, -8, across, down)
    picture = picture.transform(_DESK, Image.Transform.PERSPECTIVE, keystone, Image.Resampling.BILINEAR)
    picture = ImageEnhance.Brightness(picture).enhance(0.5)
    noise = Image.effect_noise(_DESK, 22).convert("RGB")
    return jpeg(ImageChops.add(picture, noise, offset=-128))


def laid(card: Image.Image, size: tuple[int, int], degrees: float) -> Image.Image:
    """On a table, turned."""
    turned = card.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=_WOOD) if degrees else card
    table = Image.new("RGB", size, _WOOD)
    table.paste(turned, ((size[0] - turned.width) // 2, (size[1] - turned.height) // 2))
    return table


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def forty() -> list[tuple[Person, str, bytes]]:
    """(who, how seen, picture): everybody in three ways, four of them on large photos too."""
    each = [(one, kind) for kind in KINDS[:3] for one in PEOPLE] + [(one, "photo") for one in PEOPLE[:4]]
    return [(one, kind, seen(front(one), kind, 1 if at % 2 else -1)) for at, (one, kind) in enumerate(each)]


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    wanted = ["fc-match", "-f", "%{file}|%{index}", "Noto Sans CJK SC:lang=zh-cn"]
    file, _, index = subprocess.run(wanted, check=True, capture_output=True, text=True).stdout.partition("|")
    return ImageFont.truetype(file, size, index=int(index))
