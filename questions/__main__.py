"""`python -m questions`: the workshop in which banks are made."""

from questions.commands import app

if __name__ == "__main__":
    app(prog_name="python -m questions")
