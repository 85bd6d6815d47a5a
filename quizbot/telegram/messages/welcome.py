"""Coming, going and coming back."""

from dataclasses import dataclass
from datetime import datetime

from quizbot.telegram.messages.message import Button, Message, bold, escape, lines
from quizbot.telegram.words import Words


@dataclass(frozen=True)
class Schedule:
    """When the next question comes, for whom: `zone` is an IANA name, `at` a moment."""

    at: datetime
    zone: str


def introduction(w: Words, first_name: str, topic_title: str, disclaimer: str) -> Message:
    """What this is, before anything is kept."""
    _ = w._
    return Message(
        lines(
            _("👋 Hello {name}!").format(name=bold(first_name)),
            _(
                "Once a day I send you one multiple-choice question. You vote, I tell you why, and "
                "day by day it sticks. There are points, streaks and a leaderboard."
            ),
            _("📖 The topic: {topic}").format(topic=bold(topic_title)),
            f"⚕️ <i>{escape(disclaimer)}</i>",
            _(
                "🔒 <b>What is stored:</b> your Telegram id, the alias on the leaderboard (a "
                "made-up one until you choose), language, time zone, time of day, the questions "
                "sent and your answers. No name, no phone number. /forget erases it all."
            ),
        ),
        [[Button(_("▶️ Start the daily question"), "begin")]],
    )


def begun(w: Words, alias: str, schedule: Schedule, now: datetime) -> Message:
    """The subscription stands; what can be done next."""
    _ = w._
    return Message(
        lines(
            _("🎉 You are in."),
            _("Your next question comes {when} ({zone}).").format(
                when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
            ),
            _("On the leaderboard you are {alias}; /alias changes that.").format(alias=bold(alias)),
        ),
        _first_steps(w),
    )


def welcome_back(
    w: Words, first_name: str, points: int, schedule: Schedule, now: datetime
) -> Message:
    """To a subscriber who starts again: everything was kept."""
    _ = w._
    return Message(
        lines(
            _("👋 Welcome back, {name}!").format(name=bold(first_name)),
            w.ngettext(
                "Everything is kept: you have {count} point.",
                "Everything is kept: you have {count} points.",
                points,
            ),
            _("Your next question comes {when} ({zone}).").format(
                when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
            ),
        ),
        _first_steps(w),
    )


def _first_steps(w: Words) -> list[list[Button]]:
    _ = w._
    return [
        [Button(_("❓ Today's question now"), "quiz")],
        [Button(_("🕘 Another time"), "times"), Button(_("🌍 Another zone"), "zones")],
    ]


def paused(w: Words) -> Message:
    _ = w._
    return Message(
        lines(
            _("⏸ Paused. No questions come until you press the button or send /resume."),
            _("Your points stay, and a pause does not break your streak."),
        ),
        [[Button(_("▶️ Resume"), "resume")]],
    )


def resumed(w: Words, schedule: Schedule, now: datetime) -> Message:
    return Message(
        w._("▶️ Your next question comes {when} ({zone}).").format(
            when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
        ),
        [[Button(w._("❓ Today's question now"), "quiz")]],
    )


def stopped(w: Words) -> Message:
    return Message(
        w._(
            "👋 You have left the quiz, and nothing more will be sent. Your score is kept in case "
            "you return with /start; /forget erases it."
        )
    )


def not_subscribed(w: Words) -> Message:
    """To somebody whose command needs a subscription."""
    return Message(w._("You are not part of the quiz yet. Send /start to join."))
