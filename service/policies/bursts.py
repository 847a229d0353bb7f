"""Should we wait for more before answering? People send one thought as several short messages."""

from datetime import datetime

from service.domain.conversations import ConversationView
from service.domain.intents import Does, Rules
from service.domain.understanding import Understanding

SHORT_WORDS = 4
OPEN_ENDINGS = (",", ":", "...", "…", " -", " —")
LONGEST_WAIT_BURSTS = 3


def seconds_to_wait(
    text: str, understanding: Understanding, conversation: ConversationView, rules: Rules, now: datetime
) -> float:
    """Seconds to keep quiet after this message; 0 to answer now.

    A message waits when it is only a greeting, when it breaks off (a trailing comma, colon or ellipsis), or when it
    is short, asks nothing and was not understood with confidence. A client is never kept longer than three windows.
    """
    if rules.burst_seconds <= 0:
        return 0.0
    waited = (now - conversation.waiting_since).total_seconds() if conversation.waiting_since else 0.0
    left = LONGEST_WAIT_BURSTS * rules.burst_seconds - waited
    if left <= 0 or not _reads_unfinished(text.rstrip(), understanding, rules):
        return 0.0
    return min(rules.burst_seconds, left)


def _reads_unfinished(text: str, understanding: Understanding, rules: Rules) -> bool:
    if text.endswith(("?", "!")):
        return _is_greeting_only(understanding, rules)
    if text.endswith(OPEN_ENDINGS) or _is_greeting_only(understanding, rules):
        return True
    return understanding.words <= SHORT_WORDS and not understanding.automatic and not text.endswith(".")


def _is_greeting_only(understanding: Understanding, rules: Rules) -> bool:
    rule = rules.rule(understanding.intent)
    return bool(understanding.automatic and rule and rule.does is Does.SOCIAL and rule.id == "greeting")
