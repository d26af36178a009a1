"""Years of greetings in many places, played and judged as a whole.

python -m tests.voice             eleven years, sixteen places, each weekday: figures
python -m tests.voice --write     the same years that docs/voice/ shows, written anew
"""
