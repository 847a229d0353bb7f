"""What every way of sending e-mail has in common."""

from typing import Protocol

from service.domain.letters import Letter


class NotNow(Exception):
    """The server can't be reached or asks to come later: the letter is kept and tried again."""


class Refused(Exception):
    """The server won't take this letter, whatever is done."""


class Postman(Protocol):
    """Hands a letter over to somebody who delivers it."""

    def send(self, letter: Letter) -> None:
        """Done when this returns; raises NotNow or Refused. A letter may come twice, with the same `once`."""
        ...
