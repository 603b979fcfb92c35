"""Fetches a Go toolchain from the module proxy, checks it and unpacks it.

    fetch_go.py VERSION OS-ARCH SUM DIR

The proxy serves toolchains as versions of the module golang.org/toolchain, and the go command itself fetches them so
(https://go.dev/doc/toolchain). This does the same where there is no go command yet, or one that is too old to do it.
SUM is the module's h1 in Go's checksum database; a download that does not match it is thrown away.
"""

import base64
import hashlib
import os
import shutil
import sys
import tempfile
import urllib.request
import zipfile

DEFAULT_PROXY = "https://proxy.golang.org"  # of the go command, see "go help environment"


def proxies():
    """The proxies that the user's Go would ask: the environment, else the go command's own settings file."""
    value = os.environ.get("GOPROXY")
    settings = os.environ.get("GOENV") or os.path.join(
        os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "go", "env")
    if not value and os.path.exists(settings):
        with open(settings, encoding="utf-8") as lines:
            value = next((line[8:].strip() for line in lines if line.startswith("GOPROXY=")), None)
    entries = (value or DEFAULT_PROXY).replace("|", ",").split(",")
    return [entry.rstrip("/") for entry in entries if "://" in entry]  # "direct" and "off" are no place to ask


def download(path, out):
    """Fetches path from the first proxy that has it, into the open file out."""
    for proxy in proxies():
        try:
            with urllib.request.urlopen(f"{proxy}/{path}", timeout=60) as response:
                shutil.copyfileobj(response, out)
                return
        except OSError as error:
            print(f"fetch_go: {proxy}/{path}: {error}", file=sys.stderr)
            out.seek(0)
            out.truncate()
    sys.exit("fetch_go: no module proxy answered; set GOPROXY to one that can be reached, or install Go by hand")


def h1(archive):
    """The module hash: SHA-256 of the sorted lines "hash  name" (golang.org/x/mod/sumdb/dirhash, Hash1)."""
    lines = hashlib.sha256()
    for name in sorted(archive.namelist()):
        with archive.open(name) as member:
            digest = hashlib.file_digest(member, "sha256") if hasattr(hashlib, "file_digest") else \
                hashlib.sha256(member.read())
        lines.update(f"{digest.hexdigest()}  {name}\n".encode())
    return "h1:" + base64.b64encode(lines.digest()).decode()


def unpack(archive, prefix, into):
    """Extracts what is under prefix. The zip holds no modes: what is in bin and pkg/tool is executable."""
    for name in archive.namelist():
        if not name.startswith(prefix) or ".." in name.split("/"):
            sys.exit(f"fetch_go: unexpected name in the archive: {name}")
        target = os.path.join(into, name[len(prefix):])
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with archive.open(name) as member, open(target, "wb") as out:
            shutil.copyfileobj(member, out)
        if name[len(prefix):].startswith(("bin/", "pkg/tool/")):
            os.chmod(target, 0o755)


def main(version, platform, want, directory):
    """Downloads, checks, unpacks beside directory, and moves it into place as a whole."""
    module = f"v0.0.1-go{version}.{platform}"
    parent = os.path.dirname(directory)
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=".go-") as scratch:
        with open(os.path.join(scratch, "go.zip"), "w+b") as file:
            download(f"golang.org/toolchain/@v/{module}.zip", file)
            with zipfile.ZipFile(file) as archive:
                got = h1(archive)
                if got != want:
                    sys.exit(f"fetch_go: {module} has the sum {got}, wanted {want}")
                unpack(archive, f"golang.org/toolchain@{module}/", os.path.join(scratch, "go"))
        shutil.rmtree(directory, ignore_errors=True)
        os.rename(os.path.join(scratch, "go"), directory)


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
