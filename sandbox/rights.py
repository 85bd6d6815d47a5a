"""Rights in a group: ChatPermissions of members, ChatAdministratorRights of administrators."""

from typing import TypeAlias

from sandbox.wire import ApiError, Json, bad_request

Rights: TypeAlias = dict[str, bool]

PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)
# An administrator's default rights.
USUAL_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
)
OTHER_RIGHTS = (
    "is_anonymous",
    "can_promote_members",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_manage_topics",
    "can_manage_tags",
    "can_send_welcome_messages",
)
ADMINISTRATOR_RIGHTS = USUAL_RIGHTS + OTHER_RIGHTS
# Field of a message -> the permission to send it, and its name in the error.
_SENDING = {
    "poll": ("can_send_polls", "polls"),
    "photo": ("can_send_photos", "photos"),
    "document": ("can_send_documents", "documents"),
    "text": ("can_send_messages", "text messages"),
}


def all_permissions() -> Rights:
    """Returns the permissions of a new group: members may do everything."""
    return dict.fromkeys(PERMISSIONS, True)


def administrator_rights(chosen: list[str] | None) -> Rights:
    """Returns all rights, true where chosen; can_manage_chat is always true."""
    given = set(USUAL_RIGHTS if chosen is None else chosen) | {"can_manage_chat"}
    return {right: right in given for right in ADMINISTRATOR_RIGHTS}


def sending_refused(content: Json, permissions: Rights) -> ApiError | None:
    """Returns an ApiError 400 if the permissions forbid that message."""
    for field, (permission, what) in _SENDING.items():
        if field in content and not permissions[permission]:
            return bad_request(f"not enough rights to send {what} to the chat")
    return None
