"""What pages say in a sentence: after a change, why one is refused, and in place of a page."""

from dataclasses import dataclass

from db.programmes import MAX_NAME_LENGTH, MAX_TEAM_NAME_LENGTH
from quizbot.programmes import programme
from quizbot.telegram.messages import announcements
from quizbot.telegram.messages.programme import not_over
from quizbot.telegram.messages.words import Words


@dataclass(frozen=True)
class Message:
    """A sentence about a change, and the section of the page that shows it."""

    section: str
    text: str


def form_errors(w: Words) -> dict[str, str]:
    """Returns why a change was refused and what to do instead, by the reason."""
    _ = w._
    return {
        "no-name": _("A name needs letters, like “Blue team”."),
        "no-time": _("That’s not a time. Write it as 07:30."),
        "no-zone": _("I don’t know that place. Write a big city near you, like “Lisbon”."),
        "no-days": _("Tick at least one day."),
        "too-far": _("That’s more than a year away. Pick an earlier first day."),
        "begun": _("It has begun, so the first day and the time zone can’t change any more."),
        "joined": _("Somebody has joined, so it can’t be deleted."),
        "too-late": _("It has begun, so it can’t be called off. You can end it instead."),
        "group-polls": _(
            "One of its group chats has an open poll. Send /unlink there, then try again."
        ),
        "long-name": _(
            "That name is too long. Use at most {count} characters, or {team} for a team."
        ).format(count=w.number(MAX_NAME_LENGTH), team=w.number(MAX_TEAM_NAME_LENGTH)),
        "hidden": _("That name has characters nobody can see. Type it again."),
        "link": _("That name looks like a link. Write it without @, / and dots, like “Blue team”."),
        "team-taken": _("A team already has that name, or one just like it. Try another."),
        "team-twice": _("The list has that name twice, or one just like it."),
        "too-many-teams": _("That’s the limit: {count} teams. Remove one first.").format(
            count=w.number(programme.MAX_TEAMS)
        ),
        "end-before-start": _("The last day comes before the first. Pick another one."),
        "too-long": _("A programme can run for three years at most. Pick an earlier last day."),
        "not-over": not_over(w),
        "past": _("That day has already started. Pick a later one."),
        **{
            each: announcements.refusal(w, each)
            for each in (
                "no-text",
                "long-text",
                "no-members",
                "no-readers",
                "no-past-readers",
                "too-many-messages",
                "messages-stopped",
            )
        },
        "too-many-holidays": _("A programme can have at most {count} holidays.").format(
            count=w.number(programme.MAX_HOLIDAYS)
        ),
    }


def flash_message(w: Words, flash: str) -> Message | None:
    """Returns the message for what was done, and perhaps to whom; None for anything else."""
    _ = w._
    done, _sign, name = flash.partition(":")
    of_links = {
        "made": _("The link is ready."),
        "renewed": _("The new link is ready. The earlier one no longer works."),
        "revoked": _("Link turned off."),
        "restored": _("The earlier link works again."),
    }
    sentences = {
        **{
            f"{section}-{action}": text
            for section in ("links", "teams", "groups", "colleagues")
            for action, text in of_links.items()
        },
        "teams-added": _("Team added. Its link is below."),
        "teams-listed": _("All teams of the list were added."),
        "teams-balanced": _("The teams are balanced."),
        "teams-renamed": _("Team renamed."),
        "teams-removed": _("Team removed. Its members stay in the programme."),
        "cards-linked": _("Every team has its own link now."),
        "holidays-added": _("No questions on those days. The calendar is up to date."),
        "holidays-removed": _("Holiday removed. That day has a question now."),
        "colleagues-invited": _(
            "The link is below. It works once, within seven days. Don’t share it with anybody else."
        ),
        "ending-set": _("The last day is set."),
        "goal-set": _("The goal is set. Members see it in /today, groups with the next result."),
        "goal-off": _("The goal is removed."),
        "links-next": _(
            "The next season is ready, with the settings, teams and colleagues of the last one. "
            "Look at its dates under Settings, then invite people."
        ),
        "links-past": _(
            "Past members are invited, each after their question of the day. They’re in only if "
            "they join."
        ),
        "links-once": _("They have been invited already, and nobody is asked twice."),
        "settings-saved": _("Saved. Members aren’t told."),
        "settings-again": _(
            "Saved. The last day stays. Members who had been told of the earlier first day will be "
            "welcomed again on the day before the new one. Write to them to tell them now."
        ),
        "settings-often": _(
            "Saved. The last day stays. Members had been told of the earlier first day, and it has "
            "moved too often in a week to welcome them again. Write to them to tell them."
        ),
        "settings-moved": _(
            "Saved. Members who joined the quiz through this programme and never changed their "
            "time or zone get the new one, from their next question on. They aren’t told."
        ),
        "programmes-deleted": _("The programme is deleted. Its links no longer work."),
        "programmes-off": _(
            "The programme is called off. Its links no longer work, and its members are told."
        ),
        "report-sent": _("Thanks! You’ll get an answer in your chat with the bot."),
        "messages-sent": _("Your message is on its way."),
        "members-moved": _("{name} has changed teams.").format(name=name),
        "members-removed": _("{name} is removed from the programme.").format(name=name),
    }
    return Message(done.partition("-")[0], sentences[done]) if done in sentences else None


def message_pages(w: Words) -> dict[str, tuple[str, str]]:
    """Returns the heading and sentence of each message page."""
    _ = w._
    return {
        "signed-out": (
            _("You’re not signed in"),
            _(
                "Send /dashboard to the bot to get a sign-in link. If you open it in this browser, "
                "it leads to the page you wanted."
            ),
        ),
        "bye": (_("You’re signed out"), _("To come back, send /dashboard to the bot.")),
        "old-link": (
            _("This link no longer works"),
            _(
                "A sign-in link works once, within five minutes. Send /dashboard to the bot for a "
                "new one."
            ),
        ),
        "no-coordinator": (
            _("This is for coordinators"),
            _("Ask whoever runs this bot to make you one. Then open this again."),
        ),
        "bad-launch": (
            _("This page has expired"),
            _("Close this window and open it again with the button in the chat."),
        ),
        "nothing-here": (
            _("There’s nothing here"),
            _("The address may be wrong, or you don’t run this programme."),
        ),
        "ended": (
            _("The programme has ended"),
            _("Only its name, its members and who runs it can still change."),
        ),
        "not-from-here": (
            _("That didn’t work"),
            _("The request didn’t come from this dashboard. Reload the page and try again."),
        ),
        "large-form": (
            _("That didn’t work"),
            _("That’s too much text (over 80 KB). Shorten it and send it again."),
        ),
        "away": (
            _("One moment, please"),
            _("I can’t reach the database right now. Try again in a minute."),
        ),
        "failed": (
            _("Something went wrong here"),
            _("The people who run this bot can see it in their log. Try again in a minute."),
        ),
    }
