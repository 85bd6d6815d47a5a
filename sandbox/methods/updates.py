"""Methods for receiving updates: long polling or a webhook."""

import re

from sandbox.accounts import Webhook
from sandbox.loopback import is_loopback
from sandbox.methods.call import Call, Method
from sandbox.wire import Json, bad_request, conflict

MAX_TIMEOUT = 50
MAX_BATCH = 100


async def get_updates(call: Call) -> list[Json]:
    """Returns updates from ``offset`` on, and confirms earlier ones."""
    params, bot = call.params, call.bot
    if bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    _choose_kinds(call)
    limit = params.integer("limit", MAX_BATCH)
    if not 1 <= limit <= MAX_BATCH:
        limit = MAX_BATCH
    timeout = min(max(0, params.integer("timeout")), MAX_TIMEOUT)
    return await bot.updates.get(params.integer("offset"), limit, timeout)


def set_webhook(call: Call) -> bool:
    """Sets a webhook on a loopback address (Telegram requires a public https one)."""
    params, bot = call.params, call.bot
    url = params.text("url")
    if not url:
        return delete_webhook(call)
    if not url.startswith(("http://", "https://")) or not is_loopback(url):
        raise bad_request("bad webhook: the sandbox only posts to a loopback address")
    secret = params.text("secret_token") or None
    if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    _choose_kinds(call)
    webhook = Webhook(url, secret, min(max(1, params.integer("max_connections", 40)), 100))
    if params.flag("drop_pending_updates"):
        bot.updates.clear()
    elif bot.webhook is not None and bot.webhook.is_same(webhook):
        return True  # what waits to be posted again goes on waiting
    bot.webhook = webhook
    bot.updates.interrupt(conflict("terminated by setWebhook request"))
    call.world.webhook_changed(bot)
    return True


def delete_webhook(call: Call) -> bool:
    """Deletes the webhook; the bot uses getUpdates again."""
    if call.params.flag("drop_pending_updates"):
        call.bot.updates.clear()
    call.bot.webhook = None
    call.world.webhook_changed(call.bot)
    return True


def get_webhook_info(call: Call) -> Json:
    """Returns the WebhookInfo object."""
    bot, webhook = call.bot, call.bot.webhook
    info: Json = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if bot.updates.allowed:
        info["allowed_updates"] = bot.updates.allowed
    if webhook is None:
        return info
    info |= {"url": webhook.url, "max_connections": webhook.max_connections}
    if webhook.last_error_date is not None:
        info["last_error_date"] = webhook.last_error_date
        info["last_error_message"] = webhook.last_error_message
    return info


def _choose_kinds(call: Call) -> None:
    """Sets allowed_updates; if it is not given, the earlier value stays."""
    if "allowed_updates" in call.params.values:
        call.bot.updates.allowed = [str(kind) for kind in call.params.array("allowed_updates")]


METHODS: dict[str, Method] = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
