"""Tests of pytest_mlreqs.forgetting.traces.refusal."""

import socket

import pytest

from pytest_mlreqs.forgetting.traces.refusal import refused

REFUSED = [
    "postgresql://db.example.com/shop",
    "postgresql+psycopg://user:secret@db.example.com:5432/shop",
    "postgres://10.0.0.5/shop",
    "postgresql://192.168.1.2/shop",
    "postgresql://[2001:db8::1]/shop",
    "postgresql://[::ffff:10.0.0.1]/shop",
    "postgresql://localhost.example.com/shop",
    "postgresql://127.0.0.1.nip.io/shop",
    "postgresql://0.0.0.0/shop",
    "postgresql://2130706433/shop",
    "postgresql://127.1/shop",
    "postgresql:///shop",
    "postgresql://localhost,db.example.com/shop",
    "postgresql://localhost/shop?host=db.example.com",
    "postgresql://localhost/shop?hostaddr=10.1.1.1",
    "postgresql:///shop?host=db.example.com",
    "postgresql://localhost/shop?service=main",
    "postgresql://localhost@db.example.com/shop",
    "postgresql://localhost:99999/shop",
    "mysql+pymysql://shop.internal/app",
    "mariadb://10.2.3.4/app",
    "redis://cache.example.com:6379/0",
    "redis://:pw@10.0.0.7/1",
    "rediss://localhost/0",
    "mongodb://localhost/shop",
    "s3://bucket/people.parquet",
    "gs://bucket/people.parquet",
    "https://example.com/people.csv",
    "hdfs://namenode/people",
    "sftp://localhost/people",
    "file://server/share/people.csv",
    "file:////server/share/people.csv",
    "sqlite://server/app.db",
    "sqlite:///file:app.db?uri=true",
    "duckdb:///md:my_db?host=x://y",
    "\\\\server\\share\\app.db",
    "//server/share/app.db",
    "postgresql://localhost/shop_production",
    "postgresql://localhost/prod",
    "mysql://127.0.0.1/shop-PROD",
    "sqlite:///var/production.db",
    "data/prod/app.db",
    "redis://prod@localhost:6379/0?name=live",
]
TAKEN = [
    "app.db",
    "var/passengers.csv",
    "C:\\data\\app.db",
    "/srv/app/products.db",
    "reproduction/",
    "sqlite:///app.db",
    "sqlite:////srv/app.db",
    "duckdb:///var/app.duckdb",
    "file:///srv/people.csv",
    "postgresql://localhost/shop",
    "postgresql+psycopg2://user:secret@127.0.0.1:5433/shop_test",
    "postgresql://[::1]/shop",
    "postgresql://127.0.0.9/shop",
    "postgresql:///shop?host=/var/run/postgresql",
    "mysql://localhost/delivery",
    "redis://localhost:6379/15",
]


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    """Let any contact with the network, a look-up of a name included, fail the test."""

    def contact(*arguments, **options):
        raise AssertionError("the network was contacted")

    for name in ("getaddrinfo", "gethostbyname", "create_connection", "socket"):
        monkeypatch.setattr(socket, name, contact)


@pytest.mark.parametrize("location", REFUSED)
def test_refused(location):
    """A store elsewhere, or one whose name says production, is refused without any contact."""
    assert refused(location, environ={})


@pytest.mark.parametrize("location", TAKEN)
def test_taken(location):
    """A store on this machine is taken, also where its name resembles production."""
    assert refused(location, environ={}) is None


def test_there_are_enough_of_them():
    """The table of what is refused is as long as promised."""
    assert len(REFUSED) >= 40


@pytest.mark.parametrize(
    "location",
    ["postgresql://localhost/shop", "postgres+asyncpg://u:p@LOCALHOST/shop/", "db/app.db"],
)
def test_what_the_environment_calls_production(location, tmp_path, monkeypatch):
    """A location that a named variable holds is refused, whoever the user is; no word lifts it."""
    monkeypatch.chdir(tmp_path)
    environ = {"DATABASE_URL": "postgresql://app:secret@localhost/shop", "DB": "./db/app.db"}
    why = refused(
        location, environ=environ, production_env=("DATABASE_URL", "DB"), not_production=[location]
    )
    assert why is not None
    assert why.startswith("it is what $D")
    assert "secret" not in why
    assert refused(location, environ=environ) is None


def test_what_is_no_production():
    """A name may be declared harmless, a host may not."""
    local, remote = "postgresql://localhost/prod", "postgresql://db.example.com/prod"
    assert refused(local, environ={}, not_production=[local]) is None
    assert refused(remote, environ={}, not_production=[remote])


def test_no_password_is_told():
    """The reason never repeats a password."""
    for location in REFUSED:
        with_password = location.replace("://", "://user:hunter2@", 1)
        assert "hunter2" not in (refused(with_password, environ={}) or "")
