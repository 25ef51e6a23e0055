"""TLS to the JSON API, and to a host that asks for it. No key is ever written to a disk."""

from __future__ import annotations

import os
import ssl
from base64 import b64encode
from datetime import datetime, timedelta

from grafherald_plugin.errors import FrameError, HandshakeError
from grafherald_plugin.settings import Tls


def api_context(tls: Tls) -> ssl.SSLContext:
    """Make a client's TLS context as the datasource's settings say.

    Raises:
        QueryError: a certificate or key of the settings cannot be read.
    """
    try:
        context = ssl.create_default_context(cadata=tls.authority or None)
        if tls.certificate:
            _load_chain(context, f"{tls.certificate}\n{tls.key}\n")
    except (ssl.SSLError, ValueError) as error:
        raise FrameError(f"datasource settings: TLS: {error}", status=400) from None
    if tls.skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def host_context(client_certificate: str, now: datetime) -> tuple[ssl.SSLContext, str]:
    """Make the TLS context of a server that only the host can speak to, and its certificate.

    go-plugin's AutoMTLS: each side has made a certificate for this one connection; ours goes
    into the handshake as DER in base64 without padding.
    https://github.com/hashicorp/go-plugin/blob/v1.8.0/mtls.go

    Raises:
        HandshakeError: `cryptography` is not installed, or the host's certificate is none.
    """
    chain, der = _self_signed(now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["h2"])
    try:
        context.load_verify_locations(cadata=client_certificate)
    except (ssl.SSLError, ValueError):
        raise HandshakeError("PLUGIN_CLIENT_CERT: expected a PEM certificate") from None
    _load_chain(context, chain)
    return context, b64encode(der).decode("ascii").rstrip("=")


def _load_chain(context: ssl.SSLContext, pem: str) -> None:
    """Load certificate and key; OpenSSL wants a file, which here is in memory only."""
    with os.fdopen(os.memfd_create("pem"), "w") as file:
        file.write(pem)
        file.flush()
        context.load_cert_chain(f"/proc/self/fd/{file.fileno()}")


def _self_signed(now: datetime) -> tuple[str, bytes]:
    """Make a new key with its certificate as PEM, and the certificate as DER."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise HandshakeError(
            "The host asks for TLS (PLUGIN_CLIENT_CERT): pip install 'grafherald-plugin[tls]'"
        ) from None
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    return (public + private).decode("ascii"), certificate.public_bytes(serialization.Encoding.DER)
