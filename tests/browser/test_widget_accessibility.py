"""The web chat for everyone: keyboard, screen readers, phones, any bank's colour in light and dark."""

import pytest
from chat_double import RunningDouble
from chat_page import Chat
from playwright.sync_api import Browser, expect

pytestmark = pytest.mark.browser


def test_the_keyboard_alone_is_enough(chat: Chat) -> None:
    chat.at(".launcher").focus()
    chat.page.keyboard.press("Enter")
    expect(chat.at("textarea")).to_be_focused()
    chat.page.keyboard.type("строка один")
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("строка два")
    chat.page.keyboard.press("Enter")
    expect(chat.at(".chip", has_text="Да, помогло")).to_be_visible()
    assert chat.double.received == ["строка один\nстрока два"]
    chat.page.keyboard.press("Shift+Tab")
    expect(chat.at(".chip", has_text="Списали деньги без меня")).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.own.last).to_contain_text("Списали деньги без меня")
    chat.page.keyboard.press("Escape")
    expect(chat.at(".panel")).to_be_hidden()
    expect(chat.at(".launcher")).to_be_focused()


def test_assistive_technology_finds_names_and_roles(chat: Chat) -> None:
    chat.start()
    expect(chat.page.get_by_role("dialog", name="Чат с банком")).to_be_visible()
    expect(chat.page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    expect(chat.page.get_by_role("textbox", name="Сообщение")).to_be_visible()
    expect(chat.at(".launcher")).to_have_attribute("aria-expanded", "true")
    nameless = """root => [...root.querySelectorAll('button, a, textarea, [role=img]')]
        .filter(node => node.offsetParent)
        .filter(node => !(node.ariaLabel || node.textContent).trim()).length"""
    assert chat.page.locator("#otklik").evaluate(f"host => ({nameless})(host.shadowRoot)") == 0
    small = """root => [...root.querySelectorAll('button, nav a')].filter(node => node.offsetParent).filter(
        node => Math.min(node.offsetWidth, node.offsetHeight) < 24).map(node => node.className)"""
    assert chat.page.locator("#otklik").evaluate(f"host => ({small})(host.shadowRoot)") == []


def test_a_message_is_put_on_the_page_once_so_that_it_is_read_out_once(chat: Chat) -> None:
    chat.start().say("Потерял карту")
    chat.wait_for_answer()
    count = """host => { window.added = 0; new MutationObserver(changes => {
        for (const change of changes) window.added += change.addedNodes.length;
    }).observe(host.shadowRoot.querySelector('[role=log]'), { childList: true }); }"""
    chat.page.locator("#otklik").evaluate(count)
    chat.at(".plain").click()
    chat.push("operator", "Здравствуйте!", name="Анна")
    expect(chat.at(".operator .bubble")).to_be_visible()
    assert chat.page.evaluate("window.added") == 1


def test_a_phone_gets_a_full_screen_dialog_that_keeps_the_focus(browser: Browser, server: RunningDouble) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    chat = Chat(phone, server).start()
    expect(chat.at(".panel")).to_have_attribute("aria-modal", "true")
    chat.page.wait_for_function(
        "() => { const root = document.querySelector('#otklik').shadowRoot,"
        " box = root.querySelector('.panel').getBoundingClientRect();"
        " return box.x === 0 && box.y === 0 && box.width === 390 && box.height === 844; }"
    )
    for _ in range(20):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate("document.activeElement.id || document.activeElement.tagName") in ("otklik", "BODY")
    chat.page.keyboard.press("Escape")
    expect(chat.at(".panel")).to_be_hidden()
    expect(chat.at(".launcher")).to_be_focused()
    phone.close()


@pytest.mark.parametrize("color", ["#ffdd2d", "#e2001a", "#21a038", "#0b1f3a", "#ffffff", "black", "no colour"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_bank_colour_stays_readable(chat: Chat, color: str, theme: str) -> None:
    chat.start()
    chat.page.evaluate(
        "([color, theme]) => Object.assign(document.querySelector('script[src$=\"widget.js\"]').dataset,"
        " { color, theme })",
        [color, theme],
    )
    own_text, fill = painted(chat, ".launcher", "color"), painted(chat, ".launcher", "backgroundColor")
    accent = painted(chat, ".chip", "color")
    assert contrast(own_text, fill) >= 4.5
    assert contrast(accent, painted(chat, ".panel", "backgroundColor")) >= 4.5
    assert contrast(accent, painted(chat, ".scroll", "backgroundColor")) >= 4.5


def painted(chat: Chat, selector: str, name: str) -> list[int]:
    """A computed colour, whatever its notation, as the screen shows it."""
    draw = """(node, name) => {
        const pen = document.createElement('canvas').getContext('2d');
        pen.fillStyle = getComputedStyle(node)[name];
        pen.fillRect(0, 0, 1, 1);
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
    }"""
    shown: list[int] = chat.at(selector).first.evaluate(draw, name)
    return shown


def contrast(one: list[int], two: list[int]) -> float:
    """WCAG 2.2, success criterion 1.4.3."""

    def luminance(color: list[int]) -> float:
        parts = [part / 255 for part in color]
        red, green, blue = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)
