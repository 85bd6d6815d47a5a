"""What people write without a slash: the command that they mean, and replies to other texts."""

import re
from collections.abc import Mapping
from datetime import datetime

from questions import Topic
from quizbot.quiz.answers.progress import DayResult, Progress
from quizbot.quiz.answers.streaks import (
    FREEZE_EVERY,
    MAX_FREEZES,
    POINTS_CORRECT,
    POINTS_TAKING_PART,
)
from quizbot.telegram.messages.emergencies import is_about_health
from quizbot.telegram.messages.markup import Button, Message, Rows, message
from quizbot.telegram.messages.milestones import next_objective, objectives_known
from quizbot.telegram.messages.words import Words, none_planned, points

# Not commands of the menu, but answered like them: see handlers/text_input.
AWAY, UNWANTED, WHY = "away", "unwanted", "why"
# These are answered with somebody's own figures: see own_figures.
GO_ON, WORTH, BETTER, NEXT, LOST_STREAK = "go on", "worth", "better", "next", "lost streak"
OWN_FIGURES = (GO_ON, WORTH, BETTER, NEXT, LOST_STREAK)

_UNTIL = re.compile(r"\b(?:until|till) [^.!?]+", re.IGNORECASE)
_WEEK = 7  # answers
_LONGEST_QUESTION = 7  # words: in a longer one, a word of the quiz may mean something else
_SHORTEST_TERM = 6  # letters: shorter words of the article are everybody's, and so are these
_EVERYDAY = frozenset(
    "answer answers before better change others people person points question questions should "
    "something things without".split()
)


def meant_command(w: Words, text: str) -> tuple[str, str]:
    """Returns the command that a text without a slash means, and what follows it.

    Both are empty if it means none. AWAY, UNWANTED and WHY are no commands of the menu; AWAY is
    followed by how long: "until 9 December".
    """
    said = _plain(text)
    for command, sayings in _sayings(w).items():
        if said in sayings.split("|"):
            return command, ""
    command, _, rest = text.strip().partition(" ")
    if command.casefold() == w._("pause"):
        return "pause", rest
    for command, phrases in _phrases(w).items():
        if _mentions(said, phrases):
            until = _UNTIL.search(text[:100]) if command == AWAY else None
            return command, until[0] if until else ""
    return "", ""


def _sayings(w: Words) -> Mapping[str, str]:
    """Returns the texts that mean a command as a whole."""
    # Translators: what people write for a command, separated by |, in small letters.
    return {
        "help": w._("help|help me|menu|commands|what can you do|how does this work"),
        "quiz": w._("quiz|question|next|next question|another|another one|one more|more|play"),
        "score": w._("score|my score|points|my points|streak|my streak|progress|stats"),
        "leaderboard": w._("leaderboard|ranking|rank|my rank|board"),
        "stop": w._("stop|stop it|unsubscribe|leave|quit|cancel|no more questions"),
        "resume": w._("resume|continue|unpause|carry on|back|back again"),
        "about": w._("about|sources|source|article|the article"),
        WHY: w._("why|why not|but why|explain|how come"),
        UNWANTED: w._("i'm out|im out|i am out|count me out"),
        GO_ON: w._(
            "why should i go on|why go on|why should i continue|why continue|this is pointless|"
            "pointless|why bother|what's the use|i want to give up|i'm giving up|im giving up"
        ),
        WORTH: w._(
            "what's the point|whats the point|what is the point|what's the point of this|"
            "what is the point of this|what do i get out of this|what do i get out of it|"
            "what's in it for me|why should i do this|is this worth it|is it worth it"
        ),
        NEXT: w._(
            "what comes next|what's next|whats next|what is next|and now|what now|"
            "when does it come back|when does that come back|when will it come back"
        ),
    }


def _phrases(w: Words) -> Mapping[str, str]:
    """Returns the phrases that mean a command wherever they are in a text."""
    # Translators: phrases inside a sentence that ask for a command, in small letters.
    return {
        LOST_STREAK: w._("lost my streak|lost the streak|streak is gone|streak ended"),
        BETTER: w._(
            "getting better|getting any better|getting worse|do i improve|am i improving|"
            "not improving"
        ),
        "time": w._(
            "when is the next|when's the next|when do you ask|what time do you ask|change my time|"
            "change the time|another time|different time|too early"
        ),
        "timezone": w._("time zone|timezone"),
        "alias": w._("my name|my nickname|my alias|my username"),
        "score": w._(
            "how am i doing|how many points|how many lessons|how many goals|my score|my streak|"
            "my points|my progress|my lessons|my goals|have i learned|have i learnt|did i learn|"
            "have i mastered|am i learning"
        ),
        "reminders": w._("remind me|reminder|reminders"),
        "resume": w._(
            "i'm back|im back|i am back|we're back|we are back|back from holiday|back from vacation"
        ),
        AWAY: w._("on holiday|on vacation|on holidays|i'm away|going away|be away|travelling"),
        "privacy": w._("my data|privacy"),
        UNWANTED: w._(
            "want to stop|want to quit|want to leave|stop sending|stop messaging|stop writing|"
            "stop this|please stop|stop please|leave me alone|no more messages|too many messages|"
            "delete me|delete my account|unsubscribe me|go away"
        ),
    }


