"""The product on one machine: the real template in an AWS emulator, with stand-ins for Xero and GO1.

Run it as `python -m infra.local` from the root of the project, or by `make run` and `make test`.
What is imported is the standard library, what renders the template (`infra.deploy.release`), and boto3 where a row is read; the
emulator and `sam` are run as programs of the same virtual environment.
"""
