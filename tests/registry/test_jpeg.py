"""A photo without what the camera wrote beside it: the place above all. The picture stays as it is."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as some
from playwright.sync_api import Page

from gridapp.registry.jpeg import stripped
from tests.files import GPS, exif, jpeg, segment

PROFILE = segment(0xE2, b"ICC_PROFILE\0\1\1colours")
ADOBE = segment(0xEE, b"Adobe\0d\0\0\0\0\0")
XMP = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x exif:GPSLatitude='22,30.0N'/>")
IPTC = segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04City")
MORE_PICTURES = segment(0xE2, b"MPF\0MM\0*")
THUMBNAIL = segment(0xE0, b"JFXX\0\x10" + jpeg())


@pytest.mark.parametrize("content", [jpeg(), jpeg(PROFILE), jpeg(ADOBE), jpeg(PROFILE + ADOBE)])
def test_nothing_is_taken_from_a_picture_that_has_nothing_beside_it(content: bytes) -> None:
    assert stripped(content) == content


@pytest.mark.parametrize(
    "content",
    [
        jpeg(exif()),
        jpeg(exif(order="<")),
        jpeg(XMP),
        jpeg(IPTC),
        jpeg(MORE_PICTURES),
        jpeg(THUMBNAIL),
        jpeg(exif() + XMP + IPTC + MORE_PICTURES),
        jpeg(comment=b"taken at 22.5, 114.05"),
        jpeg(after=b"PK\3\4 an archive behind the picture"),
        jpeg(after=jpeg(exif())),
        jpeg(b"\xff\xff\xff" + exif()),
    ],
)
def test_what_stands_beside_the_picture_stays_behind(content: bytes) -> None:
    assert stripped(content) == jpeg()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_stays_upright_and_says_nothing_else(orientation: int, order: str) -> None:
    left = stripped(jpeg(exif(orientation, order=order)))

    assert GPS not in left
    assert len(left) == len(jpeg()) + 36
    assert stripped(left) == left


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_is_left_out(orientation: int) -> None:
    assert stripped(jpeg(exif(orientation))) == jpeg()


@pytest.mark.parametrize(
    "directory", [b"", b"MM\0*", b"XX\0*\0\0\0\x08", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff\1\x12"]
)
def test_a_directory_that_cannot_be_read_stays_behind_whole(directory: bytes) -> None:
    assert stripped(jpeg(segment(0xE1, b"Exif\0\0" + directory))) == jpeg()


def test_restarts_and_data_bytes_inside_a_scan_belong_to_it() -> None:
    whole = jpeg()
    busy = whole[:-3] + b"\x3f\xff\x00\xff\xd0\x3f\xff\xd7\xff\x00" + whole[-2:]

    assert stripped(busy) == busy


def test_a_picture_in_several_scans_keeps_all_of_them() -> None:
    whole = jpeg()
    again = segment(0xC4, b"\x11" + bytes([1, *[0] * 15]) + b"\0") + segment(0xDA, b"\1\1\0\0\x3f\0") + b"\x1f"

    assert stripped(whole[:-2] + IPTC + again + whole[-2:]) == whole[:-2] + again + whole[-2:]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"<svg/>",
        b"\xff\xd8" + segment(0xE0, b"JFIF\0") + b"\xff\xd9",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\0",
        b"\xff\xd8\xff\xe1\0\1",
        b"\xff\xd8\xff\xe1\xff\xff",
        b"\xff\xd8\xff\x01\0\2",
        b"\xff\xd8\0\0\0\0",
        b"\xff\xd8" + segment(0xE1, b"x") * 3000,
    ],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        stripped(content)


@pytest.mark.parametrize("length", range(2, len(jpeg(exif()))))
def test_a_picture_that_was_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        stripped(jpeg(exif(6))[:length])


@given(some.binary(max_size=64), some.integers(0, len(jpeg(exif()))), some.integers(0, 40))
def test_a_damaged_file_is_refused_or_comes_out_as_a_picture_without_the_place(new: bytes, at: int, gone: int) -> None:
    damaged = jpeg(exif())[:at] + new + jpeg(exif())[at + gone :]

    try:
        left = stripped(damaged)
    except ValueError:
        return

    assert (left[:2], left[-2:]) == (b"\xff\xd8", b"\xff\xd9")
    assert stripped(left) == left


DRAWN = """async ([before, after]) => {
  const drawn = async (content) => {
    const image = new Image();
    image.src = 'data:image/jpeg;base64,' + content;
    await image.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext('2d').drawImage(image, 0, 0);
    return [image.naturalWidth, image.naturalHeight, canvas.toDataURL()];
  };
  return [await drawn(before), await drawn(after)];
}"""


def test_a_browser_draws_the_same_picture_upright(tablet: Page) -> None:
    tablet.set_content("<h1 style='color: red'>一张照片</h1><p>photo</p>")
    plain = tablet.screenshot(type="jpeg", clip={"x": 0, "y": 0, "width": 320, "height": 200})
    taken = plain[:2] + exif(6) + plain[2:]

    sent = [base64.b64encode(content).decode() for content in (taken, stripped(taken))]
    before, after = tablet.evaluate(DRAWN, sent)

    assert before == after
    assert before[0] < before[1]  # turned by its orientation, with and without the rest
    assert stripped(taken) != taken
