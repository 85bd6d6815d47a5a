"""`python -m quizbot`: the operators' commands."""

from quizbot.commands import app

if __name__ == "__main__":
    app(prog_name="python -m quizbot")
