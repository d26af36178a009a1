"""Greetings: the lines about season and running year that open an issue.

An *intro* is a text with conditions, as written in a greeting file. A *greeting* is what an
edition opens with: an intro chosen for its hemisphere and day, with its placeholders filled.

    intros/*.toml, *.ics
         |
    load.load_book          toml_tables -> schema (book, occasions, solstices),
         |                              race_calendar, problems
         |
      IntroBook  --  choose.greet     seasons + occasions.nearby_occasions -> match -> draw
         |                |
         |             Greeting
         |
    simulate.simulate_greetings       the same for every planned issue of a year

Others call `load.load_book`, `choose.greet`, `simulate.simulate_greetings` and use the
values in `book`.
"""
