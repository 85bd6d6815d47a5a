"""Groups: who is in them, and their move to a supergroup."""

from sandbox.accounts import Account, Bot
from sandbox.chats import Group
from sandbox.messages import Draft
from sandbox.people import member_update
from sandbox.rights import ADMINISTRATOR_RIGHTS, PERMISSIONS, Rights, administrator_rights
from sandbox.wire import Json, RefusedError
from sandbox.world import World


def group_with(world: World, group_id: int) -> Group:
    """The group of that id."""
    group = world.groups.get(group_id)
    if group is None:
        raise RefusedError(404, f"there is no group {group_id}")
    if group.migrated_to is not None:
        raise RefusedError(409, f"the group is now the supergroup {group.migrated_to}")
    return group


def account_with(world: World, account_id: int) -> Account:
    """A person or bot."""
    account = world.account(account_id)
    if account is None:
        raise RefusedError(404, f"there is no account {account_id}")
    return account


def create(world: World, title: str, owner: Account, members: list[Account]) -> Group:
    """A new group; its bots are told that they are in it."""
    group = Group(world.new_group_id(supergroup=False), title, owner)
    group.join(owner, "creator")
    world.groups[group.id] = group
    for member in members:
        if member is not owner:
            before = group.member(member)
            group.join(member)
            _tell_of_membership(world, group, owner, member, before)
    world.post(group, owner, Draft(content={"group_chat_created": True}))
    _tell_pages(world, group)
    return group


def add(world: World, group: Group, member: Account, by: Account) -> None:
    """``by`` adds a member, or joins when both are the same."""
    if member.id in group.members:
        raise RefusedError(409, f"account {member.id} is in the group already")
    before = group.member(member)
    group.join(member)
    _tell_of_membership(world, group, by, member, before)
    world.post(group, by, Draft(content={"new_chat_members": [member.user()]}))
    _tell_pages(world, group)


def remove(world: World, group: Group, member: Account, by: Account) -> None:
    """``by`` removes a member, or leaves when both are the same."""
    if member.id not in group.members:
        raise RefusedError(409, f"account {member.id} is not in the group")
    before = group.member(member)
    world.post(group, by, Draft(content={"left_chat_member": member.user()}))
    group.leave(member, "left" if by is member else "kicked")
    _tell_of_membership(world, group, by, member, before)
    world.hub.publish(member.id, "chats", {})
    _tell_pages(world, group)


def promote(
    world: World, group: Group, member: Account, by: Account, rights: list[str] | None
) -> None:
    """Make a member an administrator with those rights (None: the usual), or change them."""
    _known(rights or [], ADMINISTRATOR_RIGHTS)
    _set_standing(world, group, member, by, administrator_rights(rights))


def demote(world: World, group: Group, member: Account, by: Account) -> None:
    """An administrator is a member again."""
    if group.status.get(member.id) != "administrator":
        raise RefusedError(409, f"account {member.id} is no administrator of the group")
    _set_standing(world, group, member, by, None)


def permit(world: World, group: Group, by: Account, permissions: Rights) -> None:
    """Change what members may do; what is not named stays. Bots are not told."""
    _known(list(permissions), PERMISSIONS)
    if not group.may(by, "can_restrict_members"):
        raise RefusedError(409, f"account {by.id} may not change permissions in the group")
    group.permissions |= permissions
    _tell_pages(world, group)


def migrate(world: World, group: Group) -> Group:
    """Become a supergroup with a new id; the old group only points to it."""
    if group.supergroup:
        raise RefusedError(409, "this is a supergroup already")
    new = Group(world.new_group_id(supergroup=True), group.title, group.owner, supergroup=True)
    new.members, new.status = dict(group.members), dict(group.status)
    new.rights, new.permissions = dict(group.rights), dict(group.permissions)
    world.groups[new.id] = new
    world.post(group, group.owner, Draft(content={"migrate_to_chat_id": new.id}))
    # People go on seeing what was said before: its numbers must not come again.
    new.migrated_from, new.last_message_id = group, group.last_message_id
    world.post(new, group.owner, Draft(content={"migrate_from_chat_id": group.id}))
    group.migrated_to = new.id
    _tell_pages(world, new)
    return new


def _set_standing(
    world: World, group: Group, member: Account, by: Account, rights: Rights | None
) -> None:
    """Administrator with those rights, or member without."""
    if group.status.get(member.id) not in ("member", "administrator"):
        raise RefusedError(409, f"account {member.id} is no member of the group, or its owner")
    if not group.may(by, "can_promote_members"):
        raise RefusedError(409, f"account {by.id} may not choose administrators of the group")
    before = group.member(member)
    if rights is None:
        group.status[member.id] = "member"
        del group.rights[member.id]
    else:
        group.status[member.id] = "administrator"
        group.rights[member.id] = rights
    _tell_of_membership(world, group, by, member, before)
    _tell_pages(world, group)


def _known(names: list[str], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise RefusedError(400, f"there is no right {name}")


def _tell_of_membership(
    world: World, group: Group, actor: Account, member: Account, before: Json
) -> None:
    date = world.clock.timestamp()
    content: Json = member_update(group.view(), actor, date, before, group.member(member))
    if isinstance(member, Bot):
        member.updates.put("my_chat_member", content)
    for bot in group.bots():
        if bot is not member and group.status[bot.id] == "administrator":
            bot.updates.put("chat_member", content)


def _tell_pages(world: World, group: Group) -> None:
    for person in group.people():
        world.hub.publish(person.id, "chats", {})
