"""Groups: members, administrators, permissions, and the migration to a supergroup."""

from sandbox.accounts import Account, Bot
from sandbox.chats import Draft, Group
from sandbox.people import member_update
from sandbox.rights import ADMINISTRATOR_RIGHTS, PERMISSIONS, Rights, administrator_rights
from sandbox.wire import Json, RefusedError
from sandbox.world import World


def group_with(world: World, group_id: int) -> Group:
    """Returns the group with that id; raises RefusedError if it is unknown or has migrated."""
    group = world.groups.get(group_id)
    if group is None:
        raise RefusedError(404, f"there is no group {group_id}")
    if group.migrated_to is not None:
        raise RefusedError(409, f"the group is now the supergroup {group.migrated_to}")
    return group


def account_with(world: World, account_id: int) -> Account:
    """Returns the person or bot with that id; raises RefusedError 404 if there is none."""
    account = world.account(account_id)
    if account is None:
        raise RefusedError(404, f"there is no account {account_id}")
    return account


def create(world: World, title: str, owner: Account, members: list[Account]) -> Group:
    """Adds a group; its bots get my_chat_member updates."""
    group = Group(world.new_group_id(supergroup=False), title, owner)
    group.join(owner, "creator")
    world.groups[group.id] = group
    for member in members:
        if member is not owner:
            before = group.member(member)
            group.join(member)
            _send_member_update(world, group, owner, member, before)
    world.post(group, owner, Draft(content={"group_chat_created": True}))
    _refresh_pages(world, group)
    return group


def add(world: World, group: Group, member: Account, by: Account) -> None:
    """Adds a member, who joins if ``by`` is the same account."""
    if member.id in group.members:
        raise RefusedError(409, f"account {member.id} is in the group already")
    before = group.member(member)
    group.join(member)
    _send_member_update(world, group, by, member, before)
    world.post(group, by, Draft(content={"new_chat_members": [member.user()]}))
    _refresh_pages(world, group)


def remove(world: World, group: Group, member: Account, by: Account) -> None:
    """Removes a member, who leaves if ``by`` is the same account."""
    if member.id not in group.members:
        raise RefusedError(409, f"account {member.id} is not in the group")
    before = group.member(member)
    world.post(group, by, Draft(content={"left_chat_member": member.user()}))
    group.leave(member, "left" if by is member else "kicked")
    _send_member_update(world, group, by, member, before)
    world.hub.publish(member.id, "chats", {})
    _refresh_pages(world, group)


def promote(
    world: World, group: Group, member: Account, by: Account, rights: list[str] | None
) -> None:
    """Makes a member an administrator with those rights (None: the usual), or changes them."""
    _check_names(rights or [], ADMINISTRATOR_RIGHTS)
    _set_rights(world, group, member, by, administrator_rights(rights))


def demote(world: World, group: Group, member: Account, by: Account) -> None:
    """Makes an administrator a member again."""
    if group.status.get(member.id) != "administrator":
        raise RefusedError(409, f"account {member.id} is not an administrator of the group")
    _set_rights(world, group, member, by, None)


def permit(world: World, group: Group, by: Account, permissions: Rights) -> None:
    """Changes members' permissions; those not named stay. Bots get no update."""
    _check_names(list(permissions), PERMISSIONS)
    if not group.may(by, "can_restrict_members"):
        raise RefusedError(409, f"account {by.id} may not change permissions in the group")
    group.permissions |= permissions
    _refresh_pages(world, group)


def migrate(world: World, group: Group) -> Group:
    """Turns it into a supergroup with a new id; the old group only points to it."""
    if group.supergroup:
        raise RefusedError(409, "this is a supergroup already")
    new = Group(world.new_group_id(supergroup=True), group.title, group.owner, supergroup=True)
    new.members, new.status = dict(group.members), dict(group.status)
    new.rights, new.permissions = dict(group.rights), dict(group.permissions)
    world.groups[new.id] = new
    world.post(group, group.owner, Draft(content={"migrate_to_chat_id": new.id}))
    # People still see the earlier messages, so their ids must not be reused.
    new.migrated_from, new.last_message_id = group, group.last_message_id
    world.post(new, group.owner, Draft(content={"migrate_from_chat_id": group.id}))
    group.migrated_to = new.id
    _refresh_pages(world, new)
    return new


def _set_rights(
    world: World, group: Group, member: Account, by: Account, rights: Rights | None
) -> None:
    """Makes the member an administrator with those rights or, if None, a plain member."""
    if group.status.get(member.id) not in ("member", "administrator"):
        raise RefusedError(409, f"account {member.id} is not in the group, or is its owner")
    if not group.may(by, "can_promote_members"):
        raise RefusedError(409, f"account {by.id} may not choose administrators of the group")
    before = group.member(member)
    if rights is None:
        group.status[member.id] = "member"
        del group.rights[member.id]
    else:
        group.status[member.id] = "administrator"
        group.rights[member.id] = rights
    _send_member_update(world, group, by, member, before)
    _refresh_pages(world, group)


def _check_names(names: list[str], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise RefusedError(400, f"there is no right {name}")


def _send_member_update(
    world: World, group: Group, actor: Account, member: Account, before: Json
) -> None:
    date = world.clock.timestamp()
    content: Json = member_update(group.view(), actor, date, before, group.member(member))
    if isinstance(member, Bot):
        member.updates.put("my_chat_member", content)
    for bot in group.bots():
        if bot is not member and group.status[bot.id] == "administrator":
            bot.updates.put("chat_member", content)


def _refresh_pages(world: World, group: Group) -> None:
    for person in group.people():
        world.hub.publish(person.id, "chats", {})
