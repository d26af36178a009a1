"""Decide which issue is due, and whether it may be sent.

    schedule ─▶ next_slot.choose_next_slot ─▶ sort_posts ─▶ (draft) ─▶ send_policy.decide
    all slots   the one slot to work for      its posts                send or wait, and why

- `next_slot`: `choose_next_slot`, `sort_posts` and `repeats_since` read the database; `choose_slot`
  is the pure choice of a `Target`.
- `send_policy`: `decide` returns a `Decision` with its reason; `describe_status` says what happens
  next with an issue.
- `run_times`: how long no run may come by, and whether the clock can be believed.
"""
