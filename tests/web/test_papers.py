"""Signed paper with its scan: checked by content, kept encrypted, looked at openly."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from PIL import Image

from afterglow.actions.open_practice import add_member
from afterglow.models import Consent, Evidence, Look, SubjectKey
from afterglow.models.scope import practice_scope
from tests.world import NOW, PASSWORD, World

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PLACE = "Portland, behind the garden"


def photo(kind: str = "JPEG") -> bytes:
    """A small picture that says where and with what it was taken."""
    exif = Image.Exif()
    exif[0x010E] = PLACE
    exif[0x0112] = 6  # the camera was held on its side
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "tan").save(out, format=kind, exif=exif)
    return out.getvalue()


def record(browser: Browser, world: World, content: bytes, *, name: str = "paper.pdf") -> int:
    scan = SimpleUploadedFile(name, content, content_type="application/x-said-by-the-browser")
    form = {"granted": ["sms marketing"], "evidence": "Form v4, signed", "scan": scan}
    return browser.post(f"/clients/{world.rosa_id}/consents/", form).status_code


def kept(world: World) -> Evidence:
    with practice_scope(world.practice_id):
        return Evidence.objects.get(client=world.rosa_id)


@pytest.mark.parametrize(
    ("content", "content_type", "way"),
    [(PDF, "application/pdf", "attachment"), (photo(), "image/jpeg", "inline"), (photo("PNG"), "image/png", "inline")],
    ids=["pdf", "jpeg", "png"],
)
def test_a_scan_is_kept_with_the_consent_and_shown_again(
    kit: Browser, world: World, content: bytes, content_type: str, way: str
) -> None:
    assert record(kit, world, content) == 302
    paper = kept(world)
    shown = kit.get(f"/clients/{world.rosa_id}/papers/{paper.pk}/")
    assert shown["Content-Type"] == content_type
    assert shown["Content-Disposition"].startswith(f"{way}; filename=")
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in shown["Content-Security-Policy"]
    with practice_scope(world.practice_id):
        said = Consent.objects.get(client=world.rosa_id, source="staff")
        assert paper.digest in said.evidence
        [look] = Look.objects.filter(kind="evidence")
    assert (look.by, look.client_id, look.object_id) == ("kit", world.rosa_id, paper.pk)
    assert content[:40] not in bytes(paper.sealed or b"")
    assert f"/papers/{paper.pk}/" in kit.get(f"/clients/{world.rosa_id}/").content.decode()


def test_a_photo_loses_its_place_and_stands_upright(kit: Browser, world: World) -> None:
    assert PLACE.encode() in photo()
    record(kit, world, photo())
    shown = kit.get(f"/clients/{world.rosa_id}/papers/{kept(world).pk}/").content
    assert PLACE.encode() not in shown
    assert Image.open(io.BytesIO(shown)).size == (20, 40)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><script>alert(1)</script>", "neither a PDF nor a JPEG nor a PNG"),
        (b"GIF89a\x01\x00\x01\x00", "neither a PDF nor a JPEG nor a PNG"),
        (photo()[:200], "This picture is broken"),
        (PDF[:-8], "This PDF is incomplete"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript>>"), "holds a program"),
        (PDF + b" " * 10_000_000 + b"%%EOF", "at most 10 MB"),
        (b"", "This file is empty"),
    ],
    ids=["html", "gif", "cut picture", "cut pdf", "program", "huge", "empty"],
)
def test_what_is_no_scan_is_refused_and_nothing_is_recorded(
    kit: Browser, world: World, content: bytes, sentence: str
) -> None:
    scan = SimpleUploadedFile("paper.pdf", content, content_type="application/pdf")
    form = {"granted": ["sms marketing"], "evidence": "Form v4, signed", "scan": scan}
    answer = kit.post(f"/clients/{world.rosa_id}/consents/", form)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with practice_scope(world.practice_id):
        assert not Evidence.objects.exists()
        assert not Consent.objects.filter(source="staff").exists()


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("clinician", 200), ("integrator", 403)])
def test_only_those_who_care_for_clients_look_at_papers(
    kit: Browser, sign_in: Callable[[str], Browser], world: World, role: str, status: int
) -> None:
    record(kit, world, photo())
    add_member(practice_id=world.practice_id, username="pat", password=PASSWORD, role=role)
    answer = sign_in("pat").get(f"/clients/{world.rosa_id}/papers/{kept(world).pk}/")
    assert answer.status_code == status


def test_nobody_of_another_practice_and_under_no_other_client(
    kit: Browser, sign_in: Callable[[str], Browser], world: World
) -> None:
    record(kit, world, photo())
    paper = kept(world).pk
    assert sign_in("vic").get(f"/clients/{world.rosa_id}/papers/{paper}/").status_code == 404
    assert kit.get(f"/clients/{world.dana_id}/papers/{paper}/").status_code == 404


def test_without_the_clients_key_nobody_reads_it_any_more(kit: Browser, world: World) -> None:
    record(kit, world, photo())
    with practice_scope(world.practice_id):
        SubjectKey.objects.filter(client=world.rosa_id).update(key_sealed=None, destroyed_at=NOW, destroyed_by="olive")
    assert kit.get(f"/clients/{world.rosa_id}/papers/{kept(world).pk}/").status_code == 404
