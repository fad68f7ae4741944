#!/usr/bin/env python3
"""Checks the published vectors with tools that are not ours: Python's standard library for JSON,
SHA-256 and SHA-1, and the openssl program for Ed25519 and ES256.

usage: check.py [FOLDER]     (the folder of this file, if none is given)

Ends non-zero at the first file that is not what it says. Needs openssl 1.1.1 or later.
"""
import base64, datetime, hashlib, json, pathlib, re, subprocess, sys, tempfile, unicodedata, uuid
import xml.etree.ElementTree

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
ROOT = ROOT if ROOT.is_dir() else ROOT.parent
MOST = 2**53 - 1
ORDER = set("""v suite payment_id customer device journal_sequence epoch quote biller payee customer_number
bill_number bill_version amount fee total method valid_until echo_digest""".split())
checks = 0


class Refused(Exception):
    """A vector is refused, for the reason that is its argument."""


def hold(right, what):
    global checks
    checks += 1
    if not right:
        sys.exit(f"NOT AS PUBLISHED: {what}")


def b64(text):
    """base64url without padding, in its one spelling."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise Refused("malformed")
    value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64_of(value) != text:
        raise Refused("malformed")
    return value


def b64_of(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def digest(value):
    return b64_of(hashlib.sha256(value).digest())


def strict(text):
    """JSON with integers of at most 53 bits, no name twice, and nothing after it."""
    def pairs(members):
        if len({name for name, _ in members}) != len(members):
            raise Refused("duplicate-name")
        return dict(members)

    def integer(digits):
        if digits == "-0" or abs(int(digits)) > MOST:
            raise Refused("number")
        return int(digits)

    def number(_):
        raise Refused("number")

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_int=integer, parse_float=number, parse_constant=number)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate has no UTF-8
    except (json.JSONDecodeError, UnicodeEncodeError):
        raise Refused("text") from None
    return value


def canonical(value):
    """RFC 8785 for what strict() lets through: names here are ASCII, so code points sort as UTF-16."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], capture_output=True).returncode == 0


def verifies(jwk, message, signature):
    """By the openssl program, with the key as SubjectPublicKeyInfo."""
    x, y = b64(jwk["x"]), b64(jwk["y"]) if "y" in jwk else b""
    head = "301306072a8648ce3d020106082a8648ce3d030107034200" if y else "300506032b6570032100"
    info = bytes.fromhex(head) + (b"\x04" if y else b"") + x + y
    info = bytes([0x30, len(info)]) + info
    if y:
        if len(signature) != 64:
            return False
        numbers = b""
        for half in (signature[:32], signature[32:]):
            digits = half.lstrip(b"\0") or b"\0"
            digits = (b"\0" if digits[0] & 0x80 else b"") + digits
            numbers += bytes([2, len(digits)]) + digits
        signature = bytes([0x30, len(numbers)]) + numbers
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pem = base64.encodebytes(info).decode()
        (folder / "key.pem").write_text(f"-----BEGIN PUBLIC KEY-----\n{pem}-----END PUBLIC KEY-----\n")
        (folder / "message").write_bytes(message)
        (folder / "signature").write_bytes(signature)
        key, text, seal = folder / "key.pem", folder / "message", folder / "signature"
        if y:
            return openssl("dgst", "-sha256", "-verify", key, "-signature", seal, text)
        return openssl("pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", text, "-sigfile", seal)


def jws(compact, types, keys):
    """The payload of a compact JWS: the type first, then the key, then algorithm and signature."""
    parts = compact.split(".")
    if len(parts) != 3:
        raise Refused("malformed")
    header, payload, signature = map(b64, parts)
    try:
        header = strict(header.decode())
    except (Refused, UnicodeDecodeError):
        raise Refused("malformed") from None
    if set(header) != {"alg", "kid", "typ"}:
        raise Refused("malformed")
    if header["typ"] not in types:
        raise Refused("wrong-type")
    if header["kid"] not in keys:
        raise Refused("unknown-key")
    key = keys[header["kid"]]
    algorithms = {"P-256": ["ES256"], "Ed25519": ["Ed25519", "EdDSA"]}[key["crv"]]
    if header["alg"] not in algorithms or not verifies(key, compact.rsplit(".", 1)[0].encode(), signature):
        raise Refused("invalid")
    return header, payload


