"""Group chats of programmes: linking them, and their anonymous daily quiz."""
