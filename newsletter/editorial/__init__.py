"""The issue in the author's hands, from the draft to the approval.

    posts, greetings ─▶ draft ─▶ preview, check, proof_copy ─▶ approval ─▶ (delivery) ─▶ archive
                          │             │                          │
       greeting_choice, compose      editions ◀── one renderer for all of them

Use cases, which take the context and own the transaction:

- `draft`: `draft_issue`, `draft_issues`, `draft_notes`; `approval`: `approve`, `unapprove`;
  `reschedule`: `schedule_issue`, `skip_issue`, `unskip_slot`, `slots_ahead`; `decision_log`: who
  decided what.
- `preview`: `render_preview`; `example`: `example_issue`, before there is an issue;
  `proof_copy`: `send_proof_copy`, `mail_edition`.
- `checks.check`: `check_issue`; `archive`: `list_archive`, `archive_page`.
- `own_edits`: `issue_edits`, `edit_issue`, `step_through_edits`, with the requests and pure rules of
  `edit_request`.
- `issue_greetings`: `issue_greetings`, `greeting_candidates`; `greeting_override`:
  `change_greeting`;
  `greeting_year`: `greetings_of_year`, `render_year`;
  `find_issue`: `list_issues`.

Functions for other use cases, which take a connection and values:

- `pinned_edits`: edits to the posts of an approved issue, found, said and taken in.
- `decision_links`: the links in a notice, and what they are tied to.
- `find_issue.find_issue`; `editions`: `editions_of`, `render_editions`, `fit_editions`,
  `content_hash`; `checks.check`: `lint_editions`, `require_passing_checks`, `parse_rules`.
"""
