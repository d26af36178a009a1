"""The order of the work: collect, draft, approve, freeze, deliver, report.

Only this package knows that order. Each step may run twice without harm.
"""
