"""Question formats of other programs: what they can hold, how to write them and how to read them.

`registry` names the formats. Writers turn the items of a topic into the bytes of a file. Readers
turn a text into `Found` questions, and `drafts` makes draft items of those that fit the bank.
"""
