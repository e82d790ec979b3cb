"""Makes what TLS needs: an authority that can vouch for given names alone, and certificates under it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LASTS = timedelta(days=3650)
LEAF_LASTS = timedelta(days=397)  # browsers take no longer ones; Apple takes up to 825 days from an own authority
RENEW_BEFORE = timedelta(days=30)
EARLIER = timedelta(days=1)  # a phone's clock may be behind
THIS_COMPUTER = ("localhost", "127.0.0.1", "::1")

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Names:
    """What a certificate is for: DNS names in lower case, and addresses."""

    dns: tuple[str, ...]
    ip: tuple[Address, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Names":
        """Tell names from addresses, each once, in order; raises ValueError for what is neither."""
        parsed = dict.fromkeys(_parsed(text) for text in texts)
        return cls(
            tuple(each for each in parsed if isinstance(each, str)),
            tuple(each for each in parsed if not isinstance(each, str)),
        )

    @classmethod
    def in_certificate(cls, certificate: x509.Certificate) -> "Names":
        """Return what a certificate says that it is for."""
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return cls((), ())
        dns = names.get_values_for_type(x509.DNSName)
        addresses = names.get_values_for_type(x509.IPAddress)
        return cls(
            tuple(name.lower() for name in dns),
            tuple(each for each in addresses if isinstance(each, IPv4Address | IPv6Address)),
        )

    @classmethod
    def permitted_by(cls, authority: x509.Certificate) -> "Names":
        """Return for what an authority of ours may vouch, which is what it was made for."""
        try:
            trees = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or ()
        except x509.ExtensionNotFound:
            return cls((), ())
        networks = (each.value for each in trees if isinstance(each, x509.IPAddress))
        return cls(
            tuple(each.value for each in trees if isinstance(each, x509.DNSName)),
            tuple(each.network_address for each in networks if isinstance(each, IPv4Network | IPv6Network)),
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them as text, names first."""
        return (*self.dns, *map(str, self.ip))

    @property
    def public(self) -> tuple[str, ...]:
        """All but those by which a computer calls itself."""
        return tuple(each for each in self.texts if each not in THIS_COMPUTER)

    def cover(self, host: str) -> bool:
        """Whether `host`, a name or an address, is among them; `*.` stands for one label."""
        host = host.lower().rstrip(".")
        return host in self.texts or f"*.{host.partition('.')[2]}" in self.dns


def _parsed(text: str) -> str | Address:
    given = text.strip()
    try:
        return ip_address(given.strip("[]"))
    except ValueError:
        pass
    if "_" in given:
        message = f"{given} has an underscore: browsers' passkeys and certificates do not take such names"
        raise ValueError(message)
    try:
        name = given.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        name = ""
    labels = name.split(".")
    fits = len(name) <= 253 and all(
        0 < len(label) <= 63 and label.replace("-", "").isalnum() and label.strip("-") == label for label in labels
    )
    if not fits or labels[-1].isdigit() or re.fullmatch(r"0x[0-9a-f]*", labels[-1]):  # browsers take it for an address
        message = f"{text!r} is no name such as console.example.com, and no address"
        raise ValueError(message)
    return name


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def new_authority(names: Names, now: datetime) -> Pair:
    """Make an authority whose certificates count for these names, those below them, and this computer's own alone.

    So whoever steals its key can impersonate this server, and what has a name below it, but no other one.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    permitted = Names.of((*names.texts, *THIS_COMPUTER))
    trees: list[x509.GeneralName] = [x509.DNSName(name) for name in permitted.dns]
    trees += [x509.IPAddress(ip_network(each)) for each in permitted.ip]
    title = f"Countersign on {names.texts[0]}"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title if len(title) <= 64 else f"{title[:63]}…")])
    usage = _usage(key_cert_sign=True, crl_sign=True)
    made = (
        _begun(subject, key, now, now + AUTHORITY_LASTS)
        .issuer_name(subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.NameConstraints(trees, None), critical=True)
    )
    return Pair(made.sign(key, hashes.SHA256()), key)


def new_leaf(authority: Pair, key: ec.EllipticCurvePrivateKey, names: Names, now: datetime) -> x509.Certificate:
    """Make a server's certificate under an authority; it does not outlive that."""
    covered = Names.of((*names.texts, *THIS_COMPUTER))
    shown: list[x509.GeneralName] = [x509.DNSName(name) for name in covered.dns]
    shown += [x509.IPAddress(each) for each in covered.ip]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names.texts[0][:64])])
    issuer = authority.certificate
    until = min(now - EARLIER + LEAF_LASTS, issuer.not_valid_after_utc)
    made = (
        _begun(subject, key, now, until)
        .issuer_name(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(shown), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return made.sign(authority.key, hashes.SHA256())


def _begun(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    uses = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
        *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{use: allowed.get(use, False) for use in uses})


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of the certificate in hexadecimal pairs, as phones and consoles show it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def pem(*certificates: x509.Certificate) -> str:
    """Return certificates as a file has them."""
    return "".join(each.public_bytes(serialization.Encoding.PEM).decode() for each in certificates)


def key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """Return a key as a file has it, not encrypted: the file is its owner's alone."""
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()
