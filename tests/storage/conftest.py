"""A store that speaks S3 inside this process, on loopback; each test has a bucket of its own."""

import io
import json
import logging
import secrets
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer
from PIL import Image

from app.config import Settings

REGION = "eu-central-1"
WHATEVER = 1_000_000
"""so many requests are let through without a look at their key"""


@dataclass(frozen=True)
class Shop:
    """The server with a client of another make, which sees what is really there."""

    url: str
    s3: Any

    def settings(self, data_dir, *, prefix="some/where", **changed):
        """Set up an installation that keeps its files in a new bucket."""
        bucket = f"files-{uuid.uuid4()}"
        self.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        given = {
            "storage_url": f"s3://{bucket}/{prefix}",
            "storage_endpoint": self.url,
            "storage_region": REGION,
            "storage_access_key_id": "anybody",
            "storage_secret_access_key": secrets.token_hex(8),
        }
        return Settings(data_dir=data_dir, **given | changed)

    def keys(self, settings):
        """List what is in the bucket."""
        found = self.s3.list_objects_v2(Bucket=bucket_of(settings)).get("Contents", [])
        return sorted(one["Key"] for one in found)

    def uploads(self, settings):
        """List the keys of uploads that are not finished."""
        found = self.s3.list_multipart_uploads(Bucket=bucket_of(settings)).get("Uploads", [])
        return sorted(one["Key"] for one in found)

    def look_at_keys(self, *, after):
        """Let the server check who asks, and by which signature, after so many more requests."""
        requests.post(f"{self.url}/moto-api/reset-auth", data=str(after), timeout=5).raise_for_status()

    def key_of(self, policy):
        """Make somebody who may do what a policy says; returns id and secret of their key."""
        iam = _client("iam", self.url)
        name = f"user-{uuid.uuid4()}"
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="files", PolicyDocument=json.dumps(policy))
        made = iam.create_access_key(UserName=name)["AccessKey"]
        return made["AccessKeyId"], made["SecretAccessKey"]


def bucket_of(settings):
    return settings.storage_url.removeprefix("s3://").partition("/")[0]


def names_in(settings, folder):
    """List what lies in the data folder of one kind of file."""
    return sorted(path.name for path in (settings.data_dir / "files" / folder).iterdir())


def _client(service, url):
    return boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


@pytest.fixture(scope="session")
def shop():
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    url = "http://{}:{}".format(*server.get_host_and_port())
    yield Shop(url, _client("s3", url))
    server.stop()


@pytest.fixture(scope="session")
def a_picture():
    """A small image."""
    data = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(data, "PNG")
    return data.getvalue()


@pytest.fixture(params=["data folder", "S3"])
def either_store(request, tmp_path):
    """Settings of an installation with the one store, then the other."""
    if request.param == "S3":
        return request.getfixturevalue("shop").settings(tmp_path / "data")
    return Settings(data_dir=tmp_path / "data")
