"""The web chat on a stranger's page: text stays text, policies and blocked storage do not stop it."""

import pytest
from chat_double import RunningDouble
from chat_page import Chat
from playwright.sync_api import BrowserContext, Page, expect

pytestmark = pytest.mark.browser
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script> javascript:alert(1) \' OR 1=1 --'
STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; require-trusted-types-for 'script'"
)


def test_hostile_text_from_either_side_stays_text(chat: Chat) -> None:
    chat.double.faults.silent = True
    chat.start().say(HOSTILE)
    expect(chat.own).to_contain_text("onerror")
    evil = [
        {"text": HOSTILE, "payload": "", "url": "javascript:window.pwned=1"},
        {"text": HOSTILE, "payload": "", "url": None},
    ]
    chat.push("operator", HOSTILE, name=HOSTILE, buttons=evil)
    chat.push("system", 'https://bank.example/"onmouseover="window.pwned=1')
    expect(chat.at(".system .bubble")).to_be_visible()
    chat.at(".system a").hover()
    assert chat.at("img").count() + chat.at("script").count() + chat.at("[href^='javascript']").count() == 0
    assert chat.page.evaluate("window.pwned") is None


def test_addresses_phones_and_mail_become_safe_links(chat: Chat) -> None:
    chat.start().push(
        "bot",
        "Сайт https://bank.example/a?b=1, почта help@bank.example. Тел. 8 800 555-35-35 или +7 (495) 123-45-67, "
        "карта 4276 0000 0000 4417, счёт 40817810099910004312",
    )
    links = chat.at(".bubble a")
    expect(links).to_have_count(4)
    wanted = ["https://bank.example/a?b=1", "mailto:help@bank.example", "tel:88005553535", "tel:+74951234567"]
    assert [link.get_attribute("href") for link in links.all()] == wanted
    assert {link.get_attribute("rel") for link in links.all()} == {"noopener noreferrer"}


def test_a_text_over_the_limit_is_kept_whole_but_not_sent(chat: Chat) -> None:
    chat.start().say("я" * 10_000)
    expect(chat.at(".counter")).to_have_text("Лишних знаков: 6000")
    expect(chat.at(".send")).to_be_disabled()
    assert len(chat.at("textarea").input_value()) == 10_000
    with chat.page.expect_response("**/chat/v1/messages"):
        chat.say("я" * 4_000)
    expect(chat.own).to_have_count(1)
    assert [len(attempt["text"]) for attempt in chat.double.attempts] == [4_000]


def test_blocked_storage_does_not_stop_the_chat(context: BrowserContext, server: RunningDouble) -> None:
    context.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage'])"
        " Object.defineProperty(window, name, { get() { throw new DOMException('blocked', 'SecurityError'); } });"
    )
    chat = Chat(context, server, "").start()
    chat.say("в приватном окне")
    chat.wait_for_answer()
    assert chat.double.received == ["в приватном окне"]


def test_the_chat_works_on_another_site_and_without_https(page: Page, server: RunningDouble) -> None:
    page.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });"
        " Object.defineProperty(Crypto.prototype, 'randomUUID', { value: undefined });"
    )
    page.goto(f"http://localhost:{server.port}/demo.css")  # any page: its address is not the chat's 127.0.0.1
    page.add_script_tag(url=f"{server.url}/widget.js?v=2")
    page.locator("#otklik .launcher").click()
    page.locator("#otklik textarea").fill("с другого сайта")
    page.keyboard.press("Enter")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("Это помогло")
    assert server.double.received == ["с другого сайта"]


def strict_page(page: Page, server: RunningDouble, policy: str) -> list[str]:
    """A page with the chat under a content policy; what the console complains of arrives in the list."""
    html = '<!doctype html><title>Bank</title><body><script src="/widget.js" data-explain="true" async></script>'
    headers = {"Content-Security-Policy": policy}
    page.route("**/strict", lambda route: route.fulfill(body=html, content_type="text/html", headers=headers))
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(f"{server.url}/strict")
    page.locator("#otklik .launcher").click()
    return problems


def test_a_strict_content_policy_does_not_stop_the_chat(page: Page, server: RunningDouble) -> None:
    problems = strict_page(page, server, STRICT)
    page.locator("#otklik textarea").fill("строгая политика")
    page.keyboard.press("Enter")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("Это помогло")
    expect(page.locator("#otklik .card")).to_contain_text("94%")
    assert page.locator("#otklik .launcher").evaluate("node => node.offsetWidth") == 56
    assert [problem for problem in problems if "favicon" not in problem] == []


def test_a_policy_that_forbids_the_style_sheet_leaves_a_plain_chat(page: Page, server: RunningDouble) -> None:
    strict_page(page, server, STRICT.replace("style-src 'self'; ", ""))
    page.locator("#otklik textarea").fill("без стилей")
    page.keyboard.press("Enter")
    expect(page.locator("#otklik .bot .bubble").last).to_contain_text("Это помогло")
    page.keyboard.press("Escape")
    expect(page.locator("#otklik .panel")).to_be_hidden()
    expect(page.locator("#otklik .launcher")).to_be_in_viewport()
