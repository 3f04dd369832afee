"""Every address of Afterglow. What a form does is a noun."""

from __future__ import annotations

from django.urls import path

from afterglow.web import hooks
from afterglow.web.views import clients, health, metrics, not_covered, not_sent, phone, public, session, today, upcoming

urlpatterns = [
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("theme/", session.choose_theme, name="theme"),
    path("", today.show_today, name="today"),
    path("lanes/<slug:key>/", today.show_lane, name="lane"),
    path("tasks/<int:task_id>/closure/", today.close, name="task-closure"),
    path("tasks/<int:task_id>/reopening/", today.reopen, name="task-reopening"),
    path("clients/", clients.show_clients, name="clients"),
    path("clients/<int:client_id>/", clients.show_client, name="client"),
    path("clients/<int:client_id>/reading/", clients.finish_reading, name="client-reading"),
    path("clients/<int:client_id>/stop/", clients.stop_all, name="client-stop"),
    path("clients/<int:client_id>/resumption/", clients.resume, name="client-resumption"),
    path("clients/<int:client_id>/contact/", clients.correct_contact, name="client-contact"),
    path("clients/<int:client_id>/faults/<int:fault_id>/clearance/", clients.try_again, name="client-fault-clearance"),
    path("clients/<int:client_id>/consents/", clients.note_consent, name="client-consent"),
    path("clients/<int:client_id>/marks/", clients.mark, name="client-mark"),
    path("clients/<int:client_id>/marks/<slug:flag>/removal/", clients.unmark, name="client-unmarking"),
    path("messages/<int:touch_id>/stop/", clients.stop_one, name="message-stop"),
    path("upcoming/", upcoming.show_upcoming, name="upcoming"),
    path("not-covered/", not_covered.show_not_covered, name="not-covered"),
    path("not-covered/visits/", not_covered.show_reason, name="not-covered-reason"),
    path("not-covered/services/", not_covered.answer_service, name="service-answer"),
    path("visits/<int:visit_id>/area/", not_covered.answer_area, name="area-answer"),
    path("not-sent/", not_sent.show_not_sent, name="not-sent"),
    path("not-sent/reading/", not_sent.see, name="not-sent-reading"),
    path("not-sent/reading/<int:task_id>/removal/", not_sent.unsee, name="not-sent-unreading"),
    path("health/", health.show_health, name="health"),
    path("health/alerts/", health.change_alerts, name="alerts"),
    path("health/alerts/test/", health.send_test, name="alerts-test"),
    path("metrics", metrics.show_metrics, name="metrics"),
    path("history/<int:batch_id>/", not_covered.show_history, name="history"),
    path("history/<int:batch_id>/approval/", not_covered.approve, name="history-approval"),
    path("phone/", phone.show_phones, name="phone"),
    path("phone/<int:client_id>/", phone.show_phone, name="phone-of"),
    path("phone/<int:client_id>/texts/", phone.write, name="phone-text"),
    path("phone/<int:client_id>/mail/<int:message_id>/", phone.show_letter, name="letter"),
    path("phone/<int:client_id>/mail/<int:message_id>/body/", phone.letter_body, name="letter-body"),
    path("hooks/visits/<str:token>/", hooks.visits, name="hook-visits"),
    path("hooks/messages/<str:token>/<slug:name>/", hooks.messages, name="hook-messages"),
    path("hooks/messages/<str:token>/<slug:name>", hooks.messages),
    path("b/<str:ticket>", public.booking, name="public-booking"),
    path("c/<str:ticket>", public.aftercare, name="public-aftercare"),
    path("p/<str:ticket>", public.photo, name="public-photo"),
    path("u/<str:ticket>", public.unsubscription, name="public-unsubscription"),
]
