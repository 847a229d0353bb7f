"""Greetings before a question, and several questions in one message."""

import re
from dataclasses import dataclass
from typing import Final

PARTS_LIMIT: Final = 5
"""Questions of one message that are told apart; the rest stays with the last."""

_RU_GREETING: Final = (
    r"здрав?ствуй(?:те)?|здра(?:сь|с)?те|здоров[оа]|приветств\w{2,4}|привет(?:ик|ики|ствую|ос)?|прив|хай|"
    r"добр(?:ый|ого|ое|ой) ?(?:вечер(?:а|ок)?|день?|дня|денёк|денек|утр[оа]|ночи|времени суток)|доброго времени|"
    r"хеллоу?|салют|вечер добрый|день добрый|утро доброе|приветули|алло|ало|салам алейкум|салам|дд"
)
_EN_GREETING: Final = (
    r"hi(?: there)?|hello(?: there)?|hey(?: there)?|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|"
    r"morning|dear (?:sirs?(?: (?:or|and) madam)?|support(?: team)?|team|bank)"
)
_ADDRESS: Final = (
    r"(?:,? (?:уважаем\w{2,4}|дорогие|друзья|девушка|ребята|коллеги|бот|оператор|поддержка|банк|сотрудники|"
    r"служба поддержки|всем|вам|team|guys|everyone|all|support|bot|folks))"
)
_GREETING = re.compile(
    rf"\A[\W_]{{0,4}}(?P<greeting>(?:{_RU_GREETING}|{_EN_GREETING})\b{_ADDRESS}{{0,2}})(?:[\s,.!:;)(—–-]{{1,8}}|\Z)",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"(?:а |и )?(?:как (?:дела|ты|вы|жизнь|поживаешь|поживаете|настроение|сам)|что нового|чё как|че как|"
    r"how (?:are (?:you|u|things)|is everything|have you been|you doing|do you do)|how'?s (?:it|life|everything)|"
    r"are you (?:doing )?(?:ok|okay|alright|well)|what'?s (?:up|new)|sup|nice to meet you)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_CYRILLIC = re.compile(r"[А-яЁё]")

# What opens one more question without waiting for a mark.
_ONE_MORE: Final = (
    r"(?:и|а) (?:ещё|еще)|ещё вопрос|еще вопрос|(?:и )?второй вопрос|(?:и |а )?также (?:подскажите|скажите|как)|"
    r"and also|also,? (?:can|could|how|what|why|when|where|is|do|does|will)|another question|second question|"
    r"и (?:как|сколько|где|когда|почему|какая|какой|какие|можно ли)|and (?:how|what|why|when|where)"
)
_BREAK = re.compile(
    r"(?<=[?!])[\s)]+|(?<=[^\W\d_][^\W\d_]\.)\s+(?=[^\W\d_])|\n+|;\s|(?:^|(?<=\s))(?:[1-9][.)]|[-–—•*])\s"
    rf"|[,.]?\s+(?=(?:{_ONE_MORE})\s)",
    re.IGNORECASE,
)
_OPENS = re.compile(rf"(?:{_ONE_MORE})\s", re.IGNORECASE)
_CONNECTIVE = re.compile(
    r"\A(?:(?:и|а) (?:ещё|еще)|также|ещё вопрос|еще вопрос|(?:и )?второй вопрос|and also|also|another question|"
    r"second question|и|а|and)\b[\s,:–—-]*",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\W*(?:(?:а|и|скажите|подскажите|скажи|пожалуйста|можете|сказать|хочу|хотел|бы|узнать|интересует|ещё|еще|также|"
    r"вопрос)[\s,:]+){0,4}(?:как|где|когда|почему|зачем|сколько|какой|какая|какие|какую|каков\w|куда|откуда|кто|чем|"
    r"можно|могу|нужно ли|надо ли|есть ли|how|what|why|when|where|who|which|can|could|do|does|is|are|will)\b",
    re.IGNORECASE,
)
# Words that point back: a question with one of these leans on what was said before it.
_POINTS_BACK = re.compile(
    r"\b(?:это|этого|этому|этим|этой|эту|этот|она|он|оно|её|ее|его|ей|ему|них|их|тогда|там|туда|такое|такая|"
    r"it|this|that|these|those|they|them|then|there|its|so|one)\b",
    re.IGNORECASE,
)
_EMPTY_WORDS: Final = """
    как где когда почему зачем сколько какой какая какие какую каков куда откуда кто что чем чего можно могу можете
    нужно надо ли бы я мне меня мой моя моё мое мои мою моей моего вы вас вам ваш у с в на и а но или не нет за из
    от до по для это то же так там тут уже еще ещё если чтобы пожалуйста подскажите скажите здравствуйте спасибо
    есть быть был была будет хочу сделать делать узнать вопрос очень просто вообще теперь порядок действий решение
    реально настроить ответить внятно столько именно сразу нормально дальше деньги банк банка ваша ваши ваше такое
    опять случилось the a an i to my is it in of and for on you do can have what how why where when with not me this
    that be are was if from at your there has will would could did does am we they been by or so but as get need
    want please help should tell know make which who going happen happened something wrong thing time reason problem
    money bank just still any some don't can't i'm it's what's also
"""
_EMPTY: Final = frozenset(_EMPTY_WORDS.split())
_ENOUGH_CONTENT: Final = 2
_PIECES_LIMIT: Final = 30
"""A message of more sentences is a letter, not a list of questions."""
_SAME_TOPIC: Final = 0.5


def split_greeting(text: str) -> tuple[str | None, str]:
    """The greeting a message opens with, and the rest; the whole text comes back when nothing but small talk follows.

    "Добрый день! Как закрыть вклад?" -> ("Добрый день", "Как закрыть вклад?"); "привет" -> ("привет", "привет").
    """
    match = _GREETING.match(text)
    if match is None:
        return None, text
    greeting, rest = match["greeting"], text[match.end() :]
    again = _GREETING.match(rest)
    if again is not None:
        rest = rest[again.end() :]
    words = _WORD.findall(rest)
    enough = sum(map(len, words)) >= 5 and (len(words) >= 3 or _CYRILLIC.search(rest) is not None)
    return (greeting, rest) if enough and not _SMALL_TALK.match(rest) else (greeting, text)


def split_questions(text: str) -> tuple[str, ...]:
    """The questions of a message, in order; one element when there is one, or none.

    A part stands alone only if it asks something by itself: it ends with a question mark or opens with "and also how",
    has at least two content words and no word that points back, and is about something else than its neighbour. What
    tells a story stays with the question after it. Total; the parts are pieces of `text`.
    """
    pieces = [piece.strip() for piece in _BREAK.split(text) if piece and piece.strip()]
    if not 2 <= len(pieces) <= _PIECES_LIMIT:
        return (text.strip(),)
    questions: list[_Part] = []
    lead = ""
    for piece in pieces:
        part = _Part.of(piece)
        if not part.asks and not (not questions and _ASKS.match(piece)):
            lead = f"{lead} {piece}".strip()
        elif questions and (len(questions) == PARTS_LIMIT or part.leans_on(questions[-1])):
            questions[-1] = _Part.of(f"{questions[-1].text} {lead} {piece}".replace("  ", " "), asks=True)
            lead = ""
        else:
            questions.append(_Part.of(f"{lead} {piece}".strip(), asks=True))
            lead = ""
    if len(questions) < 2:
        return (text.strip(),)
    texts = [_CONNECTIVE.sub("", part.text) or part.text for part in questions]
    return (*texts[:-1], f"{texts[-1]} {lead}".strip())


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    content: frozenset[str]
    asks: bool
    points_back: bool

    @classmethod
    def of(cls, text: str, asks: bool | None = None) -> "_Part":
        words = [word.lower() for word in _WORD.findall(text)]
        content = frozenset(word[:5] for word in words if len(word) > 2 and word not in _EMPTY)
        if asks is None:
            asks = "?" in text[-3:] or (_OPENS.match(text) is not None and _ASKS.match(text) is not None)
        return cls(text, content, asks, _POINTS_BACK.search(text) is not None)

    def leans_on(self, before: "_Part") -> bool:
        if self.points_back or len(self.content) < _ENOUGH_CONTENT or len(before.content) < _ENOUGH_CONTENT:
            return True
        return len(self.content & before.content) >= _SAME_TOPIC * min(len(self.content), len(before.content))
