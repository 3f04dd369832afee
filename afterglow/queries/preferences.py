"""What a client gets from us, as the page behind an e-mail's link shows it. Nothing on it tells who the client is."""

from __future__ import annotations

from dataclasses import dataclass

from afterglow.models import Client, Practice
from afterglow.models.scope import practice_scope
from afterglow.models.standing import standing_consents
from afterglow.models.wordings import Wording, current_wordings
from afterglow.rules.consent_texts import Offer
from afterglow.rules.facts import Channel, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What is on now. `None`: there is no number or mailbox for it, or it was never asked for."""

    marketing_email: bool | None
    email: bool | None  # about care too
    texts: bool | None
    voice: bool | None
    wording: Wording  # what a client agrees to who wants offers by e-mail

    @property
    def is_anything_on(self) -> bool:
        return any((self.marketing_email, self.email, self.texts, self.voice))


def preferences(practice_id: int, client_id: int) -> Preferences:
    """The switches of this client's page."""
    with practice_scope(practice_id):
        practice = Practice.objects.get(pk=practice_id)
        client = Client.objects.get(practice=practice_id, pk=client_id)
        standing = standing_consents(practice, [client])[client.pk]
        is_silent = standing.opted_out_at is not None
        has_voice = (Channel.VOICE, Purpose.VOICE) in standing.granted and not is_silent
        has_mail = standing.mail_stopped_at is None
        return Preferences(
            marketing_email=has_mail and (Channel.EMAIL, Purpose.MARKETING) in standing.granted
            if client.email
            else None,
            email=has_mail if client.email else None,
            texts=not is_silent and any(channel is Channel.SMS for channel, _ in standing.granted)
            if client.phone
            else None,
            voice=has_voice or None,
            wording=current_wordings(practice, "en", [Offer.MARKETING_EMAIL])[Offer.MARKETING_EMAIL],
        )
