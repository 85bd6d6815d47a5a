"""The programmes that a coordinator runs, side by side."""

from sqlalchemy.ext.asyncio import AsyncSession

from quizbot.charts import SUPPRESSED as NONE
from quizbot.programmes import definitions, staff
from quizbot.programmes.definitions import Term
from quizbot.programmes.reports.comparison import Compared, Event, State, compare
from quizbot.telegram.messages.words import Words
from quizbot.web.page_context import Answer, Page, PageContext


async def show(context: PageContext, session: AsyncSession) -> Answer:
    """Shows the coordinator's programmes: the running ones first, of each kind the latest."""
    w = context.words
    run = await staff.programmes_run_by(session, context.actor_id)
    meanings = definitions.meanings(w._)
    compared = await compare(session, run, context.now)
    return Page(
        "programmes.html",
        {
            "lines": [_line(w, each) for each in sorted(compared, key=_order)],
            "meanings": [
                (name, meanings[term])
                for term, name in definitions.names(w._).items()
                if term in (Term.ENROLLED, Term.ACTIVE, Term.ANSWERED)
            ],
            "about_hidden": definitions.about_hidden(w._),
            "bot_link": context.dashboard.bot_link(),
        },
    )


def _order(each: Compared) -> int:
    return [State.RUNNING, State.COMING, State.ENDED].index(each.state)


def _line(w: Words, each: Compared) -> dict[str, object]:
    """Returns what the page shows of a programme, as text."""
    share, before = each.this_week.response_rate, each.last_week.response_rate
    active, week = each.active, each.this_week
    if not week.answered and not week.over.asked:
        share = active = None  # the week's first question has just been sent
    if each.state is State.ENDED:
        share = before = active = None  # no week of it is this one
    gain, told = each.gain, NONE
    if gain is not None:
        told = f"{w.signed(gain.gain)} ±{w.decimal(100 * gain.margin, 0)}"
        told = w._("too few answers") if gain.is_too_early else told
    return {
        "programme": each.programme,
        "state": each.state,
        "label": _label(w, each),
        "enrolled": w.number(each.enrolled),
        "active": NONE if active is None else w.number(round(active)),
        "answered": NONE if share is None else w.percent(share),
        "answered_before": NONE if before is None else w.percent(before),
        "gain": told,
        "next_event": _event(w, each),
        "invites": not each.enrolled and each.state is not State.ENDED,
    }


def _label(w: Words, each: Compared) -> str:
    if each.state is State.COMING:
        return w._("Coming")
    if each.state is State.ENDED:
        return w._("Ended")
    if each.days is None:
        return w._("Day {day}").format(day=w.number(each.day))
    return w._("Day {day} of {days}").format(day=w.number(each.day), days=w.number(each.days))


def _event(w: Words, each: Compared) -> str:
    if each.next_event is None:
        return NONE
    event, day = each.next_event
    if event is Event.DIGEST and not each.enrolled:
        return NONE  # nobody takes part, so no digest is sent
    names = {
        Event.START: w._("Starts on {day}"),
        Event.LAST_DAY: w._("Last day on {day}"),
        Event.HOLIDAY: w._("Holiday on {day}"),
        Event.DIGEST: w._("Digest on {day}"),
    }
    return names[event].format(day=w.full_date(day))
