"""Answering a client: taking the conversation, the box, ready replies, notes and files."""

from collections.abc import Callable
from time import monotonic
from typing import Concatenate, ParamSpec
from uuid import uuid4

from nicegui import ui
from nicegui.events import UploadEventArguments

from service import desk, suggesting
from service.console.components.composer import attach
from service.console.components.once import once_at_a_time
from service.console.inbox import asking
from service.console.inbox.moving import Moving
from service.console.place import ME
from service.domain.conversations import ConversationState
from service.domain.presence import PresenceState
from service.domain.staff import StaffMember
from service.domain.suggestions import Offer
from service.office import Office
from service.shifts import presence

P = ParamSpec("P")
Act = Callable[Concatenate[int, StaffMember, Office, P], object]
"""What may be done with a conversation: its number, who does it, the office, and what the act needs besides."""


class Answering(Moving):
    """One operator's open inbox, with what is said to the client and to colleagues."""

    async def act(self, work: Act[P], *args: P.args, **more: P.kwargs) -> bool:
        """Do `work(conversation, ME, office, ...)` and show what came of it; whether it was done."""
        if self.selected is None:
            return False
        done = await self.place.do(work, self.selected, ME, self.place.office, *args, **more)
        await self.refresh_conversation()
        return done is not None

    def tell(self, key: str) -> None:
        """Have it said to those who listen to the page."""
        self.keys.say(self.place.say(f"told.{key}"))

    @once_at_a_time
    async def take(self) -> None:
        """Take the open conversation; with none open, open the first one. One's own: to the box."""
        if self.opened is None:
            await self.step(1)
        elif self.is_mine:
            self.composer.focus()
        elif self.opened.conversation.state is ConversationState.QUEUED and await self.act(desk.take):
            await self.be_there()
            self.tell("taken")
            self.composer.focus()

    async def _hold(self) -> bool:
        """Have it: taken with the first reply when it still waits."""
        opened = self.opened
        if opened is None or opened.conversation.id != self.selected:
            return False  # another one is being opened: nothing is sent into either
        waits = opened.conversation.state is ConversationState.QUEUED
        if not self.is_mine and waits and await self.act(desk.take):
            await self.be_there()
        return self.is_mine

    async def be_there(self) -> None:
        """Whoever takes a conversation is at work, though they forgot to say so: it would go back to the queue."""
        if self.panes.presence_state is PresenceState.OFFLINE:
            found = await self.place.do(presence.set_presence, ME, self.place.office, PresenceState.ONLINE)
            if found is not None:
                self.panes.show_presence(found.state)
                ui.notify(self.place.say("presence.back"), type="info", position="top")

    async def send(self, text: str) -> bool:
        """Reply to the client; a changed suggestion is sent as such."""
        offer, rank, key = (self.opened.offer if self.opened else None), self.composer.edited_rank, uuid4().hex
        chosen, seconds, attached = self.selected, self._seconds(), tuple(self._files)
        if chosen is None or not await self._hold():
            return False
        if offer is not None and rank is not None and not offer.stale and not attached:
            done = await self.place.do(
                suggesting.edit, offer.id, rank, text, ME, self.place.office, key=key, seconds=seconds
            )
        else:
            done = await self.place.do(
                desk.reply, chosen, ME, self.place.office, key=key, text=text, attached=attached
            )  # fmt: skip
        await self.refresh_conversation()
        if done is not None:
            self._files = []
            self.tell("sent")
        return done is not None

    async def keep_note(self, text: str) -> bool:
        """A note for colleagues."""
        return await self.act(desk.note, key=uuid4().hex, text=text)

    def tell_typing(self, on: bool) -> None:
        """The client sees that somebody is writing."""
        if self.is_mine and self.selected is not None:
            self.place.office.typing.set(self.selected, "operator", on)

    async def upload(self, event: UploadEventArguments) -> None:
        """Keep a file for the next reply."""
        if self.selected is not None and await self._hold():
            key = await attach(self.place, self.selected)(event)
            if key is not None:
                self._files.append(key)
                ui.notify(self.place.say("composer.attached", name=event.file.name), type="positive", position="top")

    # --- suggestions --------------------------------------------------------------------------------------------

    def choose(self, rank: int, offer: int = 0) -> None:
        """The one that E and R are about."""
        if self._shown_offer(rank, offer) is not None:
            self._chosen = rank
            self.suggestions.show(self.opened.offer if self.opened else None, chosen=rank, active=self.may_speak)

    def choose_next(self, by: int, offer: int = 0) -> None:
        """The next or the previous one that was not rejected."""
        shown = self.opened.offer if self.opened else None
        ranks = [each.rank for each in shown.suggestions if not each.rejected] if shown is not None else []
        if ranks:
            at = ranks.index(self._chosen) + by if self._chosen in ranks else 0
            self.choose(ranks[max(0, min(at, len(ranks) - 1))], offer)

    def _shown_offer(self, rank: int, shown: int) -> Offer | None:
        """The offer when it is the one that was on the screen, still holds, and has this rank."""
        opened = self.opened
        if opened is None or opened.conversation.id != self.selected or opened.offer is None or opened.offer.stale:
            return None
        if shown and shown != opened.offer.id:
            ui.notify(self.place.say("suggestions.changed"), type="info", position="top")
            return None
        return (
            opened.offer if any(each.rank == rank and not each.rejected for each in opened.offer.suggestions) else None
        )

    async def accept_by_key(self, rank: int, shown: int) -> None:
        """The same by a number; what the bot has said is not said again by a slip of the finger."""
        offer = self._shown_offer(rank, shown)
        if offer is not None and any(each.rank == rank and each.sent for each in offer.suggestions):
            ui.notify(self.place.say("suggestions.again"), type="info", position="top")
        else:
            await self.accept(rank, shown)

    @once_at_a_time
    async def accept(self, rank: int, shown: int = 0) -> None:
        """Send a suggestion as it is."""
        offer = self._shown_offer(rank, shown)
        seconds = self._seconds()
        if offer is None or not await self._hold():
            return
        key = f"accept-{offer.id}-{rank}"
        done = await self.place.do(suggesting.accept, offer.id, rank, ME, self.place.office, key=key, seconds=seconds)
        await self.refresh_conversation()
        if done is not None:
            self.tell("sent")

    async def edit(self, rank: int | None = None, shown: int = 0) -> None:
        """Put a suggestion into the box."""
        chosen = rank or self._chosen
        offer = self._shown_offer(chosen, shown)
        if offer is not None and self.may_speak:
            if rank is not None:  # by its button
                self.composer.focus()
            self.composer.put(next(each.text for each in offer.suggestions if each.rank == chosen), chosen)

    @once_at_a_time
    async def reject(self, rank: int | None = None, shown: int = 0) -> None:
        """Say why a suggestion is no good; the next one is chosen then."""
        chosen = rank or self._chosen
        offer = self._shown_offer(chosen, shown)
        if offer is None or (answer := await asking.ask_reason(self)) is None:
            return
        reason, comment = answer
        await self.place.do(
            suggesting.reject, offer.id, chosen, reason, ME, self.place.office, comment=comment or None,
            seconds=self._seconds(),
        )  # fmt: skip
        left = [each.rank for each in offer.suggestions if each.rank != chosen and not each.rejected]
        self._chosen = left[0] if left else chosen
        await self.refresh_conversation()

    def _seconds(self) -> float:
        return monotonic() - self._seen_offer[1]

    async def search(self) -> None:
        """Search ready replies."""
        if self.selected is not None:
            self.composer.search()

    async def note(self) -> None:
        """Write a note."""
        if self.selected is not None:
            self.composer.start_note()