def folder(name):
    found = sorted((ROOT / name).glob("*.json"))
    hold(found, f"no vectors in {name}")
    return [(f"{name}/{path.stem}", json.loads(path.read_text("utf-8"))) for path in found]


def money(value):
    if not (isinstance(value, dict) and set(value) == {"minor", "currency"} and type(value["minor"]) is int
            and 0 <= value["minor"] <= MOST and re.fullmatch("[A-Z]{3}", value["currency"])):
        raise Refused("member")
    return value["minor"]


def order(vector, keys):
    value = strict(vector["order"])
    counts = [value.get(name) for name in ("v", "journal_sequence", "bill_version")]
    texts = [value.get(name) for name in ORDER - {"v", "journal_sequence", "bill_version", "amount", "fee", "total"}]
    if (set(value) != ORDER or not all(type(count) is int and count >= 1 for count in counts) or value["v"] != 1
            or not all(isinstance(text, str) and text for text in texts) or not value["valid_until"].endswith("Z")):
        raise Refused("member")
    amount, fee, total = (money(value[name]) for name in ("amount", "fee", "total"))
    if amount + fee != total:
        raise Refused("sum")
    if amount == 0:
        raise Refused("nothing")
    text = canonical(value)
    if not verifies(keys[vector["key"]], text, b64(vector["signature"])):
        raise Refused("signature")
    return text


def check_orders(keys):
    by_thumbprint = {key["thumbprint"]: key["jwk"] for key in keys}
    for name, vector in folder("orders"):
        try:
            text, why = order(vector, by_thumbprint), None
        except Refused as refused:
            text, why = None, refused.args[0]
        hold(why == vector.get("refused"), f"{name}: {why}")
        if text is not None:
            want = vector["accepted"]
            hold(text.decode() == want["canonical"], f"{name}: canonical form")
            hold(digest(text) == want["digest"], f"{name}: digest")
            number = hashlib.sha256(b"billpay-charge" + hashlib.sha256(text).digest()).hexdigest()
            hold(number == want["charge_number"], f"{name}: charge number")
            sent = json.loads(want["envelope"])
            hold(canonical(sent["order"]) == text and sent["signature"] == vector["signature"], f"{name}: envelope")


KINDS = {"billpay-receipt+jws": ("receipt", "settled"), "billpay-refusal+jws": ("refusal", "refused"),
         "billpay-reversal+jws": ("reversal", "reversed"), "billpay-repayment+jws": ("repayment", "repaid")}
NO_OUTCOMES = ["billpay-credential+jws", "billpay-trust+jws"]
SUBJECT = "v payment_id order_digest customer device epoch sequence previous issued_at".split()
RECEIPT = """payer_masked biller payee customer_number_masked bill_number paid_at zone channel bank_serial
biller_reference""".split()


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def in_time(kid, payload, ranges):
    """By the document's own word: a key vouches for the time in which it signed."""
    try:
        issued = moment(strict(payload.decode())["issued_at"])
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        raise Refused("incomplete") from None
    first, last = ranges[kid]["not_before"], ranges[kid].get("not_after")
    if issued < moment(first) or (last and issued > moment(last)):
        raise Refused("invalid")


