"""The AsyncAPI 3.0 document as a whole, and its YAML."""

from typing import Final, cast

import yaml
from typing_extensions import override

from node.control import messages, topics
from node.control.answers import STATUS_OF, status_of
from node.control.envelope import key_text
from node.control.topics import Address
from node.control.wireform import DEPTH_MAX
from tools.make_contract import channels, forms, words
from tools.make_contract.examples import KEY, KID, signed
from tools.make_contract.forms import Json

WIDTH: Final = 100
HEAD: Final = "# Made from the types by tools/make_contract; changed there, never here.\n"
ABOUT: Final = f"""\
What a controller in the cloud and a live-sell node say to each other over MQTT 5. The node's
timeline stays on the node: the wire carries desired state and intents. What can be state is desired
state (retained, versioned); what cannot is a command (expiring, answered to its end).

Bodies are UTF-8 JSON objects of at most {messages.PAYLOAD_MAX // 1024} KiB, times are integer
Unix milliseconds. Unknown fields are passed over; an unknown `v` or `type`, a key that stands
twice, NaN, an integer written with a fraction or beyond 2^53, and anything nested deeper than
{DEPTH_MAX} are refused. What a controller says is signed, but for `ctl/online`: the body is then a
compact JWS with the JSON inside.

A node acts once on each command id, whatever comes twice. `accepted` means that the command lies on
its disk; exactly one of `done`, `failed`, `rejected`, `expired`, `superseded` and `cancelled` ends
it. In a `strict` stream send the next command once the last is accepted or has ended; in a `latest`
stream send at once: an older one that comes later is superseded."""


def document() -> Json:
    """All of it; raises `KeyError` for a field, code or message without words or example."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "livesell control plane",
            "version": f"{messages.VERSION}.0.0",
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": channels.channels(),
        "operations": channels.operations(),
        "components": {
            "messages": channels.all_messages(),
            "schemas": _schemas(),
            "correlationIds": {
                "command": {
                    "description": "Joins a command and its answers.",
                    "location": "$message.payload#/id",
                }
            },
            "securitySchemes": {
                "certificate": {
                    "type": "X509",
                    "description": "The node's certificate, whose CN is its id; the broker lets it "
                    "write below its own `up/` and read what is meant for it, no more.",
                },
                "password": {
                    "type": "userPassword",
                    "description": "Where a broker has no client certificates.",
                },
            },
        },
        "x-signed-example": {
            "message": "cmd.cue.go",
            "jwk": {"kty": "OKP", "crv": "Ed25519", "kid": KID, "x": key_text(KEY.public_key())},
            "jws": signed(),
            "description": "The first example of the message, signed with the key of RFC 8032 "
            "§7.1, test 1: the same bytes come out wherever it is done.",
        },
    }


def as_yaml(whole: Json) -> str:
    """The same document always gives the same text."""
    text = yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return HEAD + text


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, nothing by anchor."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        """Write everything out."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _servers() -> Json:
    session: Json = {
        "cleanSession": False,
        "keepAlive": topics.KEEPALIVE_S,
        "sessionExpiryInterval": topics.SESSION_EXPIRY_S,
        "lastWill": {
            "topic": str(Address("{org}", "{node}", "online")),
            "qos": 1,
            "message": "`Online` with `online` false and the `bseq` of this connection",
            "retain": True,
        },
        "bindingVersion": channels.BINDING,
        "x-client-id": "the node's id",
        "x-receive-maximum": topics.RECEIVE_MAXIMUM,
        "x-will-delay-s": topics.WILL_DELAY_S,
    }
    return {
        "site": {
            "host": "{broker}:8883",
            "protocol": "secure-mqtt",
            "protocolVersion": "5.0",
            "description": "The broker of a site or a region.",
            "variables": {"broker": {"description": "Its host, as `[mqtt] endpoints` names it."}},
            "security": [
                {"$ref": "#/components/securitySchemes/certificate"},
                {"$ref": "#/components/securitySchemes/password"},
            ],
            "bindings": {"mqtt": session},
        },
        "demo": {
            "host": "127.0.0.1:{port}",
            "protocol": "mqtt",
            "protocolVersion": "5.0",
            "description": "The broker that `livesell demo` starts for itself; nothing is signed.",
            "variables": {"port": {"description": "A free one."}},
            "bindings": {"mqtt": dict(session)},
        },
    }


def _schemas() -> dict[str, Json]:
    schemas = forms.schemas()
    fields = cast("dict[str, Json]", schemas["Reason"]["properties"])
    names = cast("list[messages.Code]", fields["code"]["enum"])
    first = list(STATUS_OF)
    names.sort(key=lambda code: (first.index(code) if code in first else -1, code))
    fields["code"]["x-codes"] = {
        code: {
            "status": status_of(code),
            "retryable": code in messages.RETRYABLE,
            "description": words.CODES[code],
        }
        for code in names
    }
    return schemas
