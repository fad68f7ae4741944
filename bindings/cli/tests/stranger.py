#!/usr/bin/env python3
"""A stranger verifies an archive of `billpay export` with Python's standard library and the openssl program alone:
the manifest, each document by the JWKS, the times of the keys, the chain.

usage: stranger.py ARCHIVE JWKS     prints how many documents hold; ends non-zero at the first thing that does not
"""
import base64, datetime, hashlib, json, pathlib, subprocess, sys, tempfile, zipfile


def b64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def time(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def hold(right, what):
    if not right:
        sys.exit(f"NOT GENUINE: {what}")


def verifies(jwk, message, signature):
    """Ed25519, with the key as SubjectPublicKeyInfo (RFC 8410)."""
    info = bytes.fromhex("302a300506032b6570032100") + b64(jwk["x"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "key.der").write_bytes(info)
        (folder / "text").write_bytes(message)
        (folder / "seal").write_bytes(signature)
        asked = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", folder / "key.der", "-rawin",
                 "-in", folder / "text", "-sigfile", folder / "seal"]
        return subprocess.run(asked, capture_output=True).returncode == 0


archive, jwks = zipfile.ZipFile(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
hold(archive.testzip() is None, "the archive")
manifest = json.loads(archive.read("manifest.json"))
hold({one["name"] for one in manifest["files"]} | {"manifest.json"} == set(archive.namelist()), "the list of files")
for one in manifest["files"]:
    content = archive.read(one["name"])
    hold(len(content) == one["bytes"] and hashlib.sha256(content).hexdigest() == one["sha256"], one["name"])

keys = {key["kid"]: key for key in jwks["keys"]}
for key in keys.values():
    hold((key["kty"], key["crv"], key["use"]) == ("OKP", "Ed25519", "sig") and len(b64(key["x"])) == 32, "a key")
documents = archive.read("documents.jws").decode().split()
hold(len(documents) == manifest["documents"], "the number of documents")
before = {}
for compact in documents:
    signed, signature = compact.rsplit(".", 1)
    header, payload = (json.loads(b64(part)) for part in signed.split("."))
    key = keys[header["kid"]]
    hold(header["alg"] in ("Ed25519", "EdDSA") and header["typ"].startswith("billpay-"), "a header")
    hold(verifies(key, signed.encode(), b64(signature)), payload["sequence"])
    issued = time(payload["issued_at"])
    hold(time(key["not_before"]) <= issued, "issued before its key")
    hold("not_after" not in key or issued <= time(key["not_after"]), "issued after its key")
    epoch, sequence = payload["epoch"], payload["sequence"]
    last = before.get(epoch, (0, None))
    hold(sequence == last[0] + 1 and payload["previous"] == last[1], f"gap at seq {last[0] + 1}")
    named = base64.urlsafe_b64encode(hashlib.sha256(compact.encode()).digest()).rstrip(b"=").decode()
    before[epoch] = (sequence, named)
print(len(documents))
