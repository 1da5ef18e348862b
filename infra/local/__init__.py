"""The product on one machine: the real template in an AWS emulator, with stand-ins for Xero and GO1.

Run it as `python -m infra.local` from the root of the project, or by `make run` and `make test`.
Only the standard library is imported here, and what renders the template (`infra.deploy.release`); the emulator and `sam` are
run as programs of the same virtual environment.
"""
