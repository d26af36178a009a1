"""Checks of a finished edition: what readers or mail programs would stumble over.

    Edition + Issue + Letterhead
              |
        proof.make_proof      fills merge fields with their longest values, parses the HTML
              |
            Proof  -- lint.lint: every check in lint.CHECKS -> Findings, errors first
              |
              +-- reach.message_urls -> (the caller requests them) -> reach.judge_answers

A check is a module with one function `check_<subject>(proof) -> Iterator[Finding]`. It opens
no connection and reads none of the author's files. `first_lines`, `words`, `structure`,
`links`, `pictures`, `contrast` and `client_support` are checks; a few hold a second
function for a neighbour of their subject. They read the message by the composer's `markup`.

To add a check:

1. Write `checks/<subject>.py` with its function. Each finding says where it is, what is
   wrong and what the author can do. An error holds the issue back unless the author forces
   its rule, so use one only for what harms every reader, and a warning otherwise.
2. Add the names of its rules to `proof.RuleName`. Authors see them and may force them.
3. Add the function to `lint.CHECKS`.
4. Keep limits that the composer itself obeys beside its rules (`render`, `digest`,
   `layout.palette`, `images`) and import them from there.
"""