def small_talk(w: Words, text: str) -> Message | None:
    """In reply to kind words, greetings, stickers and the like; None for any other text."""
    said = _plain(text)
    if not said:  # a sticker, a thumb
        return message(w._("😊 Want a question?"), rows=_ask_me(w))
    for replies, rows in ((_replies(w), ()), (_replies_with_a_question(w), _ask_me(w))):
        for sayings, reply in replies.items():
            if said in sayings.split("|"):
                return message(reply, rows=rows)
    for phrases, answer in _replies_to_moods(w).items():
        if _mentions(said, phrases):
            return answer
    if _finds_fault(w, said):
        return message(
            w._("Is something wrong with a question? Tap … below its answer and report it.")
        )
    return _explained(w, said)


def _replies_to_moods(w: Words) -> Mapping[str, Message]:
    """Returns what is said to people who are down or bored, by phrases in their texts."""
    # Translators: what people say who answer incorrectly, in small letters.
    down = w._(
        "i'm stupid|im stupid|i am stupid|i'm dumb|im dumb|i'm so stupid|i feel stupid|i feel dumb|"
        "bad at this|no good at this|terrible at this|always wrong|always get it wrong|"
        "never get it right|get everything wrong|keep getting it wrong|i know nothing|"
        "keep forgetting|forget everything|can't remember"
    )
    # Translators: what people say who find the quiz boring, in small letters.
    bored = w._(
        "boring|too easy|always the same|getting old|not interesting|i don't care|i dont care"
    )
    return {
        down: message(
            w._("🌱 This isn't a test: guessing wrong and reading why is how it sticks."),
            w._(
                "What you missed comes back until you know it. /score shows what you know already."
            ),
        ),
        bored: message(
            w._("🤔 Fair enough. Another one now, another time of day, or a break?"),
            rows=[
                [Button(w._("❓ One more"), "quiz"), Button(w._("🕘 Time"), "times")],
                [Button(w._("⏸ Pause"), "pause")],
            ],
        ),
    }


def _finds_fault(w: Words, said: str) -> bool:
    """Returns whether somebody says that a question or its answer is wrong."""
    # Translators: what people call a question, and what they say of it, in small letters.
    things = w._("answer|answers|question|explanation|source|this is|that is|that's|this isn't")
    faults = w._("wrong|incorrect|not true|not right|isn't true|isn't right|mistake|typo|outdated")
    short = w._("wrong|that's not true|not true|i don't agree|i disagree")
    return said in short.split("|") or (_mentions(said, things) and _mentions(said, faults))


def _explained(w: Words, said: str) -> Message | None:
    """In reply to "What is a streak?"; None for a text that asks for no word of the quiz."""
    # Translators: words of the quiz, separated by |, in small letters.
    meanings = {
        w._("streak|streaks"): w._(
            "🔥 Your streak is how many daily questions in a row you've answered, right or wrong."
        ),
        w._("freeze|freezes"): w._(
            "❄️ A freeze saves your streak when you miss a question. {days} days in a row earn one, "
            "and you can have {freezes}."
        ).format(days=w.number(FREEZE_EVERY), freezes=w.number(MAX_FREEZES)),
        w._("point|points|score"): w._(
            "📊 A right answer earns {right} points, any other one {other}."
        ).format(right=w.number(POINTS_CORRECT), other=w.number(POINTS_TAKING_PART)),
        w._("lesson|lessons|mastered|mastery|mastering"): w._(
            "🎯 A lesson is one thing to know about the topic. It's mastered once you've been "
            "right twice, a week or more apart, and it's likely to stay for three more weeks."
        ),
        w._("goal|goals|team goal"): w._(
            "🤝 A team goal is a number of answers that everybody in a programme reaches together. "
            "/today shows how far yours is."
        ),
    }
    if _asks(w, said) and len(said.split()) <= _LONGEST_QUESTION:
        for words, meaning in meanings.items():
            if _mentions(said, words):
                return message(meaning)
    return None


