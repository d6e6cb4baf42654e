"""TDLib alone, as its log shows it at a verbosity: signs in, shares one address with a bot, and signs off.

Standard library only. Takes one argument, a JSON object: library, proxy {server, port}, directory, api_id, api_hash,
phone, password, verbosity, bot_id, scope, public_key, nonce. Reads the login code from standard input once it has
asked for it on standard output; what TDLib logs goes to standard error.
"""

import ctypes
import json
import sys
import time

told = json.loads(sys.argv[1])
library = ctypes.CDLL(told["library"])
library.td_create_client_id.restype = ctypes.c_int
library.td_send.argtypes = [ctypes.c_int, ctypes.c_char_p]
library.td_receive.argtypes = [ctypes.c_double]
library.td_receive.restype = ctypes.c_char_p
library.td_execute.argtypes = [ctypes.c_char_p]
library.td_execute.restype = ctypes.c_char_p


def request(name, **arguments):
    return json.dumps({"@type": name, **arguments}).encode()


library.td_execute(request("setLogVerbosityLevel", new_verbosity_level=told["verbosity"]))
client = library.td_create_client_id()


def receive():
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = library.td_receive(1.0)
        if answer is not None:
            return json.loads(answer)
    sys.exit("TDLib says nothing")


def send(name, **arguments):
    library.td_send(client, request(name, **{"@extra": name}, **arguments))


def call(name, **arguments):
    send(name, **arguments)
    while True:
        answer = receive()
        if answer.get("@extra") == name:
            if answer["@type"] == "error":
                sys.exit(f"{name}: {answer['message']}")
            return answer


def wait_for(state):
    while True:
        update = receive()
        if update["@type"] == "error":
            sys.exit(f"{update.get('@extra')}: {update['message']}")
        if update["@type"] == "updateAuthorizationState" and update["authorization_state"]["@type"] == state:
            return


proxy = {"@type": "proxy", "type": {"@type": "proxyTypeSocks5"}, **told["proxy"]}
send("addProxy", proxy=proxy, enable=True)
send(
    "setTdlibParameters", database_directory=told["directory"], api_id=told["api_id"], api_hash=told["api_hash"],
    system_language_code="en", device_model="a computer", application_version="1",
)
wait_for("authorizationStateWaitPhoneNumber")
send("setAuthenticationPhoneNumber", phone_number=told["phone"])
wait_for("authorizationStateWaitCode")
print("code?", flush=True)
send("checkAuthenticationCode", code=sys.stdin.readline().strip())
wait_for("authorizationStateWaitPassword")
send("checkAuthenticationPassword", password=told["password"])
wait_for("authorizationStateReady")
form = call(
    "getPassportAuthorizationForm", bot_user_id=told["bot_id"], scope=told["scope"],
    public_key=told["public_key"], nonce=told["nonce"],
)
call("getPassportAuthorizationFormAvailableElements", authorization_form_id=form["id"], password=told["password"])
call("sendPassportAuthorizationForm", authorization_form_id=form["id"], types=[{"@type": "passportElementTypeAddress"}])
send("close")
wait_for("authorizationStateClosed")
