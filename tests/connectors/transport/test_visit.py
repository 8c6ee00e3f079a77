"""One step after the other on a page: what it says and asks, what it answers too late, what is shown of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from connectors.transport.visit import Visit
from gridapp.contract import Misconfigured, Unavailable
from tests.connectors.transport.raw_server import reply
from tests.connectors.transport.stage import Stage, Story, browsers, html

BUTTON = '<form action=next method=post onsubmit="{}"><input name=a value=b><input type=submit></form>'


async def press(visit: Visit, *agreed: str) -> tuple[str, ...]:
    return await visit.send(visit.page.locator("input[type=submit]"), agreed=agreed)


def test_what_a_page_says_is_heard_whoever_says_it(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit(BUTTON.format("alert('请填写姓名');return false"))
        assert await press(visit) == ("请填写姓名",)
        visit = await stage.visit(BUTTON.format(""))
        stage.pages["/next"] = html("<script>alert('已存在');history.back()</script>")
        assert await press(visit) == ("已存在",)

    play(story)


def test_a_page_that_has_spoken_has_answered_even_if_it_never_gets_ready(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit(BUTTON.format(""))
        stage.pages["/next"] = html("<script>alert('会话超时');for(;;);</script>")
        assert await press(visit) == ("会话超时",)

    play(story)


def test_what_a_page_said_before_keeps_anything_from_being_pressed(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit(BUTTON.format("") + "<script>document.forms[0].a.onchange=()=>alert('有误')</script>")
        await visit.page.locator("[name=a]").fill("c")
        await visit.page.locator("[name=a]").blur()
        assert await press(visit) == ("有误",)
        assert not visit.sending

    stage = play(story)

    assert "/next" not in stage.paths()


def test_a_question_is_answered_with_yes_only_when_that_was_agreed(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        asks = BUTTON.format("return confirm('确定吗')")
        visit = await stage.visit(asks)
        stage.pages["/next"] = html("<title>saved</title>")
        with pytest.raises(Misconfigured, match="说明以外的话：确定吗"):
            await press(visit, "确定要提交吗")
        assert "/next" not in stage.paths()
        visit = await stage.visit(asks)
        assert await press(visit, "确定吗") == ()
        assert await visit.page.title() == "saved"

    play(story)


def test_a_question_that_quotes_the_record_is_not_quoted(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit(BUTTON.format("return confirm('张三丽已在册,覆盖吗')"))
        visit.private = ("张三丽",)
        with pytest.raises(Misconfigured, match="＊已在册,覆盖吗"):
            await press(visit)

    play(story)


@pytest.mark.parametrize(
    ("status", "maybe_sent", "wait"), [("503 Busy", False, 7.0), ("429 Slow", False, 7.0), ("500 Oh", True, 7.0)]
)
def test_an_error_of_the_server_is_unavailable(
    play: Callable[[Story], Stage], status: str, maybe_sent: bool, wait: float
) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit(BUTTON.format(""))
        stage.pages["/next"] = reply(status, b"<p>oh", "Content-Type: text/html", "Retry-After: 7")
        with pytest.raises(Unavailable) as caught:
            await press(visit)
        assert (caught.value.maybe_sent, caught.value.retry_after) == (maybe_sent, wait)

    play(story)


def test_a_page_that_is_gone_or_forbidden_is_for_the_operator(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit("<a href=gone>gone</a>")
        with pytest.raises(Misconfigured, match="404"):
            await visit.press(visit.page.locator("a"))

    play(story)


@pytest.mark.parametrize("first", ["", "const x = new XMLHttpRequest(); x.open('GET', 'ping', false); x.send()"])
def test_a_form_is_handed_in_once_though_its_answer_is_lost(play: Callable[[Story], Stage], first: str) -> None:
    """Over a connection that was used before, for the page or by its script, Chromium sends it again by itself."""

    async def story(stage: Stage) -> None:
        visit = await stage.visit(BUTTON.format(first))
        stage.pages |= {"/next": b"", "/ping": reply("200 OK", b"pong")}
        with pytest.raises(Unavailable) as caught:
            await press(visit)
        assert caught.value.maybe_sent
        again = await stage.visit(BUTTON.format(first))
        stage.pages["/next"] = html("<title>saved</title>")
        assert await press(again) == ()

    stage = play(story)

    assert stage.paths().count("/next") == 2


@pytest.mark.parametrize(
    "there", ["<p>", "<a id=x hidden>x</a>", "<button id=x disabled>x</button>", "<i id=x>x</i>" * 2]
)
def test_what_cannot_be_pressed_is_not_the_documented_page(play: Callable[[Story], Stage], there: str) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit(there)
        with pytest.raises(Misconfigured, match="没有说明中的内容"):
            await visit.press(visit.page.locator("#x"))
        with pytest.raises(Misconfigured, match="框架“edit”"):
            visit.frame("edit")

    play(story)


def test_a_page_that_answers_too_late_is_unavailable(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit("<a href=#here>nothing loads</a><button onclick='for(;;);'>for ever</button>")
        with pytest.raises(Unavailable, match="规定时间") as caught:
            await visit.press(visit.page.locator("button"))
        with pytest.raises(Unavailable, match="规定时间"):
            async with visit.looking():
                await visit.page.title()
        assert not caught.value.maybe_sent
        assert await visit.picture(()) == b""

    play(story)


def test_a_page_that_goes_away_under_our_hands_is_not_the_documented_one(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit("<iframe name=f src=about:blank></iframe>")
        frame = visit.frame("f")
        await visit.page.evaluate("document.querySelector('iframe').remove()")
        with pytest.raises(Misconfigured, match="自行换了内容"):
            async with visit.looking():
                await frame.evaluate("1")

    play(story)


def test_a_browser_that_dies_is_replaced(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit()
        (browser,) = browsers()
        os.kill(browser.pid, signal.SIGKILL)
        with pytest.raises(Unavailable) as caught:
            await visit.open()
        assert not caught.value.maybe_sent
        again = await stage.visit()
        assert await again.page.title() == "hello"

    play(story)


def test_a_picture_shows_only_what_it_may(play: Callable[[Story], Stage]) -> None:
    """Two people of whom everything differs but what may be seen: their pictures are the same to the last bit."""

    def page(name: str, number: str) -> str:
        return f"""<title>t</title><style>td{{width:9em}}</style><table><tr><td>姓名：<td>{name}<tr><td>档案号<td>JM01
          <tr><td>*证件号码<td><b>{number}</b></table><input value={number}><select><option>{name}</select>
          <textarea>{name}</textarea><p>{name}</p><button>提 交</button><b>{name}</b>
          <div style="height:9px;background:url(data:image/svg+xml,{number})"></div>"""

    async def story(stage: Stage) -> None:
        shows = {"姓名", "档案号", "证件号码", "JM01", "提交"}
        one = await (await stage.visit(page("张三", "990101199202290010"))).picture(shows)
        other = await (await stage.visit(page("李四", "990101198001010029"))).picture(shows)
        less = await (await stage.visit(page("李四", "990101198001010029"))).picture(shows - {"JM01"})
        assert one == other != less
        assert one.startswith(b"\x89PNG") and len(one) < 200 * 1024

    play(story)
