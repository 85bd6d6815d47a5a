"""Addresses of this machine, and TLS on them."""

import ssl
from ipaddress import ip_address
from urllib.parse import urlsplit

# Loading the system's certificates takes longer than starting the sandbox, and none of them covers
# a loopback address: a webhook there may present any certificate.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
NO_CERTIFICATES.check_hostname = False
NO_CERTIFICATES.verify_mode = ssl.CERT_NONE


def is_loopback(url: str) -> bool:
    """Returns whether the URL points to this machine."""
    try:
        host = urlsplit(url).hostname
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
