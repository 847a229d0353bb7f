"""Does the client agree to what they were asked? Only a plain yes or no counts; anything else is another matter."""

import re

_WORD = re.compile(r"\w+")
_YES = {
    "да", "ага", "угу", "конечно", "подтверждаю", "верно", "ок", "окей", "хорошо", "давай", "давайте", "согласен",
    "согласна", "блокируй", "блокируйте", "заблокируй", "заблокируйте", "заблокировать", "отправь", "отправьте",
    "присылайте", "yes", "yep", "yeah", "ok", "okay", "sure", "confirm", "confirmed", "block", "send",
}  # fmt: skip
_NO = {"нет", "неа", "передумал", "передумала", "отбой", "no", "nope", "cancel"}
_NOT = {"не", "not", "don", "dont"}
_NEED = {"надо", "нужно", "нада", "хочу", "стоит", "need", "want"}
_FILLERS = {
    "пожалуйста", "ее", "её", "его", "карту", "эту", "все", "всё", "их", "скорее", "срочно", "быстрее", "да", "t", "it",
    "please", "the", "card", "them", "all", "now", "go", "ahead", "уже", "я", "i", "do",
}  # fmt: skip
MOST_WORDS = 5


def read_consent(text: str) -> bool | None:
    """True for «да, блокируйте», False for «нет, не надо», None for anything else."""
    words = _WORD.findall(text.casefold())
    if not words or len(words) > MOST_WORDS:
        return None
    content = {word for word in words if word not in _FILLERS - _YES}
    if not content or not content <= _YES | _NO | _NOT | _NEED:
        return None
    if content & (_NO | _NOT):
        return False
    return True if content <= _YES else None
