"""Seal a stream with a passphrase, as an age file: any `age` or `rage` opens it as well.

    header    the file key, encrypted with a key that scrypt derives from the passphrase
    payload   ChaCha20-Poly1305 in chunks of 64 KiB; the last one says that it is the last

A changed, missing, moved or added byte is noticed, also a file that ends between two chunks.
The format: https://age-encryption.org/v1
"""

from __future__ import annotations

import base64
import hmac
import io
import os
import re
from typing import IO, TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from newsletter.errors import BackupError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_INTRO = b"age-encryption.org/v1\n"
_LABEL = b"age-encryption.org/v1/scrypt"
# 2^17 × 1 KiB: 128 MiB and half a second, as OWASP asks of scrypt.
_WORK_FACTOR = 17
# A file from elsewhere must not take all memory: 2^20 is 1 GiB.
_HIGHEST_WORK_FACTOR = 20
_STANZA = re.compile(rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n")
_MAC_LINE = re.compile(rb"--- ([A-Za-z0-9+/]{43})\n")
_CHUNK, _TAG = 64 * 1024, 16
_LAST = b"\x01"


def is_sealed(start: bytes) -> bool:
    """Whether a file that starts with these bytes is an age file."""
    return start.startswith(_INTRO)


class SealingWriter(io.RawIOBase):
    """A stream that seals what is written to it into `target`; `close` ends it.

    `target` stays open. Without `close` the file cannot be opened, by intention.
    """

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
        wrapped = _wrapping_cipher(passphrase, salt, _WORK_FACTOR).encrypt(
            bytes(12), file_key, None
        )
        stanza = b"-> scrypt %s %d\n%s\n" % (_encode(salt), _WORK_FACTOR, _encode(wrapped))
        head = _INTRO + stanza + b"---"
        target.write(b"%s %s\n%s" % (head, _encode(_mac(file_key, head)), nonce))
        self._target, self._cipher = target, _payload_cipher(file_key, nonce)
        self._waiting, self._count = bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        octets = memoryview(data).cast("B")
        self._waiting += octets
        # A full chunk waits until it is known that it is not the last one.
        while len(self._waiting) > _CHUNK:
            self._write_chunk(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(octets)

    def close(self) -> None:
        if not self.closed:
            self._write_chunk(bytes(self._waiting), last=True)
        super().close()

    def _write_chunk(self, chunk: bytes, *, last: bool) -> None:
        nonce = _chunk_nonce(self._count, last=last)
        self._target.write(self._cipher.encrypt(nonce, chunk, None))
        self._count += 1


class UnsealingReader(io.RawIOBase):
    """The stream that was sealed into `source`.

    Raise BackupError for another passphrase, and while reading for any change of the file.
    """

    def __init__(self, source: IO[bytes], passphrase: str) -> None:
        self._source = source
        file_key = _open_header(source, passphrase)
        nonce = source.read(16)
        self._cipher, self._count = _payload_cipher(file_key, nonce), 0
        self._next, self._clear, self._ended = source.read(_CHUNK + _TAG), b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        view = memoryview(buffer).cast("B")
        while not self._clear and not self._ended:
            self._read_chunk()
        count = min(len(view), len(self._clear))
        view[:count] = self._clear[:count]
        self._clear = self._clear[count:]
        return count

    def _read_chunk(self) -> None:
        chunk, self._next = self._next, self._source.read(_CHUNK + _TAG)
        self._ended = not self._next
        try:
            nonce = _chunk_nonce(self._count, last=self._ended)
            self._clear = self._cipher.decrypt(nonce, chunk, None)
        except InvalidTag:
            raise damaged_error() from None
        self._count += 1


def damaged_error() -> BackupError:
    """Return the error for a file that is not as it was written."""
    return BackupError(
        "The backup is damaged: it is not as it was written, or it was cut short.",
        cure="Take another one. Nothing was changed.",
    )


def _open_header(source: IO[bytes], passphrase: str) -> bytes:
    """Read the header; return the file key."""
    intro, recipient, body, mac_line = (source.readline(100) for _ in range(4))
    stanza, mac = _STANZA.fullmatch(recipient + body), _MAC_LINE.fullmatch(mac_line)
    if intro != _INTRO or stanza is None or mac is None:
        raise BackupError(
            "The file is sealed by a key and not by a passphrase, or its beginning is damaged.",
            cure="`newsletter backup` seals with NEWSLETTER_BACKUP_PASSPHRASE; take such a file.",
        )
    work_factor = int(stanza[2])
    if work_factor > _HIGHEST_WORK_FACTOR:
        raise BackupError(f"The file asks for {2 ** (work_factor - 20)} GiB of memory to open.")
    key = _wrapping_cipher(passphrase, _decode(stanza[1]), work_factor)
    try:
        file_key = key.decrypt(bytes(12), _decode(stanza[3]), None)
    except InvalidTag:
        raise BackupError(
            "The passphrase is not the one that this backup was sealed with.",
            cure="Set NEWSLETTER_BACKUP_PASSPHRASE to that one. Nothing was changed.",
        ) from None
    head = intro + recipient + body + b"---"
    if not hmac.compare_digest(_mac(file_key, head), _decode(mac[1])):
        raise damaged_error()
    return file_key


def _wrapping_cipher(passphrase: str, salt: bytes, work_factor: int) -> ChaCha20Poly1305:
    kdf = Scrypt(salt=_LABEL + salt, length=32, n=2**work_factor, r=8, p=1)
    return ChaCha20Poly1305(kdf.derive(passphrase.encode()))


def _mac(file_key: bytes, head: bytes) -> bytes:
    return hmac.digest(_hkdf(file_key, b"", b"header"), head, "sha256")


def _payload_cipher(file_key: bytes, nonce: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload"))


def _hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def _chunk_nonce(count: int, *, last: bool) -> bytes:
    return count.to_bytes(11, "big") + (_LAST if last else b"\0")


def _encode(octets: bytes) -> bytes:
    return base64.b64encode(octets).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4))
