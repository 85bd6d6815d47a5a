"""The review of a bank: approving its items, what a changed article undid, and a page to read."""
