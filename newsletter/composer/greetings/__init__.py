"""Greetings: the paragraph about these days that opens an issue.

A *greeting* is put together from parts: an opener (what is true these days), the season's
hello, a thought, and a bridge to the posts. A part is a text with conditions, as written in a
greeting file; the book holds them all, and calls the thoughts *intros*.

    intros/*.toml, *.ics                        Home: place, language, voice
         |                                        |
    load.load_book   toml_tables -> schema      match.circumstances_of
         |            (book, occasions),          |   season, week, light, climate
         |            race_calendar               |
      IntroBook  --  choose.greet  ---------------+
         |              occasions + moments: what is near; picks: what the posts give
         |              writer: selection (what rests, the draw), picks and wording say it
         |                |
         |             Greeting
         |
    choose.simulate_greetings         the same for every planned issue of a year

Others call `load.load_book`, `choose.greet`, `choose.consider`, `choose.simulate_greetings` and
use the values in `book`, `match.Home` and `writer.Choice`. `manners` knows how the shipped parts
are to be written.
"""