def outcome(compact, keys, ranges):
    try:
        typ = strict(b64(compact.split(".")[0]).decode()).get("typ", "")
    except (Refused, UnicodeDecodeError, AttributeError):
        raise Refused("malformed") from None
    later = re.fullmatch(r"billpay-.*\+jws", typ) and typ not in NO_OUTCOMES and typ not in KINDS
    try:
        header, payload = jws(compact, [typ] if later else KINDS, keys)
        in_time(header["kid"], payload, ranges)
    except Refused as refused:
        why = {"wrong-type": "malformed", "unknown-key": "unverifiable"}.get(refused.args[0], refused.args[0])
        raise Refused(why) from None
    try:
        value = strict(payload.decode())
        good = all(name in value for name in SUBJECT) and type(value["v"]) is int and value["v"] >= 1 and value["sequence"] >= 1
        later = later or good and value["v"] > 1
        if not later:
            kind, end = KINDS[typ]
            body = value[kind]
            good &= [name for name, _ in KINDS.values() if name in value] == [kind]
            if kind == "receipt":
                good &= money(body["amount"]) + money(body["fee"]) == money(body["total"])
                moment(body["paid_at"])
                good &= all(isinstance(body[name], str) for name in RECEIPT if name not in ("amount", "fee", "total", "method"))
                good &= all(body[name] for name in RECEIPT) and bool(body["method"]["kind"]) and "last4" in body["method"]
            else:
                good &= bool(body["reason"])
                good &= kind == "refusal" or money(body["returned"]) >= 0
                good &= kind != "repayment" or (money(body["returned"]) >= 1 and len(b64(body["receipt"])) == 32)
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise Refused("incomplete")
    if not later and kind == "receipt" and any(illegible(str(text)) for text in [*texts_of(body), *texts_of(body["method"])]):
        raise Refused("illegible")
    return value, None if later else end


def texts_of(body):
    return [text for text in body.values() if isinstance(text, str)]


def illegible(text):
    """Whether something in it hides, turns round or piles up; of what is never seen, the part that Python knows."""
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Zl", "Zp"):
            return True
        marks = marks + 1 if category.startswith("M") else 0
        if marks > 4:
            return True
    return False


def check_statistics(held):
    """Every sum anew: the bank's zone is eight hours ahead of UTC in all of them."""
    ahead = datetime.timezone(datetime.timedelta(hours=8))
    month = lambda text: moment(text).astimezone(ahead).strftime("%Y-%m")
    for name, vector in json.loads((ROOT / "statistics.json").read_text("utf-8")).items():
        values = [held[document][1] for document in vector["documents"] if document in held]
        paid = {value["order_digest"]: value for value in values if "receipt" in value}
        billers = {value["payment_id"]: value["receipt"]["biller"] for value in paid.values()}
        rows = {}
        for value in paid.values():
            body = value["receipt"]
            row = rows.setdefault(month(body["paid_at"]), {}).setdefault(body["biller"], [0, 0, 0, 0])
            for at, figure in enumerate([1, body["total"]["minor"], body["fee"]["minor"]]):
                row[at] += figure
        back = {}
        for value in values:
            if "repayment" in value:
                key = value["order_digest"], value["repayment"]["bank_serial"]
                if key not in back or moment(value["repayment"]["repaid_at"]) < moment(back[key]["repayment"]["repaid_at"]):
                    back[key] = value
        for value in back.values():
            body = value["repayment"]
            row = rows.setdefault(month(body["repaid_at"]), {}).setdefault(billers.get(value["payment_id"], ""), [0] * 4)
            row[3] += body["returned"]["minor"]
        named = lambda row: dict(zip(("receipts", "total", "fee", "returned"), row))
        found = [{"month": at, "currency": "CNY", "sum": named([sum(column) for column in zip(*rows[at].values())]),
                  "billers": {biller: named(row) for biller, row in rows[at].items()}} for at in sorted(rows)]
        hold(found == vector["months"], f"statistics {name}: {found}")


def receipt_keys():
    """The keys and their times, as the published trust document has them."""
    payload = json.loads(json.loads((ROOT / "trust/plain.json").read_text("utf-8"))["accepted"]["payload"])
    return ({entry["key"]["kid"]: entry["key"] for entry in payload["receipt_keys"]},
            {entry["key"]["kid"]: entry for entry in payload["receipt_keys"]})


