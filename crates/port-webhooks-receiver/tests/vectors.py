"""The vectors of the policy, checked by Python's own hmac: another language, and no line in common with the crate.

python3 crates/port-webhooks-receiver/tests/vectors.py
"""

import base64
import binascii
import hashlib
import hmac
import json
import pathlib
import re
import sys

FIXTURES = pathlib.Path(__file__).parent / "fixtures"
FILE = FIXTURES / "signatures.json"
LIVE = FIXTURES / "live.json"
ANOTHER_VERSION = re.compile(rb"(?!v1,)[vV][0-9A-Za-z._-]+,")
ANOTHER_ALGORITHM = (b"sha1=", b"sha224=", b"sha384=", b"sha512=", b"md5=")


class Refused(Exception):
    """Its text is the kind."""


def body_of(vector):
    if "body_b64" in vector:
        return base64.b64decode(vector["body_b64"])
    generator = vector["body_gen"]
    if "repeat" in generator:
        body = bytes.fromhex(generator["repeat"]) * generator["len"]
    else:
        body = b"[" * generator["depth"] + b"]" * generator["depth"]
    assert hashlib.sha256(body).hexdigest() == vector["body_sha256"], vector["id"]
    return body


def only(headers, name):
    values = [value for key, value in headers if key.lower() == name]
    if len(values) != 1:
        raise Refused("DuplicateHeader" if values else "MissingHeader")
    return values[0].strip(b" \t")


def mac_of_token(token):
    """The MAC of a token that is well formed."""
    if not token.startswith(b"v1,"):
        return None
    try:
        mac = base64.b64decode(token[3:], validate=True)
    except (binascii.Error, ValueError):
        return None
    return mac if len(mac) == 32 and base64.b64encode(mac) == token[3:] else None


def macs_by_time(value):
    tokens = value.split(b" ")
    if len(value) > 4096 or len(tokens) > 16:
        raise Refused("MalformedHeader")
    macs = [mac for mac in map(mac_of_token, tokens) if mac is not None]
    if not macs:
        every = all(ANOTHER_VERSION.match(token) for token in tokens)
        raise Refused("UnsupportedVersion" if every else "MalformedHeader")
    return macs


def mac_of_hex(value):
    if re.fullmatch(rb"sha256=[0-9a-fA-F]{64}", value):
        return bytes.fromhex(value[7:].decode())
    raise Refused("UnsupportedAlgorithm" if value.startswith(ANOTHER_ALGORITHM) else "MalformedHeader")


def verify(vector, now):
    """The MACs by each secret, or why it is refused."""
    for secret in vector["secrets"]:
        if not secret:
            raise Refused("ConfigEmptySecret")
        if secret != secret.strip():
            raise Refused("ConfigSecretWhitespace")
    body = body_of(vector)
    if len(body) > vector["max_body"]:
        raise Refused("BodyTooLarge")
    headers = [
        (name, value.encode() if isinstance(value, str) else bytes.fromhex(value["hex"]))
        for name, value in vector["headers"]
    ]
    if vector["scheme"] == "port_v1":
        timestamp = only(headers, "x-port-timestamp")
        value = only(headers, "x-port-signature")
        if not re.fullmatch(rb"[1-9][0-9]{0,12}", timestamp):
            raise Refused("InvalidTimestamp")
        shown = macs_by_time(value)
        unit = 1000 if len(timestamp) == 13 else 1
        if now * unit - int(timestamp) > vector["tolerance_s"] * unit:
            raise Refused("TimestampTooOld")
        if int(timestamp) - now * unit > vector["tolerance_s"] * unit:
            raise Refused("TimestampInFuture")
        if vector.get("agent"):
            body = as_the_agent_signs(body)
        signed = timestamp + b"." + body
    else:
        shown = [mac_of_hex(only(headers, "x-hub-signature-256"))]
        signed = body
    macs = [hmac.new(secret.encode(), signed, hashlib.sha256).digest() for secret in vector["secrets"]]
    if not any(hmac.compare_digest(one, other) for one in macs for other in shown):
        raise Refused("InvalidSignature")
    return macs


def as_the_agent_signs(body):
    """Compact JSON, not ASCII alone as the agent has it: the fixtures have no escapes."""
    try:
        return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    except ValueError:
        return body


def of_live(file, case, agent):
    """A live delivery in the form of a vector."""
    return {
        "scheme": "port_v1", "secrets": [file["secret"]], "tolerance_s": file["tolerance"], "max_body": 1 << 20,
        "headers": list(case["headers"].items()), "body_b64": case["body_b64"], "agent": agent,
    }


def outcome(vector, now):
    try:
        verify(vector, now)
        return "ok"
    except Refused as refused:
        return str(refused)


def replay(vector, now, seen):
    """Of a step in a sequence; what is seen is kept until nothing of it can be fresh."""
    try:
        macs = verify(vector, now)
    except Refused as refused:
        return str(refused)
    keys = [(vector["scheme"], mac) for mac in macs]
    if any(seen.get(key, 0) > now for key in keys):
        return "Replayed"
    seen.update((key, now + 2 * vector["tolerance_s"] + 1) for key in keys)
    return "ok"


def main():
    file = json.loads(FILE.read_text())
    checked = 0
    for anchor in file["anchors"]:
        key, message = bytes.fromhex(anchor["key_hex"]), bytes.fromhex(anchor["msg_hex"])
        assert hmac.new(key, message, hashlib.sha256).hexdigest() == anchor["mac_hex"], anchor["id"]
        checked += 1
    for vector in file["vectors"]:
        assert outcome(vector, vector["now"]) == vector["expected"], vector["id"]
        if "mac_hex" in vector:
            assert bytes.fromhex(vector["mac_hex"]) in verify(vector, vector["now"]), vector["id"]
        checked += 1
    by_id = {vector["id"]: vector for vector in file["vectors"]}
    for sequence in file["replay_sequences"]:
        seen = {}
        for step, expected in sequence["steps"]:
            name, _, later = step.partition("@now")
            vector = by_id[name]
            assert replay(vector, vector["now"] + int(later or 0), seen) == expected, (sequence["id"], step)
            checked += 1
    live = json.loads(LIVE.read_text())
    for case in live["cases"]:
        for agent, expected in ((False, case["verify"]), (True, case["verify_agent"])):
            assert outcome(of_live(live, case, agent), case["clock"]) == expected, (case["name"], agent)
            checked += 1
    print(f"{checked} checks of {FILE.name} and {LIVE.name} agree with Python's hmac")


sys.exit(main())
