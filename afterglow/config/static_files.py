"""Style sheets and scripts from the package, whole: under ASGI a small file is better sent than streamed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]  # the library has no types
    """WhiteNoise, without the warning that Django gives for a file it would have to read in slices."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        streamed = WhiteNoiseMiddleware.serve(static_file, request)
        body = b"".join(streamed.streaming_content) if streamed.streaming else streamed.content
        streamed.close()
        return HttpResponse(body, status=streamed.status_code, headers=dict(streamed.items()))
