"""Messages to coordinators about their announcements."""

from datetime import datetime
from html import escape

from db.programmes import MAX_ANNOUNCEMENT_LENGTH, Programme
from quizbot.programmes.announcements import MOST, Outlook, SentAnnouncement
from quizbot.quiz.asking.question_days import local_date
from quizbot.telegram.messages.markup import Button, Message, message, shortened
from quizbot.telegram.messages.notes import announcement_text, next_season
from quizbot.telegram.messages.programme import past_members_invited, programme_button
from quizbot.telegram.messages.words import Words

_SHOWN = 60  # characters of a text in the list
_LISTED = 3


def overview(
    w: Words, programme: Programme, found: Outlook, now: datetime, *, is_sent: bool = False
) -> Message:
    """After the button for messages to members, and after one was sent."""
    may_send = may_write(found)
    return message(
        w._("✅ It's on its way.") if is_sent else w._("📢 Messages to members"),
        "\n\n".join(
            f"{escape(shortened(' '.join(each.announcement.text.split()), _SHOWN))}\n"
            f"{w.full_date(local_date(each.announcement.created_at, programme.timezone))}: "
            f"{progress(w, each)}"
            for each in found.latest[:_LISTED]
        ),
        limit(w, programme, found),
        w._("To write one, just send me the text. You'll see a preview first.")
        if may_send and not is_sent
        else "",
        rows=[
            *([[Button(w._("✍️ Write a message"), f"write:{programme.id}")]] if may_send else []),
            [
                Button(w._("🔄 Update"), f"messages:{programme.id}"),
                programme_button(w, programme.id),
            ],
        ],
    )


def may_write(found: Outlook) -> bool:
    """Returns whether a message may be sent now."""
    return found.next_at is None and not found.stopped


def progress(w: Words, sent: SentAnnouncement) -> str:
    """Returns how far an announcement has got, as plain text."""
    of = sent.announcement
    parts = [
        w._("sent to {sent} of {members}").format(
            sent=w.number(of.sent), members=w.number(of.members)
        ),
        w.ngettext("{count} still waiting", "{count} still waiting", sent.waiting)
        if sent.waiting
        else "",
        w.ngettext("{count} has turned messages off", "{count} have turned messages off", of.muted)
        if of.muted
        else "",
        "" if of.active else w._("stopped by an operator"),
    ]
    return " · ".join(filter(None, parts))


def limit(w: Words, programme: Programme, found: Outlook) -> str:
    """Returns how many more may be sent, or why none, as plain text."""
    if found.stopped:
        return refusal(w, "messages-stopped")
    if found.next_at is not None:
        return w._("That's {most} in seven days. You can send the next one from {day} on.").format(
            most=w.number(MOST), day=w.timestamp(found.next_at, programme.timezone)
        )
    return w.ngettext(
        "You can send {count} more message in these seven days.",
        "You can send {count} messages in seven days.",
        found.left,
    )


def ask_text(w: Words) -> Message:
    """Before an announcement is typed."""
    return message(
        w._(
            "What do you want to tell your members? Send up to {most} characters; links are fine. "
            "You'll see a preview first."
        ).format(most=w.number(MAX_ANNOUNCEMENT_LENGTH)),
        rows=[[Button(w._("Cancel"), "asked:done")]],
    )


def preview(w: Words, programme: Programme, text: str, found: Outlook, mark: str) -> Message:
    """After an announcement was typed: exactly what members will see, and who gets it."""
    return message(
        w._("👀 Members will see this:"),
        announcement_text(w, programme, found.author, text),
        audience(w, found),
        w._("Not right yet? Just send a new text."),
        rows=[
            [
                Button(w._("✅ Send it"), f"announce:{programme.id}:{mark}"),
                Button(w._("Cancel"), "asked:done"),
            ]
        ],
    )


def past_preview(
    w: Words, programme: Programme, before: Programme, found: Outlook | None
) -> Message:
    """After the button that invites the members of the season before.

    `found` is None if they have been invited already.
    """
    if found is None:
        return past_members_invited(w, programme, None)
    return message(
        w._("👀 Past members will see this:"),
        next_season(w, programme, "", before, found.author).text,
        audience(w, found),
        invited_once(w),
        rows=[
            [
                Button(w._("✅ Send it"), f"invitepast:{programme.id}:{before.id}:send"),
                programme_button(w, programme.id, w._("Cancel")),
            ]
        ],
    )


def invited_once(w: Words) -> str:
    """Returns what to know before past members are invited, as plain text."""
    return w._(
        "It can be sent only once, and counts as one of your two messages in seven days. Check the "
        "dates and teams first."
    )


def audience(w: Words, found: Outlook) -> str:
    """Returns who gets an announcement, and when, as plain text."""
    goes = w.ngettext("It goes to {count} member", "It goes to {count} members", found.readers)
    when = w._("after their question of the day, and not at night where they live.")
    muted = w.ngettext(
        "{count} has turned messages off.", "{count} have turned messages off.", found.muted
    )
    return f"{goes}, {when} {muted if found.muted else ''}".strip()


def refused(w: Words, programme_id: int, reason: str) -> Message:
    """After a text that cannot be sent, or one too many. `reason` is a ProgrammeError's."""
    return message(f"⚠️ {refusal(w, reason)}", rows=[[programme_button(w, programme_id)]])


def refusal(w: Words, reason: str) -> str:
    """Returns a sentence for the reason of a ProgrammeError, as plain text."""
    return {
        "no-text": w._("There's nothing to read in it. Write a sentence."),
        "long-text": w._("That's too long. Write at most {most} characters.").format(
            most=w.number(MAX_ANNOUNCEMENT_LENGTH)
        ),
        "no-members": w._("Nobody has joined yet. Invite people first."),
        "no-readers": w._("Nobody would get it: all members have paused or turned messages off."),
        "no-past-readers": w._(
            "Nobody who took part wants messages now, so there's nobody to ask."
        ),
        "too-many-messages": w._("That's two messages in seven days already. Try again later."),
        "messages-stopped": w._(
            "An operator of this bot has stopped your messages to members. Ask them why."
        ),
    }[reason]
