"""Methods that send and stop polls (Bot API 9.6 and later: a list of correct options)."""

from sandbox.chats import Draft
from sandbox.entities import formatted
from sandbox.methods.call import Call, Method
from sandbox.polls import Option, Poll
from sandbox.wire import Json, bad_request, not_implemented

MAX_QUESTION = 300
MAX_OPTION = 100
MAX_OPTIONS = 12
MAX_EXPLANATION = 200
MAX_EXPLANATION_LINE_FEEDS = 2
MAX_DESCRIPTION = 1024
OPEN_PERIOD = range(5, 2_628_000 + 1)


def send_poll(call: Call) -> Json:
    """Sends a regular poll or a quiz."""
    chat = call.chat()
    markup, reply_to = call.markup(chat), call.reply_to(chat)
    poll = _poll(call)
    message = call.send(chat, Draft(poll=poll, markup=markup, reply_to=reply_to))
    call.world.add_poll(poll)
    return call.seen(message)


def stop_poll(call: Call) -> Json:
    """Closes a poll that the bot sent; returns the Poll object."""
    chat = call.chat()
    message = chat.messages.get(call.params.integer("message_id"))
    if message is None or message.poll is None:
        raise bad_request("message with poll to stop not found")
    poll = message.poll
    if poll is None:
        raise bad_request("message is not a poll")
    if not message.may_be_edited(call.bot):
        raise bad_request("poll can't be stopped")
    if poll.is_closed:
        raise bad_request("poll has already been closed")
    message.markup = call.markup(chat)
    call.world.close_poll(poll)
    return poll.view(call.bot)


def _poll(call: Call) -> Poll:
    params = call.params
    kind = params.text("type", "regular") or "regular"
    if kind not in ("quiz", "regular"):
        raise bad_request("unsupported poll type specified")
    is_quiz = kind == "quiz"
    multiple = params.flag("allows_multiple_answers")
    question = _question(call)
    options = _options(call)
    open_period, close_date = _closing(call)
    return Poll(
        id=call.world.new_id(),
        owner=call.bot,
        options=options,
        content=question,
        is_quiz=is_quiz,
        is_anonymous=params.flag("is_anonymous", default=True),
        allows_multiple_answers=multiple,
        allows_revoting=params.flag("allows_revoting", default=not is_quiz),
        hides_results=params.flag("hide_results_until_closes"),
        correct_option_ids=_correct(call, len(options), multiple=multiple) if is_quiz else [],
        explanation=_explanation(call) if is_quiz else {},
        open_period=open_period,
        close_date=close_date,
        is_closed=params.flag("is_closed"),
    )


def _question(call: Call) -> Json:
    """Returns question, description, and who may vote: the same for all viewers."""
    params = call.params
    text, entities = formatted(
        params.text("question"),
        params.text("question_parse_mode"),
        params.json("question_entities"),
    )
    if not text:
        raise bad_request("poll question must be non-empty")
    if len(text) > MAX_QUESTION:
        raise bad_request(f"poll question length must not exceed {MAX_QUESTION}")
    # A question keeps only custom emoji.
    entities = [entity for entity in entities if entity["type"] == "custom_emoji"]
    content: Json = {"question": text, "members_only": params.flag("members_only")}
    if entities:
        content["question_entities"] = entities
    return {**content, **_description(call), **_countries(call)}


def _description(call: Call) -> Json:
    params = call.params
    text, entities = formatted(
        params.text("description"),
        params.text("description_parse_mode"),
        params.json("description_entities"),
    )
    if len(text) > MAX_DESCRIPTION:
        raise bad_request("message caption is too long")
    if not text:
        return {}
    return {"description": text, "description_entities": entities}


def _countries(call: Call) -> Json:
    countries = call.params.array("country_codes")
    return {"country_codes": countries} if countries else {}


def _options(call: Call) -> list[Option]:
    given = call.params.array("options")
    if not given:
        raise bad_request("poll must have at least 1 option")
    if len(given) > MAX_OPTIONS:
        raise bad_request(f"poll can't have more than {MAX_OPTIONS} options")
    return [Option(str(index), _option(option)) for index, option in enumerate(given)]


def _option(given: object) -> Json:
    option = {"text": given} if isinstance(given, str) else given
    if not isinstance(option, dict) or not isinstance(option.get("text"), str):
        raise bad_request("can't parse options: expected an Array of InputPollOption")
    if option.get("media"):
        raise not_implemented("the field media of a poll option")
    text, entities = formatted(
        option["text"], option.get("text_parse_mode"), option.get("text_entities")
    )
    if not text:
        raise bad_request("poll options must be non-empty")
    if len(text) > MAX_OPTION:
        raise bad_request(f"poll options length must not exceed {MAX_OPTION}")
    entities = [entity for entity in entities if entity["type"] == "custom_emoji"]
    return {"text": text, "text_entities": entities} if entities else {"text": text}


def _correct(call: Call, options: int, *, multiple: bool) -> list[int]:
    """Reads ``correct_option_ids``, or the older ``correct_option_id``."""
    given = call.params.array("correct_option_ids")
    if not given and call.params.text("correct_option_id"):
        given = [call.params.integer("correct_option_id", -1)]
    chosen = [option for option in given if isinstance(option, int) and 0 <= option < options]
    if not chosen or len(set(chosen)) != len(given):
        raise bad_request("wrong correct option ID specified")
    if len(chosen) > 1 and not multiple:
        raise bad_request("QUIZ_CORRECT_ANSWERS_TOO_MUCH")
    return sorted(chosen)


def _explanation(call: Call) -> Json:
    params = call.params
    text, entities = formatted(
        params.text("explanation"),
        params.text("explanation_parse_mode"),
        params.json("explanation_entities"),
    )
    if len(text) > MAX_EXPLANATION:
        raise bad_request("MESSAGE_TOO_LONG")
    if text.count("\n") > MAX_EXPLANATION_LINE_FEEDS:
        raise bad_request("poll explanation can have at most 2 line feeds")
    if not text:
        return {}
    return {"explanation": text, "explanation_entities": entities}


def _closing(call: Call) -> tuple[int | None, int | None]:
    """Returns open_period in seconds and close_date in Unix seconds; raises ApiError 400."""
    period = call.params.optional_integer("open_period")
    date = call.params.optional_integer("close_date")
    now = call.world.clock.timestamp()
    if period is not None and date is not None:
        raise bad_request("open_period and close_date can't be used together")
    if period is not None:
        date = now + period
    if date is not None and date - now not in OPEN_PERIOD:
        raise bad_request("POLL_CLOSE_DATE_INVALID")
    return period, date


METHODS: dict[str, Method] = {"sendPoll": send_poll, "stopPoll": stop_poll}
