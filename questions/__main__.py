"""`python -m questions`: the workshop in which banks are made."""

from questions.commands import app
from questions.commands.common import this_program

if __name__ == "__main__":
    app(prog_name=this_program())
