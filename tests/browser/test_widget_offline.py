"""The web chat against a server that misbehaves on purpose: nothing is lost, sent twice or run as code."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.browser.chat_double import WIDGET, ChatDouble, RunningDouble, Visitor

CHROMIUM = which("chromium") or which("chromium-browser") or which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here: apt-get install chromium"),
]
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> javascript:alert(1) \' OR 1=1 --'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def server() -> Iterator[RunningDouble]:
    running = RunningDouble(ChatDouble())
    yield running
    running.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1280, "height": 860}, locale="ru-RU", color_scheme="light")
    opened.set_default_timeout(15_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, server: RunningDouble) -> Page:
    return visit(context, server)


def visit(context: BrowserContext, server: RunningDouble, query: str = "?language=ru") -> Page:
    page = context.new_page()
    page.goto(f"{server.url}/{query}")
    page.locator("#otklik .launcher").wait_for()
    return page


def start(page: Page) -> None:
    page.locator("#otklik .launcher").click()
    expect(page.locator("#otklik .bubble").first).to_be_visible()


def say(page: Page, text: str) -> None:
    page.locator("#otklik textarea").fill(text)
    page.keyboard.press("Enter")


def wait_until_sent(page: Page) -> None:
    page.wait_for_function("Object.keys(localStorage).every(key => !key.includes(':q:'))")


def own(page: Page) -> Locator:
    return page.locator("#otklik .client .bubble")


def only_visitor(server: RunningDouble) -> Visitor:
    (visitor,) = server.double.visitors.values()
    return visitor


def push(server: RunningDouble, author: str, text: str, **extra: Any) -> None:
    server.double.on_loop(lambda: server.double.add(only_visitor(server), author, text, **extra))


def test_a_question_is_answered_and_its_marks_become_seen(page: Page, server: RunningDouble) -> None:
    start(page)
    say(page, "Потерял карту")
    expect(page.locator("#otklik .bot .bubble").last).to_have_text(re.compile("Это помогло"))
    expect(page.locator("#otklik .client .meta [role=img]")).to_have_attribute("aria-label", "прочитано")
    assert server.double.received == ["Потерял карту"]


def test_a_pressed_choice_is_sent_once_with_its_payload_and_stays_marked(page: Page, server: RunningDouble) -> None:
    start(page)
    page.locator("#otklik .chip").first.dblclick(force=True)
    expect(page.locator("#otklik .bot .bubble").last).to_have_text(re.compile("Это помогло"))
    assert [attempt["button"] for attempt in server.double.attempts] == ["menu:0"]
    expect(page.locator("#otklik .chip:disabled")).to_have_text("Заблокировать карту, выбрано")
    expect(page.locator("#otklik .chip:enabled")).to_have_text(["Да, спасибо", "Нет"])


def test_a_double_click_on_send_sends_once(page: Page, server: RunningDouble) -> None:
    start(page)
    page.locator("#otklik textarea").fill("один раз")
    page.locator("#otklik .send").dblclick(force=True)
    expect(page.locator("#otklik .bot .bubble").last).to_have_text(re.compile("Это помогло"))
    assert server.double.received == ["один раз"]


def test_hostile_text_from_either_side_stays_text(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent = True
    say(page, HOSTILE)
    expect(own(page)).to_contain_text("onerror")
    evil = [
        {"text": HOSTILE, "payload": "", "url": "javascript:window.pwned=1"},
        {"text": HOSTILE, "payload": "", "url": None},
    ]
    push(server, "operator", HOSTILE, name=HOSTILE, buttons=evil)
    push(server, "system", 'https://bank.example/"onmouseover="window.pwned=1')
    expect(page.locator("#otklik .system .bubble")).to_be_visible()
    page.locator("#otklik .system a").hover()
    assert page.locator("#otklik img, #otklik script, #otklik [href^='javascript']").count() == 0
    assert page.evaluate("window.pwned") is None


def test_addresses_phones_and_mail_become_safe_links(page: Page, server: RunningDouble) -> None:
    start(page)
    push(
        server,
        "bot",
        "Сайт https://bank.example/a?b=1, почта help@bank.example. Тел. 8 800 555-35-35, карта 4276 0000 0000 4417",
    )
    links = page.locator("#otklik .bubble a")
    expect(links).to_have_count(3)
    wanted = ["https://bank.example/a?b=1", "mailto:help@bank.example", "tel:88005553535"]
    assert [link.get_attribute("href") for link in links.all()] == wanted
    assert {link.get_attribute("rel") for link in links.all()} == {"noopener noreferrer"}


def test_a_text_over_the_limit_is_kept_whole_but_not_sent(page: Page, server: RunningDouble) -> None:
    start(page)
    say(page, "я" * 10_000)
    expect(page.locator("#otklik .counter")).to_have_text("Лишних знаков: 6000")
    expect(page.locator("#otklik .send")).to_be_disabled()
    assert len(page.locator("#otklik textarea").input_value()) == 10_000
    with page.expect_response("**/chat/v1/messages"):
        say(page, "я" * 4_000)
    expect(own(page)).to_have_count(1)
    assert [len(attempt["text"]) for attempt in server.double.attempts] == [4_000]


def test_a_lost_answer_repeats_the_same_id_and_the_message_is_taken_once(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.lose_answers = 2
    server.double.faults.silent = True
    say(page, "перевод не дошёл")
    expect(page.locator("#otklik .client .meta [role=img]")).to_have_attribute(
        "aria-label", re.compile("отправлено|доставлено")
    )
    assert server.double.received == ["перевод не дошёл"]
    assert len({attempt["id"] for attempt in server.double.attempts}) == 1
    expect(own(page)).to_have_count(1)


def test_an_overloaded_server_gets_the_messages_later_in_their_order(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent = True
    server.double.faults.refuse_status, server.double.faults.refuse_times = 503, 2
    for text in ("первое", "второе", "третье"):
        say(page, text)
    expect(page.locator("#otklik .client .bubble")).to_have_count(3)
    wait_until_sent(page)
    assert server.double.received == ["первое", "второе", "третье"]


def test_retry_after_is_honoured(page: Page, server: RunningDouble) -> None:
    start(page)
    faults = server.double.faults
    faults.silent, faults.refuse_status, faults.refuse_times, faults.retry_after_seconds = True, 429, 1, 3
    began = page.evaluate("performance.now()")
    say(page, "терпеливо")
    wait_until_sent(page)
    assert page.evaluate("performance.now()") - began >= 3_000
    assert len(server.double.attempts) == 2


def test_a_refused_message_says_so_and_lets_the_next_one_through(page: Page, server: RunningDouble) -> None:
    start(page)
    faults = server.double.faults
    faults.silent, faults.refuse_status, faults.refuse_times = True, 422, 1
    say(page, "не принято")
    expect(page.locator("#otklik .failed")).to_contain_text("Не отправлено")
    say(page, "принято")
    page.wait_for_function("Object.keys(localStorage).filter(key => key.includes(':q:')).length === 1")
    page.locator("#otklik .failure button", has_text="Повторить").click()
    wait_until_sent(page)
    expect(page.locator("#otklik .failed")).to_have_count(0)
    assert server.double.received == ["принято", "не принято"]


def test_what_was_written_offline_survives_a_reload_and_is_sent_once(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent = True
    page.context.route("**/chat/v1/**", lambda route: route.abort())
    say(page, "первое без сети")
    say(page, "второе без сети")
    page.locator("#otklik textarea").fill("черновик")
    expect(page.locator("#otklik .banner")).to_be_visible()
    expect(page.locator("#otklik .client .meta [role=img]")).to_have_attribute("aria-label", "ждёт отправки")
    page.reload()
    expect(own(page)).to_have_count(2)
    expect(page.locator("#otklik textarea")).to_have_value("черновик")
    page.context.unroute("**/chat/v1/**")
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_until_sent(page)
    expect(page.locator("#otklik .banner")).to_be_hidden()
    expect(own(page)).to_have_text([re.compile("первое"), re.compile("второе")])
    assert server.double.received == ["первое без сети", "второе без сети"]


def test_a_reload_in_the_middle_of_sending_does_not_send_twice(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent, server.double.faults.delay_seconds = True, 0.4
    with page.expect_request("**/chat/v1/messages"):
        say(page, "на полпути")
    page.reload()
    wait_until_sent(page)
    expect(own(page)).to_have_count(1)
    assert server.double.received == ["на полпути"]


def test_a_dropped_stream_resumes_without_gaps_or_repeats(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.duplicate_events = True
    push(server, "bot", "раз")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("раз")
    with page.expect_request("**/chat/v1/events**") as again:
        server.double.on_loop(server.double.drop_streams)
        push(server, "bot", "два")
    assert "after=2" in again.value.url
    push(server, "bot", "три")
    texts = [re.compile(word) for word in ("Здравствуйте", "раз", "два", "три")]
    expect(page.locator("#otklik .bot .bubble")).to_have_text(texts)


def test_a_restarted_server_is_found_again(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent = True
    server.stop()
    say(page, "пока сервер лежит")
    expect(page.locator("#otklik .banner")).to_be_visible()
    server.start()
    expect(page.locator("#otklik .banner")).to_be_hidden(timeout=30_000)
    wait_until_sent(page)
    assert server.double.received == ["пока сервер лежит"]
    push(server, "operator", "Мы вернулись", name="Анна")
    expect(page.locator("#otklik .operator .bubble")).to_contain_text("Мы вернулись", timeout=30_000)


def test_a_forgotten_visitor_gets_a_new_session_and_the_message_goes_there(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent = True
    server.double.on_loop(server.double.forget_everyone)
    say(page, "после переезда")
    wait_until_sent(page)
    assert [message["text"] for message in only_visitor(server).messages] == ["после переезда"]
    expect(own(page)).to_have_count(1)


def test_two_tabs_show_the_same_and_open_one_session(page: Page, server: RunningDouble) -> None:
    start(page)
    server.double.faults.silent = True
    other = visit(page.context, server)
    start(other)
    say(page, "из первой вкладки")
    expect(own(other)).to_have_text([re.compile("из первой")])
    say(other, "из второй вкладки")
    expect(own(page)).to_have_count(2)
    push(server, "operator", "Вижу обе", name="Анна")
    for tab in (page, other):
        expect(tab.locator("#otklik .operator .bubble")).to_have_count(1)
    wait_until_sent(page)
    assert len(server.double.visitors) == 1
    assert server.double.received == ["из первой вкладки", "из второй вкладки"]


def test_history_comes_back_on_the_next_visit(page: Page, server: RunningDouble) -> None:
    start(page)
    say(page, "запомни меня")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("Это помогло")
    again = visit(page.context, server)
    page.close()
    start(again)
    expect(again.locator("#otklik .bubble")).to_have_count(4)
    expect(own(again)).to_contain_text("запомни меня")
    assert len(server.double.visitors) == 1


def test_an_unread_reply_is_counted_and_previewed_once_a_visit(page: Page, server: RunningDouble) -> None:
    start(page)
    page.keyboard.press("Escape")
    push(server, "operator", "Карта готова\nи вторая строка", name="Анна")
    expect(page.locator("#otklik .preview")).to_contain_text("Карта готова")
    expect(page.locator("#otklik .launcher")).to_have_attribute("aria-label", "Открыть чат. Новых сообщений: 1")
    page.locator("#otklik .preview .round").click()
    push(server, "operator", "Приходите", name="Анна")
    expect(page.locator("#otklik .badge")).to_have_text("2")
    expect(page.locator("#otklik .preview")).to_be_hidden()
    with page.expect_request("**/chat/v1/seen") as told:
        page.locator("#otklik .launcher").click()
    assert told.value.post_data_json == {"seq": 2}
    expect(page.locator("#otklik .badge")).to_be_hidden()


def test_new_messages_wait_behind_a_pill_when_scrolled_up(page: Page, server: RunningDouble) -> None:
    start(page)
    for number in range(20):
        push(server, "bot", f"Строка {number}\nещё\nещё")
    expect(page.locator("#otklik .bot .bubble")).to_have_count(21)
    page.locator("#otklik .scroll").evaluate("node => { node.scrollTop = 0; node.dispatchEvent(new Event('scroll')); }")
    push(server, "operator", "Внизу", name="Анна")
    expect(page.locator("#otklik .pill")).to_have_text("Новых сообщений: 1")
    page.locator("#otklik .pill").click()
    expect(page.locator("#otklik .pill")).to_be_hidden()
    expect(page.locator("#otklik .operator .bubble")).to_be_in_viewport()


def test_the_queue_and_the_operator_are_named(page: Page, server: RunningDouble) -> None:
    start(page)
    say(page, "Позвать специалиста")
    expect(page.locator("#otklik .scroll > .note").last).to_contain_text("Ваше место в очереди: 2")
    visitor = only_visitor(server)
    server.double.on_loop(server.double.set_state, visitor, "operator")
    push(server, "operator", "Здравствуйте!", name="Анна")
    expect(page.locator("#otklik .head p")).to_have_text("Анна, специалист банка")
    server.double.on_loop(server.double.push, visitor, "typing", {"author": "operator", "on": True})
    expect(page.locator("#otklik .typing")).to_have_text("Анна печатает")


def test_the_keyboard_alone_is_enough(page: Page, server: RunningDouble) -> None:
    page.locator("#otklik .launcher").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#otklik textarea")).to_be_focused()
    page.keyboard.type("строка один")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("строка два")
    page.keyboard.press("Enter")
    expect(page.locator("#otklik .chip", has_text="Да, спасибо")).to_be_visible()
    assert server.double.received == ["строка один\nстрока два"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(own(page).last).to_contain_text("Да, спасибо")
    page.keyboard.press("Escape")
    expect(page.locator("#otklik .panel")).to_be_hidden()
    expect(page.locator("#otklik .launcher")).to_be_focused()


def test_assistive_technology_finds_names_and_roles(page: Page) -> None:
    start(page)
    expect(page.get_by_role("dialog", name="Чат с банком")).to_be_visible()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    expect(page.get_by_role("textbox", name="Сообщение")).to_be_visible()
    expect(page.locator("#otklik .launcher")).to_have_attribute("aria-expanded", "true")
    nameless = """root => [...root.querySelectorAll('button, a, textarea, [role=img]')]
        .filter(node => node.offsetParent)
        .filter(node => !(node.ariaLabel || node.getAttribute('aria-label') || node.textContent).trim()).length"""
    assert page.locator("#otklik").evaluate(f"host => ({nameless})(host.shadowRoot)") == 0
    small = """root => [...root.querySelectorAll('button, nav a')].filter(node => node.offsetParent).filter(
        node => Math.min(node.offsetWidth, node.offsetHeight) < 24).map(node => node.className)"""
    assert page.locator("#otklik").evaluate(f"host => ({small})(host.shadowRoot)") == []


def test_a_phone_gets_a_full_screen_dialog_that_keeps_the_focus(browser: Browser, server: RunningDouble) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = visit(phone, server)
    start(page)
    panel = page.locator("#otklik .panel")
    expect(panel).to_have_attribute("aria-modal", "true")
    page.wait_for_function(
        "() => { const root = document.querySelector('#otklik').shadowRoot,"
        " box = root.querySelector('.panel').getBoundingClientRect();"
        " return box.x === 0 && box.y === 0 && box.width === 390 && box.height === 844; }"
    )
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "otklik"
    phone.close()


@pytest.mark.parametrize("color", ["#ffdd2d", "#e2001a", "#21a038", "#0b1f3a", "#ffffff", "no colour"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_bank_colour_stays_readable(page: Page, color: str, theme: str) -> None:
    page.evaluate(
        "([color, theme]) => {"
        " document.querySelector('script[src$=\"widget.js\"]').dataset.color = color; Otklik.setTheme(theme); }",
        [color, theme],
    )
    style = page.locator("#otklik").evaluate(
        "host => ['--fill', '--on-fill', '--accent', '--ground', '--bg']"
        ".map(name => getComputedStyle(host).getPropertyValue(name))"
    )
    fill, on_fill, accent, ground, paper = (rgb(value) for value in style)
    assert contrast(fill, on_fill) >= 4.5
    assert contrast(accent, ground) >= 4.4
    assert contrast(accent, paper) >= 4.5


def rgb(value: str) -> list[int]:
    if value.startswith("#"):
        digits = value[1:] if len(value) == 7 else "".join(digit * 2 for digit in value[1:])
        return [int(digits[index : index + 2], 16) for index in (0, 2, 4)]
    return [int(part) for part in re.findall(r"\d+", value)]


def contrast(one: list[int], two: list[int]) -> float:
    """WCAG 2.2, success criterion 1.4.3."""

    def luminance(color: list[int]) -> float:
        parts = [part / 255 for part in color]
        red, green, blue = [((part + 0.055) / 1.055) ** 2.4 if part > 0.04045 else part / 12.92 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


def test_the_language_switches_and_an_unused_chat_greets_anew(page: Page) -> None:
    start(page)
    page.locator("#otklik .plain").click()
    expect(page.locator("#otklik .bot .bubble")).to_have_text([re.compile("Hello!")])
    expect(page.get_by_role("dialog", name="Chat with the bank")).to_be_visible()
    expect(page.locator("#otklik textarea")).to_have_attribute("placeholder", "Message")


def test_blocked_storage_does_not_stop_the_chat(context: BrowserContext, server: RunningDouble) -> None:
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError'); } });"
    )
    page = visit(context, server, "")
    start(page)
    say(page, "в приватном окне")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("Это помогло")
    assert server.double.received == ["в приватном окне"]


def test_a_strict_content_policy_does_not_stop_the_chat(context: BrowserContext, server: RunningDouble) -> None:
    policy = "default-src 'none'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
    html = '<!doctype html><title>Bank</title><body><script src="/widget.js" async></script>'
    context.route(
        "**/strict",
        lambda route: route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy}),
    )
    problems: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.url}/strict")
    start(page)
    say(page, "строгая политика")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("Это помогло")
    assert page.locator("#otklik .launcher").evaluate("node => node.offsetWidth") == 56
    assert [problem for problem in problems if "favicon" not in problem] == []


def test_the_demo_switch_shows_what_was_understood(page: Page) -> None:
    start(page)
    say(page, "Потерял карту 4276 0000 0000 4417")
    expect(page.locator("#otklik .card")).to_have_count(0)
    page.locator("#explain").check()
    expect(page.locator("#otklik .card")).to_contain_text("Блокировка карты94%")
    page.locator("#explain").uncheck()
    expect(page.locator("#otklik .card")).to_have_count(0)


def test_destroy_leaves_nothing_behind(page: Page) -> None:
    start(page)
    page.evaluate("Otklik.destroy()")
    expect(page.locator("#otklik")).to_have_count(0)
    assert page.evaluate("typeof Otklik") == "undefined"


def test_the_script_is_small_and_never_writes_markup() -> None:
    source = Path(WIDGET / "widget.js").read_bytes()
    assert len(gzip.compress(source)) < 25_000
    assert not re.search(rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", source)
