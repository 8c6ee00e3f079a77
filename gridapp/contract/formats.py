"""How a value of ours becomes one of theirs: small formats that mapping tables compose.

Every format takes a known value and returns theirs, or raises ValueError with a Chinese sentence for a value the target
cannot express. Nothing is ever cut, rounded into another meaning or dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from gridapp.dictionary.divisions import division_name, division_path
from gridapp.dictionary.tables import table as code_table

from .layout import Format, View
from .limits import limited, limits_of_all
from .texts import characters as characters
from .texts import encodable as encodable
from .texts import escaped as escaped
from .texts import exactly as exactly
from .texts import free_of as free_of
from .texts import mobile as mobile


def chain(*formats: Format) -> Format:
    """One after the other, each on what the one before made."""

    def chained(value: Any) -> Any:
        for form in formats:
            value = form(value)
        return value

    return limited(chained, *limits_of_all(formats))


# --- Codes ---------------------------------------------------------------------------------------------------------


def translate(codes: Mapping[str, Any]) -> Format:
    """Our code -> theirs. A code that is not in the table is refused."""
    table = dict(codes)

    def translated(code: str) -> Any:
        try:
            return table[code]
        except KeyError:
            raise ValueError(f"对方系统没有与代码“{code}”对应的代码") from None

    return translated


def translate_or_keep(codes: Mapping[str, str]) -> Format:
    """Our code -> theirs where theirs differs; all others are the same code."""
    table = dict(codes)
    return lambda code: table.get(code, code)


def translate_or(codes: Mapping[str, str], otherwise: str) -> Format:
    """Our code -> theirs; every other is their "else"."""
    table = dict(codes)
    return lambda code: table.get(code, otherwise)


def in_ranges(*ranges: tuple[int, int, str]) -> Format:
    """Numeric codes by (first, last, theirs). A code in no range is refused."""
    return translate({f"{number:02}": theirs for first, last, theirs in ranges for number in range(first, last + 1)})


def one_of(*codes: str) -> Format:
    """The same code, refused when theirs has no such code."""
    return translate({code: code for code in codes})


def label(table: str, *, but: Mapping[str, str] | None = None, without: str = "") -> Format:
    """The Chinese label of a code of the dictionary's `table`; `but`: their own words, `without`: ending left off."""
    words = {one.code: one.zh.removesuffix(without) for one in code_table(table).items}
    return translate({**words, **(but or {})})


def yes_no(yes: str, no: str) -> Format:
    return lambda value: yes if value else no


def joined(separator: str, each: Format | None = None) -> Format:
    """A list of codes as one text."""
    return lambda codes: separator.join(each(code) if each else code for code in codes)


GRAVEST_FIRST = ("04", "01", "05", "02", "03", "99", "00")
"""Hidden dangers of rented housing by weight (GB/T 31000-2015 5.19 with the handbook's order for single values)."""


def gravest(codes: Sequence[str]) -> str:
    """The one hidden danger that a single-value target is told of."""
    for code in GRAVEST_FIRST:
        if code in codes:
            return code
    raise ValueError(f"隐患类型“{'、'.join(codes)}”不在代码表内")


SCHOOL_AGE = 7
"""Years. Below it nobody with education 90 其他 is called illiterate."""


def schooling(levels: Format) -> Callable[[View], str | None]:
    """A `whole` of education and age: their word for a level; our 90 is both 文盲 and 学龄前, told apart by age."""

    def worded(view: View) -> str | None:
        education = view.get("education")
        if education == "90":
            return "学龄前" if view.get("age", 0) < SCHOOL_AGE else "文盲"
        return str(levels(education)) if education else None

    return worded


# --- Text ----------------------------------------------------------------------------------------------------------


def ending(suffix: str, *others: str) -> Format:
    """Text that ends with `suffix`; added where neither it nor one of `others` stands there already."""
    endings = (suffix, *others)
    return lambda text: text if text.endswith(endings) else text + suffix


def upper(text: str) -> str:
    return text.upper()


def first(length: int) -> Format:
    """The leading characters of a hierarchical code: a wider area, nothing lost that they ask for."""
    return lambda code: code[:length]


def padded(length: int) -> Format:
    """A hierarchical code filled up with zeros on the right."""
    return lambda code: code.ljust(length, "0")


def digits(text: str) -> str:
    """A telephone number without anything but its digits."""
    return "".join(character for character in text if character in "0123456789")


def division_text(separator: str = "", *, city: bool = False) -> Format:
    """A division code as the names of province and county; `city`: with the city between them."""
    parts = division_path if city else division_name

    def named(code: str) -> str:
        names = [name for name in parts(code) if name]
        if not names:
            raise ValueError(f"行政区划代码“{code}”没有名称")
        return separator.join(names)

    return named


def division_and(code: str, address: str) -> Callable[[View], str | None]:
    """A `whole`: the address in field `address` with province, city and county of field `code` in front."""
    name_of = division_text(city=True)

    def complete(view: View) -> str | None:
        text: str | None = view.get(address)
        if not text:
            return None
        division = view.get(code)
        names = name_of(division) if division else ""
        return text if text.startswith(names) else names + text

    return complete


# --- Numbers and times ---------------------------------------------------------------------------------------------


def decimals(places: int, length: int | None = None) -> Format:
    """A number as text with that many decimal places; `length`: digits in all, as the standards write 8,2."""
    unit = Decimal(1).scaleb(-places)
    whole = 0 if length is None else length - places
    words = f"对方系统最多{whole}位整数，现为{{value}}"

    def written(number: Any) -> str:
        try:
            exact = Decimal(number).quantize(unit, rounding=ROUND_HALF_UP)
        except InvalidOperation:
            raise ValueError(f"“{number}”不是对方系统能接收的数") from None
        if whole and abs(exact) >= Decimal(1).scaleb(whole):
            raise ValueError(words.format(value=number))
        return f"{exact:f}"

    return limited(written, *((("digits", words, whole),) if whole else ()))


def date_as(pattern: str) -> Format:
    """A date by a str.format pattern: "{:%Y%m%d}" with zeros, "{0.year}/{0.month}/{0.day}" without."""
    return pattern.format


ISO_DATE = date_as("{:%Y-%m-%d}")
COMPACT_DATE = date_as("{:%Y%m%d}")
UNPADDED_DATE = date_as("{0.year}/{0.month}/{0.day}")
UNPADDED_TIME = date_as("{0.year}/{0.month}/{0.day} {0.hour}:{0:%M:%S}")
COMPACT_TIME = date_as("{:%Y%m%d%H%M%S}")
YEAR_AND_MONTH = date_as("{0.year}年{0.month}月")


def epoch_milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def constant(value: Any) -> Callable[[View], Any]:
    """A `whole` that reads nothing: what policy says is sent, whatever is known."""
    return lambda view: value


def first_known(names: Iterable[str], form: Format | None = None) -> Callable[[View], Any]:
    """A `whole`: the first of these fields that is known."""
    order = tuple(names)

    def found(view: View) -> Any:
        value = next((view[name] for name in order if view.get(name)), None)
        return form(value) if form and value is not None else value

    return found