def check_outcomes():
    known, ranges = receipt_keys()
    held = {}
    for name, vector in folder("outcomes"):
        hold(digest(vector["compact"].encode()) == vector["id"], f"{name}: id")
        try:
            value, end = outcome(vector["compact"], known, ranges)
            verdict = "verified" if end else "unknown-kind"
        except Refused as refused:
            verdict, end = refused.args[0], None
        hold(verdict == vector["verdict"], f"{name}: {verdict}")
        if verdict in ("verified", "unknown-kind"):
            hold(end == vector.get("end"), f"{name}: {end}")
            hold(b64(vector["compact"].split(".")[1]).decode() == vector["payload"], f"{name}: payload")
            held[name.split("/")[1]] = (vector["id"], value)
    hold(held["chain-6-repayment"][1]["repayment"]["receipt"] == held["chain-4-receipt-after-restore"][0],
         "the receipt that the repayment names")
    for name, chain in json.loads((ROOT / "chains.json").read_text("utf-8")).items():
        documents = sorted((held[document] for document in chain["documents"]),
                           key=lambda entry: (entry[1]["issued_at"], entry[1]["sequence"], entry[0]))
        lives = list(dict.fromkeys(value["epoch"] for _, value in documents))
        found, strays, here = [], [], {entry[0] for entry in documents} | {None}
        for nth, life in enumerate(lives):
            if nth:
                found.append({"kind": "epoch", "epoch": life, "from": 0, "to": 0})
            ids, last = [], 0
            for at in sorted({value["sequence"] for _, value in documents if value["epoch"] == life}):
                place = [entry for entry in documents if (entry[1]["epoch"], entry[1]["sequence"]) == (life, at)]
                if len(place) > 1:
                    found.append({"kind": "fork", "epoch": life, "from": at, "to": at})
                if at > last + 1:
                    found.append({"kind": "missing", "epoch": life, "from": last + 1, "to": at - 1})
                elif not last:
                    strays += [life for entry in place if entry[1]["previous"] not in here]
                elif not any(entry[1]["previous"] in ids for entry in place):
                    found.append({"kind": "unlinked", "epoch": life, "from": at, "to": at})
                ids, last = [entry[0] for entry in place], at
        # What a life begins with follows one of another life; where one is missing there, it may be that.
        missing = {one["epoch"] for one in found if one["kind"] == "missing"}
        found += [{"kind": "unlinked", "epoch": life, "from": 1, "to": 1} for life in strays if not missing - {life}]
        hold(found == chain["breaks"], f"chain {name}: {found}")
    check_statistics(held)


def check_credentials():
    known, ranges = receipt_keys()
    for name, vector in folder("credentials"):
        try:
            header, payload = jws(vector["compact"], ["billpay-credential+jws"], known)
            in_time(header["kid"], payload, ranges)
            value, why = strict(payload.decode()), None
            hold(payload.decode() == vector["accepted"] and value["v"] == 1 and value["customer"] and value["device"]
                 and all(value[key]["crv"] == "P-256" for key in ("device_key", "order_key")), name)
        except Refused as refused:
            why = refused.args[0]
        hold(why == vector.get("refused"), f"{name}: {why}")


def check_mandates(keys):
    by_thumbprint = {key["thumbprint"]: key["jwk"] for key in keys}
    for name, vector in folder("mandates"):
        text, payable = vector["canonical"].encode(), vector["payable"].encode()
        hold(canonical(strict(text.decode())) == text and canonical(strict(payable.decode())) == payable, f"{name}: canonical form")
        hold(digest(text) == vector["digest"], f"{name}: digest")
        hold(verifies(by_thumbprint[vector["key"]], text, b64(vector["signature"])), f"{name}: signature")
        seed = hashlib.sha256(b"billpay-mandate" + hashlib.sha256(text).digest() + payable).digest()
        hold(b64_of(seed) == vector["order_digest"], f"{name}: order digest")
        eighth = bytearray(seed[:16])
        eighth[6], eighth[8] = eighth[6] & 0x0F | 0x80, eighth[8] & 0x3F | 0x80
        hold(str(uuid.UUID(bytes=bytes(eighth))) == vector["payment_id"], f"{name}: payment id")


def check_echoes():
    for name, vector in folder("echoes"):
        text = canonical({part: vector[part] for part in ("biller", "customer_number", "holder_masked", "address_masked")})
        hold(text.decode() == vector["canonical"], f"{name}: canonical form")
        hold(digest(text) == vector["echo_digest"], f"{name}: digest")


