"""Reporting a question: the menu under an answer card, and what operators and reporters see."""

from collections.abc import Sequence
from html import escape

from db.models import MAX_COMMENT_LENGTH, MAX_REPLY_LENGTH, ReportKind
from questions import Item
from quizbot.quiz.question_reports import MAX_A_DAY, ReportedItem, ReportRefusedError
from quizbot.telegram.messages.markup import (
    Button,
    KeyboardRows,
    Message,
    bold,
    message,
    page_buttons,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.words import Words, and_more

_COMMENTS_SHOWN = 2000  # characters of one question's, with the rest below Telegram's 4096


def kind_names(w: Words) -> dict[ReportKind, str]:
    """Returns what people may report, in the order of the menu."""
    return {
        ReportKind.WRONG: w._("🚩 It's wrong"),
        ReportKind.UNCLEAR: w._("🤔 It's unclear"),
        ReportKind.OUTDATED: w._("📅 It's outdated"),
        ReportKind.OTHER: w._("💬 Something else"),
    }


def menu_button(delivery_id: int) -> Button:
    """Returns the button under an answer card that opens the menu."""
    return Button("…", f"more:{delivery_id}")


def menu_rows(w: Words, delivery_id: int) -> list[list[Button]]:
    names = kind_names(w)
    return rows_of(
        2, [Button(name, f"report:{delivery_id}:{kind.value}") for kind, name in names.items()]
    )


def with_menu(w: Words, rows: KeyboardRows, delivery_id: int) -> KeyboardRows:
    """Returns the card's buttons with the open menu below, and a button that closes it."""
    close = Button("✕", f"less:{delivery_id}").fields
    shown = [[close if _is(each, "more:") else each for each in row] for row in rows]
    challenge = Button(w._("⚔️ Challenge a friend"), "challenge")
    choices = [*menu_rows(w, delivery_id), [challenge]]
    return [*shown, *([each.fields for each in row] for row in choices)]


def without_menu(rows: KeyboardRows, delivery_id: int) -> KeyboardRows:
    """Returns the card's buttons with the menu closed."""
    more = menu_button(delivery_id).fields
    kept = [
        [
            more if _is(each, "less:") else each
            for each in row
            if not _is(each, "report:", "challenge")
        ]
        for row in rows
    ]
    return [row for row in kept if row]


def _is(button: dict[str, object], *prefixes: str) -> bool:
    return str(button.get("callback_data", "")).startswith(prefixes)


def menu(w: Words, delivery_id: int) -> Message:
    """The menu as a message, where the card is too old to be changed."""
    return message(w._("What's wrong with this question?"), rows=menu_rows(w, delivery_id))


def ask_comment(w: Words, kind: ReportKind) -> Message:
    """After a report: one line more is welcome, and needed where the kind says nothing."""
    ask = (
        w._("What is it? Send one line, up to {count} characters.")
        if kind is ReportKind.OTHER
        else w._("Want to add something? Send one line, up to {count} characters.")
    )
    return message(
        w._(
            "🙏 Thanks! The people who run this quiz will look at it, and I'll tell you what they "
            "say."
        ),
        ask.format(count=w.number(MAX_COMMENT_LENGTH)),
        w._("I keep your report with your Telegram id until it's answered. /privacy says more."),
        rows=[[Button(w._("Skip"), "asked:done")]],
    )


def comment_taken(w: Words) -> Message:
    return message(w._("👍 Got it, thanks. I'll tell you what they say."))


def comment_too_long(w: Words, length: int) -> Message:
    return message(too_long(w, length), rows=[[Button(w._("Skip"), "asked:done")]])


def refusal(w: Words, refused: ReportRefusedError) -> str:
    """Returns why a report is not taken: a toast (0-200 characters), or on the dashboard."""
    if refused.open_report is not None:
        return w._("You've already reported this question. I'll tell you what they say.")
    return w._(
        "Thanks for looking so closely! You can send {count} reports a day. Please send the next "
        "one tomorrow."
    ).format(count=w.number(MAX_A_DAY))


def too_long(w: Words, length: int, longest: int = MAX_COMMENT_LENGTH) -> str:
    return w._("That's {length} characters. Please send {count} at most.").format(
        length=w.number(length), count=w.number(longest)
    )


def answer_notice(w: Words, stem: str, answer: str) -> Message:
    """To whoever reported a question, when the operators have answered."""
    return message(*_answer_lines(w, stem, answer))


def _answer_lines(w: Words, stem: str, answer: str) -> list[str]:
    return [
        w._("📬 You reported this question:"),
        f"<i>{escape(stem)}</i>",
        w._("Here's what the editors say:"),
        escape(answer),
        w._("Thanks for making the quiz better!"),
    ]


def operator_note(w: Words, reports: int) -> Message:
    """To operators, once a day at most: so many reports are open."""
    told = w.ngettext(
        "⚠️ {count} report of a question is waiting for an answer.",
        "⚠️ {count} reports of questions are waiting for an answer.",
        reports,
    )
    return message(told, w._("/reports shows them."))


def no_reports(w: Words) -> Message:
    """In reply to an operator's /reports when there are none."""
    return message(w._("👍 There are no open reports."))


def reported_item(
    w: Words,
    reported: ReportedItem,
    item: Item | None,
    answers: tuple[int, int],
    page: int,
    total: int,
) -> Message:
    """In reply to an operator's /reports: one question, of `total`, with its open reports.

    `answers` are the number of answers and of correct ones.
    """
    names, (answered, correct) = kind_names(w), answers
    counted = [f"{names[kind]}: {w.number(count)}" for kind, count in reported.kinds.items()]
    share = w._("{share} right of {answers}").format(
        share=w.percent(correct / answered) if answered else "–",
        answers=w.ngettext("{count} answer", "{count} answers", answered),
    )
    return message(
        bold(
            w._("⚠️ Reported question {number} of {total}").format(
                number=w.number(page + 1), total=w.number(total)
            )
        ),
        escape(item.stem) if item else "",
        "✅ " + escape(item.key) if item else "",
        _identity(w, reported, item),
        " · ".join(counted),
        share,
        _comments(w, reported.comments),
        rows=[
            [Button(w._("✏️ Answer"), f"answer:{reported.reports[-1].id}")],
            *page_buttons("reports", page, 1, total),
        ],
    )


def _identity(w: Words, reported: ReportedItem, item: Item | None) -> str:
    name = escape(shortened(reported.item_id, 80))
    text = w._("{item}, revision {revision}").format(
        item=name, revision=w.number(reported.revision)
    )
    if item is None:
        return text + " · " + w._("no longer in the topic")
    if item.revision != reported.revision:
        return text + " · " + w._("now revision {number}").format(number=w.number(item.revision))
    return text


def _comments(w: Words, comments: Sequence[str]) -> str:
    """Returns the latest comments that fit."""
    shown, room = list[str](), _COMMENTS_SHOWN
    for comment in reversed(comments):
        line = f"• {escape(comment)}"
        room -= len(line)
        if room < 0:
            break
        shown.insert(0, line)
    return "\n".join(filter(None, [*shown, and_more(w, len(comments) - len(shown))]))


def _will_get_it(w: Words, people: int) -> str:
    if not people:
        return w._("Nobody will get it: those who reported this have erased their data.")
    return w.ngettext("{count} person will get it.", "{count} people will get it.", people)


def ask_answer(w: Words, people: int) -> Message:
    """After the button that answers the reports of one question."""
    return message(
        w._("What's your answer? Send it in one message, up to {count} characters.").format(
            count=w.number(MAX_REPLY_LENGTH)
        ),
        _will_get_it(w, people),
        w._("Coordinators see it beside the question."),
        rows=[[Button(w._("Cancel"), "asked:done")]],
    )


def answer_preview(w: Words, stem: str, text: str, people: int, last_id: int, mark: str) -> Message:
    """After an operator's text: what the reporters of the question will get."""
    return message(
        bold(w._("Send this answer?")),
        "<blockquote>" + "\n".join(_answer_lines(w, stem, text)) + "</blockquote>",
        _will_get_it(w, people),
        rows=[
            [
                Button(w._("📤 Send"), f"send-answer:{mark}"),
                Button(w._("✏️ Change"), f"answer:{last_id}"),
            ],
            [Button(w._("Cancel"), "asked:done")],
        ],
    )


def answer_too_long(w: Words, length: int) -> Message:
    return message(
        too_long(w, length, MAX_REPLY_LENGTH), rows=[[Button(w._("Cancel"), "asked:done")]]
    )


def answered(w: Words, people: int | None) -> Message:
    """After an operator's answer: so many hear it; None if somebody else was faster."""
    if people is None:
        return message(w._("Somebody has already answered these. /reports shows the rest."))
    return message(
        w.ngettext("✅ Sent to {count} person.", "✅ Sent to {count} people.", people)
        if people
        else w._("✅ Answered. Nobody is left to hear it."),
        w._("/reports shows the rest."),
    )
