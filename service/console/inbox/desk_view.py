"""What is done in the inbox: each key and button ends in one of these."""

from collections.abc import Callable
from time import monotonic
from uuid import uuid4

from nicegui import ui
from nicegui.events import UploadEventArguments

from service import desk, suggesting
from service.console.components.composer import Composer, attach
from service.console.components.inbox_list import InboxList
from service.console.components.once import once_at_a_time
from service.console.components.suggestions import Suggestions
from service.console.components.timeline import Timeline
from service.console.inbox import asking, asking_more
from service.console.inbox.layout import build_panes
from service.console.inbox.showing import Showing
from service.console.place import ME
from service.domain.conversations import ConversationState
from service.domain.presence import PresenceState
from service.domain.suggestions import Offer
from service.shifts import presence


class DeskView(Showing):
    """One operator's open inbox, with everything that can be done in it."""

    def build(self) -> None:
        """Put the panes on the page."""
        self.panes = build_panes(self)
        with self.panes.list:
            self.list = InboxList(
                self.place, on_open=self.open, on_more=self.more, on_sound=lambda on: self.panes.show_sound(on)
            )
        with self.panes.story:
            self.story = Timeline(self.place, on_earlier=self.earlier, on_correct=self.correct)
        with self.panes.composer:
            self.composer = Composer(
                self.place, on_send=self.send, on_note=self.keep_note, on_typing=self.tell_typing,
                on_upload=self.upload, on_leave=self.list_again,
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
        return done is not None

    def tell(self, key: str) -> None:
        """Have it said to those who listen to the page."""
        self.keys.say(self.place.say(f"told.{key}"))

    async def list_again(self) -> None:
        """From the box back to the list."""
        self.list.focus()

    @once_at_a_time
    async def take(self) -> None:
        """Take the open conversation; with none open, open the first one. One's own: to the box."""
        if self.opened is None:
            await self.step(1)
        elif self.is_mine:
            self.composer.focus()
        elif self.opened.conversation.state is ConversationState.QUEUED and await self.act(desk.take):
            self.tell("taken")
            self.composer.focus()

    async def _hold(self) -> bool:
        """Have it: taken with the first reply when it still waits."""
        opened = self.opened
        if opened is None or opened.conversation.id != self.selected:
            return False  # another one is being opened: nothing is sent into either
        if not self.is_mine and opened.conversation.state is ConversationState.QUEUED:
            await self.act(desk.take)
        return self.is_mine

    async def send(self, text: str) -> bool:
        """Reply to the client; a changed suggestion is sent as such."""
        offer, rank, key = (self.opened.offer if self.opened else None), self.composer.edited_rank, uuid4().hex
        chosen, seconds, attached = self.selected, self._seconds(), tuple(self._files)
        if not await self._hold():
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

    @once_at_a_time
    async def transfer(self) -> None:
        """Pass it to a department or a person."""
        if self.opened is None or (answer := await asking.ask_target(self)) is None:
            return
        if await self.act(desk.transfer, **answer):
            self.tell("transferred")

    @once_at_a_time
    async def return_to_bot(self) -> None:
        """Give it back to the bot."""
        if self.is_mine and await self.act(desk.return_to_bot):
            self.tell("returned_to_bot")

    @once_at_a_time
    async def snooze(self) -> None:
        """Hide it until a time, or wake it."""
        if self.opened is None:
            return
        if self.opened.conversation.snoozed_until is not None:
            await self.act(desk.wake)
        elif (until := await asking.ask_time(self, self._zone)) is not None:
            await self.act(desk.snooze, until=until)

    @once_at_a_time
    async def tag(self) -> None:
        """Add or remove a tag."""
        if self.opened is not None and (tag := await asking_more.ask_tag(self)):
            change = desk.remove_tag if tag in self.opened.card.tags else desk.add_tag
            await self.act(lambda number, staff, office: change(number, tag, staff, office))

    @once_at_a_time
    async def merge(self) -> None:
        """Say that another conversation is with the same client."""
        if self.opened is not None and (answer := await asking_more.ask_other(self)) is not None:
            other, reason = answer
            if await self.act(lambda here, me, office: desk.merge_clients(here, other, me, office, reason=reason)):
                self.tell("merged")

    @once_at_a_time
    async def verify(self) -> None:
        """Let the bot ask the client who they are, while one goes on talking with them."""
        if self.is_mine and await self.act(desk.ask_to_verify):
            self.tell("verification_asked")

    @once_at_a_time
    async def end_link(self) -> None:
        """This chat is not linked to a client of the bank any more."""
        if await self.act(desk.unlink):
            self.tell("unlinked")

    async def separate(self, merge_id: int) -> None:
        """Take the joining of two clients back."""
        await self.place.do(desk.undo_merge, merge_id, ME, self.place.office)
        await self.refresh_conversation()

    @once_at_a_time
    async def close(self) -> None:
        """Close the request and go on with the next one."""
        if self.opened is None or (answer := await asking.ask_resolution(self)) is None:
            return
        ids = [each.conversation_id for each in self.entries]
        at = ids.index(self.selected) if self.selected in ids else -1
        following = next((each for each in (*ids[at + 1 :], *ids[: max(at, 0)])), None)
        resolution, comment = answer
        if await self.act(desk.close, resolution=resolution, comment=comment):
            self.tell("closed")
            if following is not None:
                await self.open(following)
            self.list.focus()

    @once_at_a_time
    async def reopen(self) -> None:
        """Take up a closed one again, or one that the bot leads."""
        state = self.opened.conversation.state if self.opened else None
        if state in (ConversationState.CLOSED, ConversationState.BOT) and await self.act(desk.reopen):
            self.tell("reopened")
            self.composer.focus()

    async def correct(self, conversation_id: int, seq: int) -> None:
        """Say what a client's message was really about."""
        answer = await asking_more.ask_intents(self)
        if answer is not None:
            work = desk.correct_intent if answer else desk.undo_correction
            args = (answer,) if answer else ()
            await self.place.do(work, conversation_id, seq, *args, ME, self.place.office)
            await self.refresh_all()

    @once_at_a_time
    async def correct_last(self) -> None:
        """The same for the client's last message."""
        items = self.opened.story.items if self.opened else ()
        for item in reversed(items):
            if item.message is not None and item.understood is not None:
                await self.correct(item.conversation_id, item.message.seq)
                return

    async def focus_filter(self) -> None:
        """To the filters, opened."""
        self.panes.filter.run_method("focus")
        self.panes.filter.run_method("showPopup")

    @once_at_a_time
    async def choose_presence(self) -> None:
        """Online, busy, break, offline."""
        state = await asking.ask_presence(self)
        if state is not None:
            found = await self.place.do(presence.set_presence, ME, self.place.office, PresenceState(state))
            if found is not None:
                self.panes.show_presence(found.state)
