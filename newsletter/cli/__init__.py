"""The command line.

    newsletter/__main__.py ─▶ main (a table of commands) ─▶ one module per command
                                        │                        │
                            invocation (global options,          ▼
                            errors as exit codes)          the use case it calls

A command parses its options, calls one use case of the packages below, and prints the
result as text or as JSON (`output`). `exit_codes` lists how a command may end. `--help`
imports no command, and a command imports its use case when it is called.
"""
