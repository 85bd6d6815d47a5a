"""`python -m questions`: the workshop, tools for authors of question banks."""

from questions.commands import app
from questions.commands.common import this_program

if __name__ == "__main__":
    app(prog_name=this_program())
