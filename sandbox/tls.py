"""TLS on loopback."""

import ssl

# Loading a system's certificates takes longer than starting the sandbox, and none of them
# vouches for a loopback address: a webhook there may be signed by anybody.
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
NO_CERTIFICATES.check_hostname = False
NO_CERTIFICATES.verify_mode = ssl.CERT_NONE
