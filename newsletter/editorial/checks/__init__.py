"""Check an issue before it is sent.

check.check_issue ─▶ editions ─▶ lint_editions ─▶ composer.checks.lint ─▶ findings
                        ├──▶ network      on request: links and pictures
                        └──▶ spam_score   on request: SpamAssassin, if it is installed
freeze ──▶ check.require_passing_checks   an error holds the issue back unless it is forced
"""
