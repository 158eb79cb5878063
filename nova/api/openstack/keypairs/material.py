"""Keys themselves: made for a user, or checked when he brings his own. A private half is answered and forgotten."""

from __future__ import annotations

import base64
import binascii
import datetime
import hashlib
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_public_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from nova.contracts.errors import BadRequest

SSH, X509 = "ssh", "x509"
RSA_BITS = 2048
COMMENT = "Generated-by-Nova"
CERTIFICATE_DAYS = 3650
MAX_KEY_BYTES = 16 * 1024
MAX_COMMON_NAME = 64
UTF8_STRING_TAG = 0x0C
# The name by which Windows knows who a client certificate belongs to.
USER_PRINCIPAL_NAME = ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")


@dataclass(frozen=True)
class Material:
    """A public key (or certificate) with its fingerprint, and the private half when it was made just now."""

    public_key: str
    fingerprint: str
    private_key: str | None = field(default=None, repr=False)


def make(kind: str, user_id: str) -> Material:
    """A new key of this kind."""
    return _certificate(user_id) if kind == X509 else _ssh_key()


def brought(kind: str, public_key: str) -> Material:
    """A key that its owner brought. BadRequest unless it is one of this kind."""
    if not public_key.isascii() or len(public_key) > MAX_KEY_BYTES:
        raise _invalid("failed to generate fingerprint")
    return Material(public_key, _of_certificate(public_key) if kind == X509 else _of_ssh(public_key))


def _ssh_key() -> Material:
    key = _new_key()
    blob = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    public_key = f"{blob.decode()} {COMMENT}"
    private_key = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    return Material(public_key, _of_ssh(public_key), private_key)


def _certificate(user_id: str) -> Material:
    key = _new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, user_id[:MAX_COMMON_NAME])])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_principal(user_id)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private_key = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Material(certificate.public_bytes(Encoding.PEM).decode(), _sha1(certificate), private_key)


def _principal(user_id: str) -> x509.OtherName:
    text = f"{user_id[:MAX_COMMON_NAME]}@localhost".encode()[:127]
    return x509.OtherName(USER_PRINCIPAL_NAME, bytes([UTF8_STRING_TAG, len(text)]) + text)


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)


def _of_ssh(public_key: str) -> str:
    try:
        kind, blob = public_key.split()[:2]
        raw = base64.b64decode(blob, validate=True)
        # sk-... keys live in hardware tokens; nobody but sshd can check more of them than their shape.
        if kind.startswith("sk-"):
            _check_shape(kind, raw)
        else:
            load_ssh_public_key(f"{kind} {blob}".encode())
    except (ValueError, binascii.Error, UnsupportedAlgorithm) as error:
        raise _invalid("failed to generate fingerprint") from error
    return _by_colons(hashlib.md5(raw, usedforsecurity=False).hexdigest())


def _check_shape(kind: str, raw: bytes) -> None:
    length = int.from_bytes(raw[:4])
    if raw[4 : 4 + length] != kind.encode():
        raise ValueError("the key is not of the kind it says")


def _of_certificate(text: str) -> str:
    try:
        return _sha1(x509.load_pem_x509_certificate(text.encode()))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _invalid("failed to generate X509 fingerprint") from error


def _sha1(certificate: x509.Certificate) -> str:
    # Not for security: it is the name by which clients know the certificate.
    return _by_colons(certificate.fingerprint(hashes.SHA1()).hex())  # noqa: S303


def _by_colons(digest: str) -> str:
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _invalid(why: str) -> BadRequest:
    return BadRequest(reason=f"Keypair data is invalid: {why}. Field/attribute keypair.public_key is no such key.")
