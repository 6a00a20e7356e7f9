"""A participant without any library: speaks the NATS text protocol by hand and serves one operation.

usage: plain-participant.py HOST PORT SUBJECT QUEUE
Answers {"input": {"amount": n}} with {"charged": n, ...}; refuses negative amounts; is busy with an amount of 0.
"""
import json
import socket
import sys

host, port, subject, queue = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
connection = socket.create_connection((host, port))
stream = connection.makefile("rb")


def send(*parts: bytes) -> None:
    connection.sendall(b"".join(parts))


def failure(code: str, message: str, retryable: bool) -> tuple[bytes, bytes]:
    headers = f"NATS/1.0\r\nNats-Service-Error-Code: 400\r\nNats-Service-Error: {message}\r\n\r\n"
    return headers.encode(), json.dumps({"code": code, "message": message, "retryable": retryable}).encode()


def answer(headers: dict[str, str], body: dict) -> tuple[bytes, bytes]:
    amount = body["input"]["amount"]
    if amount < 0:
        return failure("negative_amount", "cannot charge less than nothing", False)
    if amount == 0:
        return failure("busy", "come back later", True)
    return b"", json.dumps({"charged": amount, "key": headers["Idempotency-Key"], "op": headers["Saga-Op"]}).encode()


stream.readline()  # INFO
send(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\n', f"SUB {subject} {queue} 1\r\nPING\r\n".encode())
for line in stream:
    words = line.split()
    if words[0] == b"PING":
        send(b"PONG\r\n")
    elif words[0] == b"PONG":
        print("ready", flush=True)
    elif words[0] == b"HMSG":
        reply, header_size, total = words[3], int(words[4]), int(words[5])
        payload = stream.read(total + 2)[:-2]
        lines = payload[:header_size].decode().split("\r\n")[1:]
        headers = dict(field.split(": ", 1) for field in lines if field)
        head, body = answer(headers, json.loads(payload[header_size:]))
        if head:
            send(b"HPUB %s %d %d\r\n" % (reply, len(head), len(head) + len(body)), head, body, b"\r\n")
        else:
            send(b"PUB %s %d\r\n" % (reply, len(body)), body, b"\r\n")
