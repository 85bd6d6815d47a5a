"""Question formats of other programs: what each can hold, its writer and its reader.

`registry` lists the formats. Writers turn the items of a topic into the bytes of a file. Readers
turn a text into `ImportedQuestion`s, and `drafts` makes draft items of those that fit the bank.
"""
