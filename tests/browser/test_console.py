"""A guest's screen in headless Chromium, through nova-novncproxy: seen, typed on, and refused to whom it is not for."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

from tests.integration.people import User
from tests.integration.stacks import wait
from tests.real_cloud import Cloud, Guest

pytestmark = pytest.mark.browser

CHROMIUM = "/usr/bin/chromium"
SWITCHES = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]
MILLISECONDS = 30_000
SECONDS = 30
COLUMNS = 80
KEY_DELAY = 40
SHIFTED = dict(zip("!@#$%^&*()_+|:<>?", "1234567890-=\\;,./", strict=True))
# The cursor blinks, and a pointer may be drawn: that much of two pictures of one screen may differ.
MOST_DIFFERENT = 0.01
REFUSED = "Something went wrong, connection is closed"

COMPARE = """async ([shot]) => {
  const picture = new Image();
  picture.src = 'data:image/png;base64,' + shot;
  await picture.decode();
  const screen = document.querySelector('canvas');
  if (screen.width !== picture.width || screen.height !== picture.height) return null;
  const other = document.createElement('canvas');
  other.width = picture.width; other.height = picture.height;
  other.getContext('2d').drawImage(picture, 0, 0);
  const size = [0, 0, picture.width, picture.height];
  const one = screen.getContext('2d').getImageData(...size).data;
  const two = other.getContext('2d').getImageData(...size).data;
  let lit = 0, different = 0;
  for (let at = 0; at < one.length; at += 4) {
    const here = Math.max(one[at], one[at + 1], one[at + 2]) > 64;
    const there = Math.max(two[at], two[at + 1], two[at + 2]) > 64;
    lit += here; different += here !== there;
  }
  return {lit: lit, different: different / (one.length / 4)};
}"""

OPEN_SOCKET = """(address) => new Promise((done) => {
  const socket = new WebSocket(address, ['binary']);
  socket.onopen = () => { socket.close(); done('open'); };
  socket.onerror = () => done('refused');
})"""


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """A browser with a profile of its own."""
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"),
            executable_path=CHROMIUM,
            headless=True,
            viewport={"width": 900, "height": 600},
            args=SWITCHES,
        )
        context.set_default_timeout(MILLISECONDS)
        yield context
        context.close()


@pytest.fixture
def page(chromium: BrowserContext) -> Iterator[Page]:
    """A tab."""
    opened = chromium.new_page()
    yield opened
    opened.close()


@pytest.fixture
def screen_url(person: User, demo: Guest) -> str:
    """The address of demo-1's screen, good for one visit."""
    return person.openstack("console", "url", "show", "--novnc", demo.server, "-f", "value", "-c", "url").strip()


def text_on_screen(guest: Guest) -> str:
    """The text of the guest's first screen, told by its kernel."""
    text = guest.ssh("cat /dev/vcs1")
    return "\n".join(text[at : at + COLUMNS].rstrip() for at in range(0, len(text), COLUMNS)).rstrip()


def same_picture(page: Page, cloud: Cloud, server: str, folder: Path) -> bool:
    """Whether the page shows what the hypervisor says is on the screen."""
    shot = folder / "screen.png"
    cloud.virsh("screenshot", server, str(shot))
    found: Any = page.evaluate(COMPARE, [base64.b64encode(shot.read_bytes()).decode()])
    assert found, "the page shows a screen of another size"
    assert found["lit"] > 500 and found["different"] < MOST_DIFFERENT, found
    return True


def says(page: Page, words: str) -> None:
    """Wait until the bar above the screen says so."""
    page.wait_for_function("words => document.getElementById('status').textContent.includes(words)", arg=words)


def type_line(page: Page, line: str) -> None:
    """Type like a person, and press Enter."""
    for character in line:
        page.wait_for_timeout(KEY_DELAY)
        # The guest learns of keys, not of characters: Shift has to be held.
        if character in SHIFTED:
            page.keyboard.down("Shift")
        page.keyboard.press(SHIFTED.get(character, character))
        page.keyboard.up("Shift")
    page.keyboard.press("Enter")


def test_a_screen_is_seen_and_typed_on(page: Page, cloud: Cloud, demo: Guest, screen_url: str, tmp_path: Path) -> None:
    assert urlsplit(screen_url).netloc == f"{cloud.address}:6080"
    page.goto(screen_url)
    says(page, "Connected to")
    page.wait_for_selector("canvas")
    wait("the login prompt", lambda: "login:" in text_on_screen(demo), SECONDS)
    wait("the same picture in the page", lambda: same_picture(page, cloud, demo.server, tmp_path), SECONDS)

    demo.ssh("rm -f /root/typed")
    page.mouse.click(450, 300)
    type_line(page, "root")
    wait("a question for the password", lambda: "Password:" in text_on_screen(demo), SECONDS)
    type_line(page, "nova")
    wait("a shell", lambda: text_on_screen(demo).endswith("#"), SECONDS)
    type_line(page, "echo typed $((6*7)) | tee /root/typed")
    wait("what was typed to have been done", lambda: demo.ssh("cat /root/typed", codes=(0, 1)) == "typed 42\n", SECONDS)
    wait("its output on the screen", lambda: "\ntyped 42" in text_on_screen(demo), SECONDS)
    wait("the same picture in the page", lambda: same_picture(page, cloud, demo.server, tmp_path), SECONDS)
    type_line(page, "exit")
    wait("the login prompt", lambda: "#" not in text_on_screen(demo)[-20:], SECONDS)


def test_an_address_is_good_once(page: Page, screen_url: str) -> None:
    page.goto(screen_url)
    says(page, "Connected to")
    page.reload()
    says(page, REFUSED)
    assert page.locator("canvas").count() == 0


def test_pages_of_others_get_no_screen(page: Page, cloud: Cloud, screen_url: str) -> None:
    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body="<title>elsewhere</title>")

    page.route("http://elsewhere.example/", answer)
    page.goto("http://elsewhere.example/")
    assert page.evaluate(OPEN_SOCKET, socket_of(cloud, screen_url)) == "refused"
    # Its owner still may.
    page.goto(screen_url)
    says(page, "Connected to")


def test_an_address_expires(page: Page, cloud: Cloud, demo: Guest, screen_url: str) -> None:
    cloud.sql(f"UPDATE nova.console_auth_tokens SET expires = '2001-01-01' WHERE instance_uuid = '{demo.server}'")
    page.goto(screen_url)
    says(page, REFUSED)


def test_a_token_that_nobody_made_is_refused(page: Page, cloud: Cloud, screen_url: str) -> None:
    token = parse_qs(urlsplit(socket_of(cloud, screen_url)).query)["token"][0]
    page.goto(screen_url.replace(token, "0" * len(token)))
    says(page, REFUSED)


def socket_of(cloud: Cloud, screen_url: str) -> str:
    """The address of the WebSocket that noVNC's page opens."""
    path = parse_qs(urlsplit(screen_url).query)["path"][0]
    return f"ws://{cloud.address}:6080/{unquote(path).lstrip('/')}"