def _replies(w: Words) -> Mapping[str, str]:
    # Translators: what people say, separated by |, in small letters.
    return {
        w._("thanks|thank you|thank you so much|thx|ty|cheers|great|cool|nice"): w._(
            "😊 You're welcome!"
        ),
        w._(
            "ok|okay|k|yes|yep|yeah|no|nope|sure|fine|good|all good|lol|lmao|rofl|ha|haha|hahaha|"
            "hahahaha|hehe|xd|wow|oh|ah|hmm|omg|interesting|very interesting|i see|got it"
        ): "😊",
        w._("bye|goodbye|bye bye|see you|see you tomorrow|good night|night|gn|ttyl"): w._(
            "👋 See you!"
        ),
        w._("sorry|i'm sorry|my bad|oops"): w._("😊 No problem!"),
        w._(
            "sorry i was away|i was away|i've been away|sorry i missed some|i missed a day|"
            "i missed some days|i missed yesterday|i missed two days|i missed three days|"
            "i forgot|i forgot yesterday|sorry i forgot"
        ): w._("😊 No need to be sorry. Your points and lessons are all still here."),
        w._("how are you|how are you doing|what's up|how are you today"): w._(
            "😊 I'm fine, and full of questions."
        ),
        w._(
            "i love you|i love this quiz|i love it|love it|i love this|this is fun|this is great|"
            "i like this|i like it|fun|good bot|you are smart"
        ): w._("💛 That's kind!"),
        w._("i got it|yay|yes i got it|i was right|i knew it|got it right|hooray|woohoo"): w._(
            "🎉 Well done!"
        ),
        w._("i was sure|but i was sure|i was so sure|i thought i knew"): w._(
            "💪 Those are the ones that stick. It'll come back, and then you'll know it."
        ),
        w._(
            "how long does this take|how long does it take|how long will this take|"
            "how much time does this take|how much time does it take"
        ): w._("⏱ About 20 seconds a day: one question, one tap, and why it's so."),
        w._("a|b|c|d|i think a|i think b|i think c|i think d|it's a|it's b|it's c|it's d"): w._(
            "Tap your answer in the question itself, so that it counts."
        ),
        w._("i don't know|dont know|i dont know|idk|no idea|no clue|not sure|i give up"): w._(
            "That's fine: take a guess, and I'll tell you why."
        ),
        w._("that was hard|too hard|so hard|difficult|hard"): w._(
            "💪 The hard ones teach you most."
        ),
    }


def _replies_with_a_question(w: Words) -> Mapping[str, str]:
    # Translators: what people say, separated by |, in small letters.
    return {
        w._("hi|hello|hey|hi there|hello there|good morning|good evening|good day"): w._(
            "👋 Hi! I ask one health question a day. Want one now?"
        ),
        w._(
            "who are you|what are you|are you a robot|are you a bot|are you real|who is this|"
            "are you human"
        ): w._("🤖 I'm a bot. I ask one health question a day and tell you why."),
        w._("tell me a joke|joke|a joke|make me laugh|do you know any jokes"): w._(
            "😄 My only jokes are some of the wrong answers. Want to see?"
        ),
        w._("i'm bored|im bored|bored|so bored"): w._("😊 Want a question?"),
    }


def own_figures(w: Words, asked: str, progress: Progress, topic: Topic, now: datetime) -> Message:
    """In reply to one of OWN_FIGURES: what somebody's own figures say."""
    if asked == BETTER:
        return message(_better(w, progress), rows=_ask_me(w))
    if asked == NEXT:
        return message(_next_question(w, progress, now), next_objective(w, progress))
    if asked == LOST_STREAK:
        return message(*_streak(w, progress))
    known = objectives_known(w, progress)
    worth = w._(
        "🎯 One question a day takes about 20 seconds, and what you miss comes back until "
        "it sticks: {count} lessons, one by one."
    ).format(count=w.number(len(topic.asked_objectives)))
    if asked == GO_ON:
        beyond = w._("Is this about more than the quiz? Then please talk to somebody you trust.")
        return message(known or worth, beyond)
    return message(worth, _right_before(w, progress), known)


def _streak(w: Words, progress: Progress) -> tuple[str, ...]:
    """Returns the lines for somebody who believes that their streak is lost."""
    count, totals = progress.streak, progress.totals
    if count > 1 or (count and totals.last_answered_on != progress.today):
        going = w.ngettext(
            "🔥 It's still there: {count} day.", "🔥 It's still there: {count} days.", count
        )
        return (going,)
    kept = w._("You keep your {points} and all you've learned.").format(
        points=points(w, totals.points)
    )
    if count:
        return w._("🔥 Today's answer started a new one."), kept
    return w._("🔥 Your next answer starts a new one."), kept


def _next_question(w: Words, progress: Progress, now: datetime) -> str:
    if progress.next_at is None:
        return none_planned(w)
    when = w.moment(progress.next_at, progress.zone, now)
    return w._("⏭ Next question: {when}").format(when=when)


