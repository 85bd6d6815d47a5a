"""Methods that send and stop polls (Bot API 10.0: a list of correct options, pictures)."""

import json
from itertools import pairwise

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
# The types of InputPollMedia.
_MEDIA = ("photo", "document")
_MEDIA_NOT_IMPLEMENTED = ("animation", "audio", "live_photo", "location", "venue", "video")
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
    if message is None:
        raise bad_request("message with poll to stop not found")
    poll = message.poll
    if poll is None:
        raise bad_request("message is not a poll")
    if not message.may_be_edited(call.bot):
        raise bad_request("poll can't be stopped")
    message.markup = call.markup(chat, inline=True)
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
    """Returns question, description, media, and who may vote: the same for all viewers."""
    if call.params.flag("members_only") or call.params.array("country_codes"):
        raise bad_request("poll voters can be restricted only in channel chats")
    params = call.params
    text, entities = formatted(
        params.text("question"),
        params.text("question_parse_mode"),
        params.json("question_entities"),
    )
    if not text:
        raise bad_request("text must be non-empty")
    if len(text) > MAX_QUESTION:
        raise bad_request(f"poll question length must not exceed {MAX_QUESTION}")
    # A question keeps only custom emoji.
    entities = [entity for entity in entities if entity["type"] == "custom_emoji"]
    content: Json = {"question": text, "members_only": False, **_media(call, "media")}
    if entities:
        content["question_entities"] = entities
    return {**content, **_description(call)}


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
    description: Json = {"description": text}
    return description | ({"description_entities": entities} if entities else {})


def _options(call: Call) -> list[Option]:
    given = call.params.array("options")
    if not given:
        raise bad_request("poll must have at least one answer option")
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
        raise bad_request("text must be non-empty")
    if len(text) > MAX_OPTION:
        raise bad_request(f"poll options length must not exceed {MAX_OPTION}")
    entities = [entity for entity in entities if entity["type"] == "custom_emoji"]
    return {"text": text, "text_entities": entities} if entities else {"text": text}


def _correct(call: Call, options: int, *, multiple: bool) -> list[int]:
    """Reads ``correct_option_ids``, or the older ``correct_option_id``."""
    params = call.params
    chosen = params.array("correct_option_ids")
    if not params.text("correct_option_ids") and params.text("correct_option_id"):
        chosen = [params.integer("correct_option_id", -1)]
    if not chosen:
        raise bad_request("correct quiz option list must be non-empty")
    if not all(type(option) is int for option in chosen):
        raise bad_request("correct option identifier must be of type Number")
    if any(first >= second for first, second in pairwise(chosen)):
        raise bad_request("correct quiz option list must be increasing")
    if not 0 <= chosen[0] <= chosen[-1] < options:
        raise bad_request("wrong quiz correct_option_id")
    if len(chosen) > 1 and not multiple:
        raise bad_request("QUIZ_CORRECT_ANSWERS_TOO_MUCH")
    return chosen


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
    media = _media(call, "explanation_media")
    return {"explanation": text, "explanation_entities": entities, **media} if text else media


def _media(call: Call, field: str) -> Json:
    """Returns the field as a PollMedia object, or nothing if it is not given."""
    written = call.params.values.get(field)
    try:
        media = json.loads(written or "null") if isinstance(written, str) else written
    except ValueError:
        raise bad_request("can't parse InputPollMedia JSON object") from None
    if media is None:
        return {}
    kind, reference = _media_reference(call, media)
    file = call.file("", f"{kind}s", reference)
    return {field: {kind: file.photo() if kind == "photo" else file.document()}}


def _media_reference(call: Call, media: object) -> tuple[str, str]:
    """Returns the type, photo or document, and the reference to the file."""
    failed = "failed to parse InputPollMedia:"
    if not isinstance(media, dict):
        raise bad_request(f"{failed} expected an Object")
    if "type" not in media:
        raise bad_request(f'{failed} Can\'t find field "type"')
    kind, reference = media["type"], media.get("media")
    if not isinstance(kind, str):
        raise bad_request(f'{failed} Field "type" must be of type String')
    if kind in _MEDIA_NOT_IMPLEMENTED:
        raise not_implemented(f"media of type {kind}")
    if kind not in _MEDIA:
        raise bad_request(f"{failed} invalid type specified")
    if not isinstance(reference, str) or not reference:
        raise bad_request(f"{failed} media not found")
    if reference.startswith("attach://") and call.upload("", reference) is None:
        raise bad_request(f"{failed} media not found")
    return kind, reference


def _closing(call: Call) -> tuple[int | None, int | None]:
    """Returns open_period in seconds and close_date in Unix seconds: both or none.

    0 means absent, and a period that is too long is shortened. Raises ApiError 400.
    """
    period = min(max(0, call.params.integer("open_period")), OPEN_PERIOD[-1])
    date = call.params.integer("close_date")
    if period and date:
        raise bad_request("open_period and close_date can't be used together")
    if not period and not date:
        return None, None
    now = call.world.clock.timestamp()
    period = period or date - now
    if period not in OPEN_PERIOD:
        raise bad_request("POLL_CLOSE_DATE_INVALID")
    return period, now + period


METHODS: dict[str, Method] = {"sendPoll": send_poll, "stopPoll": stop_poll}
