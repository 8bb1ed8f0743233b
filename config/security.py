"""What a browser may load, and what changes when an installation is served over HTTPS."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_HASHES

# Plotly sets a few styles as text, which the policy would refuse and the console would complain of. Each is allowed by the hash
# of its exact text, so any other style written into a page is still refused. They belong to the version of Plotly in
# requirements.txt; tests/browser draws charts and fails when an upgrade changes them.
PLOTLY_STYLES = (
    # An empty text: one <style> element that Plotly fills through the CSSOM, and attributes that it clears.
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    # The <style> element of its maps, added on load whether or not a map is drawn.
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
    # `image-rendering` of a heat map, as an attribute.
    "'sha256-AR/cKIZjWPcPmBUPDA6oti9XBiTbJvz0Cro2J1VzzS8='",
    # Bold text in an annotation, as an attribute.
    "'sha256-wkY2X5hecQzbhnFCqvTpwrUJ1f4X8LH5WFjYUzv1wmU='",
)

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, UNSAFE_HASHES, *PLOTLY_STYLES],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}


def https_settings(*, production: bool) -> dict[str, Any]:
    """The settings that only make sense behind HTTPS; a local installation is plain HTTP on this machine."""
    if not production:
        return {}
    return {
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
        "SECURE_SSL_REDIRECT": True,
        "SECURE_HSTS_SECONDS": 365 * 24 * 3600,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "SECURE_HSTS_PRELOAD": True,
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
    }