def _better(w: Words, progress: Progress) -> str:
    """Returns the first and the latest answers side by side if more are right now."""
    right = [
        result is DayResult.CORRECT
        for _, result in sorted(progress.days.items())
        if result in (DayResult.CORRECT, DayResult.INCORRECT)
    ]
    some = min(_WEEK, len(right) // 2)
    first, latest = sum(right[:some]), sum(right[len(right) - some :])
    line = w._("🌱 {right} right so far. What you missed comes back until you know it.")
    if progress.totals.correct == progress.totals.answered:
        line = w._("📈 {right} of {right} right so far.")
    elif latest > first:
        line = w._("📈 Yes: {first} right of your first {some}, {latest} of the last {some}.")
    figures = {"first": first, "latest": latest, "some": some, "right": progress.totals.correct}
    told = line.format(**{name: w.number(each) for name, each in figures.items()})
    return " ".join(filter(None, (told, _right_before(w, progress))))


def _right_before(w: Words, progress: Progress) -> str:
    """Returns how many objectives are mastered, or else were right once; empty if none was."""
    mastered = sum(each.mastered for each in progress.key_points)
    every = sum(each.objectives for each in progress.key_points)
    if mastered:
        done = w.ngettext("{count} lesson mastered,", "{count} lessons mastered,", mastered)
        return done + " " + w._("{left} to go.").format(left=w.number(every - mastered))
    met = every - sum(each.new for each in progress.key_points)
    right = sum(each.right for each in progress.key_points)
    if not right:
        return ""
    return w.ngettext(
        "You've been right in {right} of {count} lesson so far.",
        "You've been right in {right} of {count} lessons so far.",
        met,
        right=w.number(right),
    )


def why(w: Words, *, has_answered: bool) -> Message:
    """In reply to a bare "why"."""
    if has_answered:
        return message(
            w._("Tap the grey box under your last answer to read more. /about lists the sources.")
        )
    return message(w._("Answer a question first, then I'll tell you why."), rows=_ask_me(w))


def stop_choices(w: Words) -> Message:
    """In reply to somebody who has had enough."""
    return message(
        w._("Want a break, or leave the quiz? /forget erases all your data."),
        rows=[[Button(w._("⏸ Pause"), "pause"), Button(w._("👋 Leave the quiz"), "stop")]],
    )


def not_understood(w: Words, text: str, topic: Topic) -> Message:
    """In reply to a text that means nothing to the bot, and to questions about the topic."""
    about_health = is_about_health(text)
    advice = w._("I can't give medical advice: for that, please ask a health professional.")
    explained = _asks(w, text) and (about_health or _is_of_topic(text, topic))
    told = (
        w._("My questions explain things like that, one a day. /about leads to the article.")
        if explained
        else w._("I didn't get that. /help shows what I can do.")
    )
    return message(told, advice if about_health else "", rows=_ask_me(w))


def wants_another_time(w: Words, text: str) -> bool:
    """Returns whether a sentence with a time in it may be about the time of the question."""
    # Translators: words of people who want their question at another time, in small letters.
    wishes = w._(
        "send|ask|write|change|set|time|question|questions|quiz|move|get|make|prefer|better|"
        "instead|schedule|early|late|daily|please"
    )
    return _mentions(_plain(text), wishes)


def _asks(w: Words, text: str) -> bool:
    # Translators: words that begin a question, in small letters.
    words = w._("what|what's|whats|why|how|which|does|do|is|are|can|should|tell|explain")
    return text.rstrip().endswith("?") or _plain(text).split(" ")[0] in words.split("|")


def _is_of_topic(text: str, topic: Topic) -> bool:
    """Returns whether a word of the text is a term of the topic: long, or with a digit in it."""
    terms = {each for each in _plain(text).split() if _is_term(each)}
    known = " ".join((topic.title, *(each.text for each in topic.statements.values())))
    return not terms.isdisjoint(re.findall(r"\w+", known.casefold()))


def _is_term(word: str) -> bool:
    has_both = any(map(str.isdigit, word)) and any(map(str.isalpha, word))
    return has_both or (len(word) >= _SHORTEST_TERM and word not in _EVERYDAY)


def _ask_me(w: Words) -> Rows:
    return [[Button(w._("❓ Ask me one"), "quiz")]]


def _mentions(said: str, phrases: str) -> bool:
    """Returns whether one of the phrases, separated by |, is in a plain text."""
    return any(f" {each} " in f" {said} " for each in phrases.split("|"))


def _plain(text: str) -> str:
    """Returns the words of a short text in small letters, without punctuation and emoji."""
    folded = text[:100].casefold().replace("’", "'")
    kept = (char if char.isalnum() or char == "'" else " " for char in folded)
    return " ".join("".join(kept).split())