def trust(compact, offline):
    _, payload = jws(compact, ["billpay-trust+jws"], {offline["kid"]: offline})
    try:
        value = strict(payload.decode())
        pins = [(pin["pin"], pin["label"]) for pin in value["pins"] if pin["label"] in ("active", "backup")]
        good = value["v"] == 1 and value["version"] >= 1 and value["soft_expiry"] <= value["hard_expiry"]
        good &= all(re.fullmatch(r"sha256/[A-Za-z0-9+/]{43}=", pin) for pin, _ in pins)
        keys = {}
        for entry in value["receipt_keys"]:
            key, kept = entry["key"], {name: entry[name] for name in ("not_before", "not_after") if name in entry}
            if (key["kty"], key.get("crv")) in (("OKP", "Ed25519"), ("EC", "P-256")):
                good &= len(b64(key["x"])) == 32 and (key["kty"] == "OKP" or len(b64(key["y"])) == 32)
                good &= key["kid"] not in keys and moment(kept["not_before"]) <= moment(kept.get("not_after", "9999-12-31T00:00:00Z"))
                keys[key["kid"]] = kept
    except (Refused, KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise Refused("malformed")
    if len({pin for pin, _ in pins}) < 2 or {label for _, label in pins} != {"active", "backup"}:
        raise Refused("pins")
    return {"version": value["version"], "payload": payload.decode(), "pins": [pin for pin, _ in pins], "receipt_keys": keys}


def check_trust(keys):
    offline = next(key["jwk"] for key in keys if key["role"] == "trust documents")
    for name, vector in folder("trust"):
        try:
            found, why = trust(vector["compact"], offline), None
        except Refused as refused:
            found, why = None, refused.args[0]
        hold((found, why) == (vector.get("accepted"), vector.get("refused")), f"{name}: {why}")


def leg(body, secret, now):
    if len(body) < 40:
        raise Refused("too-short")
    if not re.fullmatch(rb"[0-9A-F]{40}", body[:40]):
        raise Refused("lower-case" if re.fullmatch(rb"[0-9A-Fa-f]{40}", body[:40]) else "no-signature")
    if hashlib.sha1(body[40:] + secret.encode()).hexdigest().upper() != body[:40].decode():
        raise Refused("wrong-signature")
    try:
        text = body[40:].decode()
    except UnicodeDecodeError:
        raise Refused("not-utf-8") from None
    time = message(text)
    if time is None:
        return text  # a page of a statement: the same bytes whenever it is asked for
    age = (now - time).total_seconds()
    if age > 300 or age < -60:
        raise Refused("too-old" if age > 0 else "from-the-future")
    return text


def message(text):
    """The time of a message: elements and text, the five entities, and nothing else of XML."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    rest = text.removeprefix(head)
    if re.search(r"<[!?]|&(?!(amp|lt|gt|quot|apos);)", rest):
        raise Refused("not-a-message")
    try:
        root = xml.etree.ElementTree.fromstring(rest)
    except xml.etree.ElementTree.ParseError:
        raise Refused("not-a-message") from None
    for element in root.iter():
        once = [child.tag for child in element if child.tag not in ("bill", "item", "line", "difference")]
        if element.attrib or len(set(once)) != len(once):
            raise Refused("not-a-message")
    if root.tag == "statement" and root.find("time") is None:
        return moment(root.findtext("closed_at")) and None
    return moment(root.findtext("time"))


def check_leg():
    for name, vector in folder("leg"):
        body = bytes.fromhex(vector["body_hex"])
        try:
            found, why = leg(body, vector["secret"], moment(vector["now"])), None
        except Refused as refused:
            found, why = None, refused.args[0]
        hold((found, why) == (vector.get("xml"), vector.get("refused")), f"{name}: {why}")
        hold(why or body[:40].decode() == vector["sha1"], f"{name}: sha1")


def main():
    keys = json.loads((ROOT / "keys.json").read_text("utf-8"))["keys"]
    for key in keys:
        required = {name: key["jwk"][name] for name in ("kty", "crv", "x", "y") if name in key["jwk"]}
        hold(digest(canonical(required)) == key["thumbprint"], f"thumbprint of {key['role']}")
    check_orders(keys)
    check_mandates(keys)
    check_outcomes()
    check_credentials()
    check_trust(keys)
    check_echoes()
    check_leg()
    print(f"{checks} checks, all as published")


main()
