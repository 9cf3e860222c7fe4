from sqlalchemy import text

from app.database import Store


def counts(url):
    s = Store(url)
    with s.reading() as x:
        n = [x.execute(text(f"select count(*) from {t}")).scalar_one() for t in ("study", "finding", "outcome", "data_revision")]
    s.close()
    return n


def test_a(starter_url):
    assert counts(starter_url)[0] == 80


def test_b(starter_copy_url):
    print(counts(starter_copy_url))


def test_c(database_url):
    assert counts(database_url)[0] == 0
