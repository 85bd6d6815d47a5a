"""Groups: who is in them, and their move to a supergroup."""

from sandbox.accounts import Account, Bot
from sandbox.chats import Group
from sandbox.messages import Draft
from sandbox.people import member_update
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
            group.join(member)
            _tell_of_membership(world, group, owner, member, "left")
    world.post(group, owner, Draft(content={"group_chat_created": True}))
    _tell_pages(world, group)
    return group


def add(world: World, group: Group, member: Account, by: Account) -> None:
    """``by`` adds a member, or joins when both are the same."""
    if member.id in group.members:
        raise RefusedError(409, f"account {member.id} is in the group already")
    old = group.status.get(member.id, "left")
    group.join(member)
    _tell_of_membership(world, group, by, member, old)
    world.post(group, by, Draft(content={"new_chat_members": [member.user()]}))
    _tell_pages(world, group)


def remove(world: World, group: Group, member: Account, by: Account) -> None:
    """``by`` removes a member, or leaves when both are the same."""
    if member.id not in group.members:
        raise RefusedError(409, f"account {member.id} is not in the group")
    old = group.status[member.id]
    world.post(group, by, Draft(content={"left_chat_member": member.user()}))
    group.leave(member, "left" if by is member else "kicked")
    _tell_of_membership(world, group, by, member, old)
    world.hub.publish(member.id, "chats", {})
    _tell_pages(world, group)


def migrate(world: World, group: Group) -> Group:
    """Become a supergroup with a new id; the old group only points to it."""
    if group.supergroup:
        raise RefusedError(409, "this is a supergroup already")
    new = Group(world.new_group_id(supergroup=True), group.title, group.owner, supergroup=True)
    new.members, new.status = dict(group.members), dict(group.status)
    world.groups[new.id] = new
    world.post(group, group.owner, Draft(content={"migrate_to_chat_id": new.id}))
    world.post(new, group.owner, Draft(content={"migrate_from_chat_id": group.id}))
    group.migrated_to = new.id
    _tell_pages(world, new)
    return new


def _tell_of_membership(
    world: World, group: Group, actor: Account, member: Account, old: str
) -> None:
    date = world.clock.timestamp()
    before, after = group.member(member, old), group.member(member)
    content: Json = member_update(group.view(), actor, date, before, after)
    if isinstance(member, Bot):
        member.updates.put("my_chat_member", content)
    for bot in group.bots():
        if bot is not member and group.status[bot.id] == "administrator":
            bot.updates.put("chat_member", content)


def _tell_pages(world: World, group: Group) -> None:
    for person in group.people():
        world.hub.publish(person.id, "chats", {})
