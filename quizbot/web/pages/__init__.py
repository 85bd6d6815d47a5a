"""The pages: each module one, with the changes that can be made on it."""
