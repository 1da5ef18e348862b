"""The product on AWS: `make deploy`, `make secrets`, `make status`, `make rollback`, `make destroy`.

Run it as `python -m infra.deploy` from the root of the project. It calls AWS through boto3 and `sam`, which come with the
virtual environment that `make setup` makes, and honours AWS's own variables (`AWS_PROFILE`, `AWS_ENDPOINT_URL`).
"""
