"""The issue in the author's hands, from the draft to the approval.

    posts, greetings ─▶ draft ─▶ preview, check, proof_copy ─▶ approval ─▶ (delivery) ─▶ archive
                          │             │                          │
       greeting_choice, compose      editions ◀── one renderer for all of them

Use cases, which take the context and own the transaction:

- `draft`: `draft_issue`, `draft_issues`; `approval`: `approve`, `unapprove`; `reschedule`:
  `schedule_issue`, `skip_issue`, `unskip_slot`.
- `own_edits`: `edit_issue`, `step_through_edits`, with the requests and pure rules
  of `edit_request`; `greeting_override`: `change_greeting`.
- `preview`: `render_preview`; `example`: `example_issue`, before there is an issue;
  `proof_copy`: `send_proof_copy`, `mail_edition`; `checks.check`: `check_issue`.
- `archive`: `archive_page`; `greeting_year`: `greetings_of_year`, `render_year`.

Questions, and functions for other use cases, which take a connection and values:

- `find_issue`: `find_issue`, `list_issues`, `describe_issue`; `draft`: `draft_notes`;
  `own_edits`: `issue_edits`; `issue_greetings`: `greetings_of`; `reschedule`: `slots_ahead`;
  `archive`: `list_archive`; `decision_log`: a decision in words.
- `pinned_edits`: edits to the posts of an approved issue, found, said and taken in.
- `decision_links`: the links in a notice, and what they are tied to.
- `editions`: `editions_of`, `render_editions`, `fit_editions`, `content_hash`; `checks.check`:
  `lint_editions`, `require_passing_checks`, `parse_rules`.
"""
