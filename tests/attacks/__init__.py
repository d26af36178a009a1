"""Attacks in large numbers, on loopback only: `make attack`.

    __main__     runs each attack, prints its figures, and exits with 1 if one found a fault
    feeds        mutated feeds through the real program: collect, draft, send
    requests     mutated requests to the site and the desk
    tables       the sanitiser, the guard of addresses and the tokens, each with many variants
    floods       sign-ups by the thousand
    slow_clients thousands of connections that trickle; a program of its own
    mutation     changes bytes as a seed says

The test suite holds each of them in small. A seed is printed with each fault, and repeats it.
"""
