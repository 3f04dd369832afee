"""No practice sees, changes or points at a row of another one, whatever the code forgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, ProgrammingError, connection, models, transaction
from django.db.models import Count
from psycopg.errors import FeatureNotSupported

from afterglow.models import (
    Attempt,
    Client,
    ClientFlag,
    Consent,
    Heartbeat,
    Member,
    Message,
    Plan,
    Practice,
    ProtocolVersion,
    RawEvent,
    Source,
    Touch,
    Visit,
)
from afterglow.models.across import KnownSource, all_practices, practices_of, practices_with_due, source_by_token
from afterglow.models.scope import OtherPractice, new_practice_id, practice_scope

NOW = datetime(2026, 3, 13, 15, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Two:
    rosas: int
    vics: int


@pytest.fixture
def two() -> Two:
    """Two practices, with one client each: Rosa here, Vic there."""
    return Two(rosas=_practice("Glow", client="Rosa"), vics=_practice("Other", client="Vic"))


def test_a_query_without_a_filter_shows_only_the_own_practice(two: Two) -> None:
    with practice_scope(two.rosas):
        assert [client.first_name for client in Client.objects.all()] == ["Rosa"]
        assert [practice.name for practice in Practice.objects.all()] == ["Glow"]
    with practice_scope(two.vics):
        assert [client.first_name for client in Client.objects.all()] == ["Vic"]


def test_asking_for_the_id_of_a_strangers_row_finds_nothing(two: Two) -> None:
    vic = _client(two.vics)
    with practice_scope(two.rosas):
        assert not Client.objects.filter(pk=vic).exists()
        assert not Client.objects.filter(practice_id=two.vics).exists()


def test_outside_a_scope_there_is_nothing(two: Two) -> None:
    assert Client.objects.count() == 0
    assert Practice.objects.count() == 0
    assert _rows("SELECT count(*) FROM afterglow_client") == [(0,)]


def test_outside_a_scope_nothing_can_be_written(two: Two) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        Client.objects.create(practice_id=two.rosas, identity="nobody", created_at=NOW)


def test_a_row_cannot_be_written_for_or_moved_to_another_practice(two: Two) -> None:
    with practice_scope(two.rosas):
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Client.objects.create(practice_id=two.vics, identity="smuggled", created_at=NOW)
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            Client.objects.update(practice_id=two.vics)
        assert Client.objects.update(last_name="Lee") == 1
    with practice_scope(two.vics):
        assert Client.objects.get().last_name == ""


def test_raw_sql_and_copy_obey_too(two: Two) -> None:
    with practice_scope(two.rosas):
        assert _rows("SELECT first_name FROM afterglow_client") == [("Rosa",)]
        assert _copied("COPY (SELECT first_name FROM afterglow_client) TO STDOUT") == "Rosa\n"
        with pytest.raises(FeatureNotSupported, match="row-level security"), transaction.atomic():
            _copied('COPY afterglow_closedday (practice_id, "on", reason) FROM STDIN')
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            _rows(
                "INSERT INTO afterglow_client (practice_id, identity, external_id, first_name, last_name, phone, email,"
                " state, zip, language, acquisition_source, is_held_out, created_at)"
                " SELECT %s, 'x', '', '', '', '', '', '', '', '', '', false, now()",
                two.vics,
            )


def test_a_row_cannot_point_into_another_practice(two: Two) -> None:
    vic = _client(two.vics)
    with (
        practice_scope(two.rosas),
        pytest.raises(IntegrityError, match="afterglow_clientflag_client_within_practice"),
        transaction.atomic(),
    ):
        ClientFlag.objects.create(practice_id=two.rosas, client_id=vic, flag="minor", set_at=NOW)


def test_deleting_a_client_takes_what_is_only_about_the_client_along(two: Two) -> None:
    with practice_scope(two.rosas):
        _touch(two.rosas, due_at=NOW)
        _rows("DELETE FROM afterglow_client RETURNING 1")
        assert (Visit.objects.count(), Plan.objects.count(), Touch.objects.count()) == (0, 0, 0)


def test_the_app_cannot_change_who_sees_what() -> None:
    for command in (
        "ALTER TABLE afterglow_client DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE afterglow_client NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY within_practice ON afterglow_client",
        "CREATE POLICY all_mine ON afterglow_client USING (true)",
        "TRUNCATE afterglow_client CASCADE",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "CREATE TABLE mine (id int)",
        "DELETE FROM django_migrations",
    ):
        with (
            pytest.raises(ProgrammingError, match=r"must be (owner|superuser)|permission denied"),
            transaction.atomic(),
        ):
            _rows(command)


def test_the_app_owns_nothing_and_is_nobody_special() -> None:
    rights = _rows(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
    )
    assert rights == [(False, False, False, False)]
    assert _rows("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == [(0,)]


def test_the_words_of_a_consent_never_change(two: Two) -> None:
    with practice_scope(two.rosas):
        rosa = Client.objects.get()
        consent = Consent.objects.create(
            practice_id=two.rosas,
            address="+12125550101",
            channel="sms",
            purpose="marketing",
            status=Consent.Status.GRANTED,
            evidence="form 3",
            source="intake form",
            at=NOW,
        )
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            Consent.objects.update(status=Consent.Status.REVOKED)
        assert Consent.objects.filter(pk=consent.pk).update(client=rosa) == 1


def test_every_table_of_a_practice_is_hidden_and_forced() -> None:
    """Fails for a new model until its migration uses KeepWithinPractice."""
    shared_by_all = {Heartbeat._meta.db_table}
    tables = {model._meta.db_table for model in _models()} - shared_by_all
    hidden = _rows(
        "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity AND c.relforcerowsecurity AND EXISTS ("
        " SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'within_practice'"
        " AND p.polpermissive AND p.polcmd = '*' AND p.polwithcheck IS NOT NULL)"
    )
    assert tables - {name for (name,) in hidden} == set()


def test_every_link_is_tied_to_its_practice_by_the_database() -> None:
    """Fails for a new link until its migration uses KeepWithinPractice or LinkWithinPractice."""
    links = {
        f"{model._meta.db_table}_{field.name}_within_practice"
        for model in _models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and field.name != "practice" and field.related_model in _models()
    }
    tied = _rows("SELECT conname FROM pg_constraint WHERE contype = 'f' AND cardinality(conkey) = 2")
    assert links
    assert links - {name for (name,) in tied} == set()


def test_a_scope_inside_another_practice_is_refused(two: Two) -> None:
    with practice_scope(two.rosas):
        with practice_scope(two.rosas):
            assert Client.objects.count() == 1
        assert Client.objects.count() == 1
        with pytest.raises(OtherPractice), practice_scope(two.vics):
            pass


def test_after_an_error_in_a_scope_nothing_stays_visible(two: Two) -> None:
    with pytest.raises(RuntimeError), practice_scope(two.rosas):
        raise RuntimeError
    assert Client.objects.count() == 0
    with practice_scope(two.vics):
        assert Client.objects.get().first_name == "Vic"


def test_rows_can_be_counted_per_client(two: Two) -> None:
    with practice_scope(two.rosas):
        counted = Client.objects.annotate(n=Count("first_name")).values_list("first_name", "n")
        assert list(counted) == [("Rosa", 1)]


def test_what_crosses_practices_is_ids_only(two: Two) -> None:
    hale = User.objects.create(username="hale")
    with practice_scope(two.vics):
        Member.objects.create(practice_id=two.vics, user=hale, role=Member.Role.CLINICIAN)
        source = Source.objects.create(
            practice_id=two.vics, kind="generic", name="Desk", token="t-1", secrets_encrypted=b"", created_at=NOW
        )
    assert all_practices() == [two.rosas, two.vics]
    assert [(found.practice_id, found.role) for found in practices_of(hale.pk)] == [(two.vics, "clinician")]
    assert source_by_token("t-1") == KnownSource(two.vics, source.pk, "generic")
    assert source_by_token("t-2") is None


def test_a_practice_is_due_for_a_touch_an_open_attempt_or_an_unread_event(two: Two) -> None:
    with practice_scope(two.rosas):
        _touch(two.rosas, due_at=NOW + timedelta(hours=1))
    assert practices_with_due(now=NOW) == []
    assert practices_with_due(now=NOW + timedelta(hours=1)) == [two.rosas]
    with practice_scope(two.vics):
        RawEvent.objects.create(practice_id=two.vics, kind="generic", event_id="1", body=b"{}", received_at=NOW)
    assert practices_with_due(now=NOW) == [two.vics]
    with practice_scope(two.rosas):
        _open_attempt(two.rosas)
    assert practices_with_due(now=NOW) == [two.rosas, two.vics]


def _practice(name: str, *, client: str) -> int:
    practice_id = new_practice_id()
    with practice_scope(practice_id):
        Practice.objects.create(id=practice_id, name=name, timezone="America/New_York", state="NY", created_at=NOW)
        Client.objects.create(practice_id=practice_id, identity=client, first_name=client, created_at=NOW)
    return practice_id


def _client(practice_id: int) -> int:
    with practice_scope(practice_id):
        return Client.objects.get().pk


def _touch(practice_id: int, *, due_at: datetime) -> Touch:
    client = Client.objects.get()
    visit = Visit.objects.create(
        practice_id=practice_id,
        client=client,
        source="csv",
        external_id="1",
        status=Visit.Status.COMPLETED,
        starts_at=NOW,
        ended_at=NOW,
        visit_on=NOW.date(),
        reported_at=NOW,
        fingerprint="1",
    )
    protocol = ProtocolVersion.objects.create(
        practice_id=practice_id, key="toxin", version=1, text="", is_on=True, created_at=NOW
    )
    plan = Plan.objects.create(
        practice_id=practice_id,
        client=client,
        visit=visit,
        protocol=protocol,
        treatment_class="neuromodulator",
        family="neuromodulator",
        created_at=NOW,
    )
    return Touch.objects.create(
        practice_id=practice_id,
        client=client,
        plan=plan,
        step="day-1",
        function="check_in",
        visit_on=NOW.date(),
        planned_at=due_at,
        due_at=due_at,
        valid_until=due_at + timedelta(days=1),
    )


def _open_attempt(practice_id: int) -> None:
    touch = Touch.objects.get()
    message = Message.objects.create(
        practice_id=practice_id,
        touch=touch,
        direction=Message.Direction.OUT,
        channel="sms",
        address="+12125550101",
        body="",
        status=Message.Status.SENDING,
        at=NOW,
    )
    Attempt.objects.create(
        practice_id=practice_id,
        message=message,
        touch=touch,
        channel="sms",
        is_primary=True,
        token="a-1",
        started_at=NOW,
    )


def _models() -> list[type[models.Model]]:
    return list(apps.get_app_config("afterglow").get_models())


def _rows(query: str, *values: int) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []


def _copied(query: str) -> str:
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        return b"".join(bytes(part) for part in copy).decode()
