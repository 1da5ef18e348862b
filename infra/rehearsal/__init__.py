"""The runbooks, run: a stage as in production on the AWS emulator, customers who import, and the commands that the pages print.

`make rehearse` runs `infra/rehearsal/rehearse_*.py`. Every command is taken from its page (`pages.py`), so that the page and the
rehearsal cannot part: a command that is gone from a page fails here, and so does one that nobody runs.

What the emulator has not, and what is done instead:

- Filter patterns for logs. It answers every line; `shell.py` reads the pattern from the command and keeps the lines that match.
- Alarms that ring. Nothing has metrics, so `ringing` is empty; what raises each alarm is tested by `infra/test_watching.py`.
- A point in time. It restores the table as it is at the moment of the call, so the copy is made at the second that is meant, and
  what must be repeated is done after it.
- Reserved concurrency for a function that is called by its alias, as all of ours are. That the switch is set at every function, and
  that a call without the alias is refused, is looked at; that pages answer 503 is not.
- The table of a call that restores one, where it asks the caller's policy: whoever owns the account makes that call here.
- The policy of three calls, which it asks otherwise than AWS: `OTHERWISE` in `stage.py` names them.
- Traffic shifting. A deploy and a rollback are all at once (`Canary=false`).
- Time. Quarter hours and days are moved in the table's rows where a page speaks of them, each time said beside it.
- A mapping that works on several batches at a time. Imports of several portals share one worker.
"""
