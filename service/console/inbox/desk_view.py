"""What is done in the inbox: each key and button ends in one of these."""

from collections.abc import Callable
from time import monotonic
from uuid import uuid4

from nicegui import ui
from nicegui.events import UploadEventArguments

from service import desk, suggesting
from service.console.components.composer import Composer, attach
from service.console.components.inbox_list import InboxList
from service.console.components.suggestions import Suggestions
from service.console.components.timeline import Timeline
from service.console.inbox import asking
from service.console.inbox.layout import build_panes
from service.console.inbox.showing import Showing
from service.console.place import ME
from service.domain.conversations import ConversationState
from service.domain.presence import PresenceState
from service.shifts import presence

STATES = (PresenceState.ONLINE, PresenceState.BUSY, PresenceState.BREAK, PresenceState.OFFLINE)


class DeskView(Showing):
    """One operator's open inbox, with everything that can be done in it."""

    def build(self) -> None:
        """Put the panes on the page."""
        self.panes = build_panes(self)
        with self.panes.list:
            self.list = InboxList(self.place, on_open=self.open, on_more=self.more)
        with self.panes.story:
            self.story = Timeline(self.place, on_earlier=self.earlier, on_correct=self.correct)
        with self.panes.composer:
            self.composer = Composer(
                self.place, on_send=self.send, on_note=self.keep_note, on_typing=self.tell_typing,
                on_upload=self.upload,
            )  # fmt: skip
        with self.panes.suggestions:
            self.suggestions = Suggestions(
                self.place, on_choose=self.choose, on_accept=self.accept, on_edit=self.edit, on_reject=self.reject
            )
        self.show_nothing()

    async def act(self, work: Callable[..., object], *args: object, **more: object) -> bool:
        """Do `work(conversation, ME, office, ...)` and show what came of it; whether it was done."""
        if self.selected is None:
            return False
        done = await self.place.do(work, self.selected, ME, self.place.office, *args, **more)
        await self.refresh_conversation()
        await self.refresh_list()
        return done is not None

    async def take(self) -> None:
        """Take the open conversation."""
        if self.opened is not None and not self.is_mine and await self.act(desk.take):
            self.composer.focus()

    async def _hold(self) -> bool:
        """Have it: taken with the first reply when it still waits."""
        if not self.is_mine and self.opened is not None and self.opened.conversation.state is ConversationState.QUEUED:
            await self.act(desk.take)
        return self.is_mine

    async def send(self, text: str) -> bool:
        """Reply to the client; a changed suggestion is sent as such."""
        if not await self._hold() or self.opened is None:
            return False
        offer, rank, key = self.opened.offer, self.composer.edited_rank, uuid4().hex
        if offer is not None and rank is not None and not offer.stale and not self._files:
            done = await self.place.do(
                suggesting.edit, offer.id, rank, text, ME, self.place.office, key=key, seconds=self._seconds()
            )
        else:
            attached = tuple(self._files)
            done = await self.place.do(
                desk.reply, self.selected, ME, self.place.office, key=key, text=text, attached=attached
            )
        await self.refresh_conversation()
        if done is not None:
            self._files = []
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

    def choose(self, rank: int) -> None:
        """The one that E and R are about."""
        self._chosen = rank
        self.suggestions.show(self.opened.offer if self.opened else None, chosen=rank, active=self.may_speak)

    async def accept(self, rank: int) -> None:
        """Send a suggestion as it is."""
        offer = self.opened.offer if self.opened else None
        if offer is None or offer.stale or not any(each.rank == rank for each in offer.suggestions):
            return
        seconds = self._seconds()
        if not await self._hold():
            return
        key = f"accept-{offer.id}-{rank}"
        await self.place.do(suggesting.accept, offer.id, rank, ME, self.place.office, key=key, seconds=seconds)
        await self.refresh_conversation()

    async def edit(self, rank: int | None = None) -> None:
        """Put a suggestion into the box."""
        chosen = rank or self._chosen
        offer = self.opened.offer if self.opened else None
        text = next((each.text for each in offer.suggestions if each.rank == chosen), None) if offer else None
        if text is not None and self.may_speak:
            self.composer.put(text, chosen)

    async def reject(self, rank: int | None = None) -> None:
        """Say why a suggestion is no good."""
        chosen = rank or self._chosen
        offer = self.opened.offer if self.opened else None
        if offer is None or offer.stale or not any(each.rank == chosen for each in offer.suggestions):
            return
        answer = await asking.ask_reason(self)
        if answer is not None:
            reason, comment = answer
            await self.place.do(
                suggesting.reject, offer.id, chosen, reason, ME, self.place.office, comment=comment or None,
                seconds=self._seconds(),
            )  # fmt: skip
            await self.refresh_conversation()

    def _seconds(self) -> float:
        return monotonic() - self._seen_offer[1]

    async def write(self) -> None:
        """To the box."""
        self.composer.focus()

    async def search(self) -> None:
        """Search ready replies."""
        if self.selected is not None:
            self.composer.search()

    async def note(self) -> None:
        """Write a note."""
        if self.selected is not None:
            self.composer.start_note()

    # --- the conversation's fate --------------------------------------------------------------------------------

    async def transfer(self) -> None:
        """Pass it to a department or a person."""
        if self.opened is not None and (answer := await asking.ask_target(self)) is not None:
            await self.act(desk.transfer, **answer)

    async def return_to_bot(self) -> None:
        """Give it back to the bot."""
        if self.is_mine:
            await self.act(desk.return_to_bot)

    async def snooze(self) -> None:
        """Hide it until a time, or wake it."""
        if self.opened is None:
            return
        if self.opened.conversation.snoozed_until is not None:
            await self.act(desk.wake)
        elif (until := await asking.ask_time(self, self._zone)) is not None:
            await self.act(desk.snooze, until=until)

    async def tag(self) -> None:
        """Add or remove a tag."""
        if self.opened is not None and (tag := await asking.ask_tag(self)):
            await self.act(desk.remove_tag if tag in self.opened.card.tags else desk.add_tag, tag)

    async def close(self) -> None:
        """Close the request."""
        if self.opened is not None and (answer := await asking.ask_resolution(self)) is not None:
            resolution, comment = answer
            if await self.act(desk.close, resolution=resolution, comment=comment):
                await self.step(1)

    async def reopen(self) -> None:
        """Take up a closed one again."""
        await self.act(desk.reopen)

    async def correct(self, conversation_id: int, seq: int) -> None:
        """Say what a client's message was really about."""
        answer = await asking.ask_intents(self)
        if answer is not None:
            work = desk.correct_intent if answer else desk.undo_correction
            args = (answer,) if answer else ()
            await self.place.do(work, conversation_id, seq, *args, ME, self.place.office)
            await self.refresh_conversation()

    async def correct_last(self) -> None:
        """The same for the client's last message."""
        items = self.opened.story.items if self.opened else ()
        for item in reversed(items):
            if item.message is not None and item.understood is not None:
                await self.correct(item.conversation_id, item.message.seq)
                return

    async def next_presence(self) -> None:
        """Online, busy, break, offline, and round again."""
        now = self.panes.presence_state
        state = STATES[(STATES.index(now) + 1) % len(STATES)] if now in STATES else PresenceState.ONLINE
        await self.set_presence(state)

    async def set_presence(self, state: PresenceState) -> None:
        """Say what I am doing."""
        found = await self.place.do(presence.set_presence, ME, self.place.office, state)
        if found is not None:
            self.panes.show_presence(found.state)
