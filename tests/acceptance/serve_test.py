#!/usr/bin/env python3
"""`vitrine serve` as the one who runs it meets it: TLS, addresses, busy ports, the tools beside it.

usage: serve_test.py BIN_FOLDER      (standard library only)
"""

import base64
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import cases

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BIN = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 else None
SECONDS_MAX = 60


def own_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") or address == "0.0.0.0" else address


class Serve(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vitrine-serve-"))
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            if server.poll() is None:
                server.send_signal(signal.SIGTERM)
                server.wait(SECONDS_MAX)
            server.stdout.close()
            server.stderr.close()
        shutil.rmtree(self.folder)

    def serve(self, *args):
        """Starts a server; its first line names the address."""
        server = subprocess.Popen(
            [BIN / "vitrine", "serve", "--log", self.folder / "log", "--port", "0", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        self.servers.append(server)
        line = server.stdout.readline()
        found = re.search(r"(https?)://([^:]+):(\d+)", line)
        self.assertTrue(found, line)
        return found.group(1), int(found.group(3))

    def connection(self, scheme, port, host="127.0.0.1"):
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=SECONDS_MAX)
        context = ssl.create_default_context(cafile=self.certificate())
        context.check_hostname = False
        return http.client.HTTPSConnection(host, port, timeout=SECONDS_MAX, context=context)

    def certificate(self):
        found = sorted((self.folder / "log" / "keys").rglob("*cert*.pem"))
        self.assertTrue(found, "the certificate lies beside the keys")
        return found[0]

    def call(self, line, method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        line.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = line.getresponse()
        return answer, answer.read()

    def test_tls_serves_pages_calls_and_sockets_with_its_own_certificate(self):
        scheme, port = self.serve("--tls", "self")
        self.assertEqual(scheme, "https")
        line = self.connection(scheme, port)
        answer, body = self.call(line, "GET", "/healthz")
        self.assertEqual((answer.status, json.loads(body)["status"]), (200, "ok"))
        answer, body = self.call(line, "POST", "/v1/auth/guest", {"nickname": "Ann"})
        token = json.loads(body)["token"]
        answer, body = self.call(line, "POST", "/v1/auth/ticket", token=token)
        self.assertIn("Secure", answer.getheader("Set-Cookie"))
        ticket = json.loads(body)["ticket"]
        hello = self.hello_over_socket(scheme, port, ticket)
        self.assertEqual(hello["t"], "hello")

    def hello_over_socket(self, scheme, port, ticket):
        line = self.connection(scheme, port)
        line.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        line.sock.sendall(
            (
                f"GET /v1/socket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
                f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                f"Sec-WebSocket-Protocol: vitrine.v1.json, ticket.{ticket}\r\n\r\n"
            ).encode()
        )
        stream = line.sock.makefile("rb")
        self.assertIn(b" 101 ", stream.readline())
        while stream.readline().strip():
            pass
        kind, length = stream.read(2)
        self.assertEqual(kind, 0x81)  # a whole text frame
        if length == 126:
            length = int.from_bytes(stream.read(2), "big")
        text = stream.read(length)
        stream.close()
        line.close()
        return json.loads(text)

    def test_plain_http_at_a_tls_port_gets_no_answer_and_harms_nothing(self):
        scheme, port = self.serve("--tls", "self")
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS_MAX)
        with self.assertRaises((http.client.HTTPException, ConnectionError)):
            plain.request("GET", "/healthz")
            plain.getresponse()
        answer, _ = self.call(self.connection(scheme, port), "GET", "/healthz")
        self.assertEqual(answer.status, 200)

    def test_a_neighbour_on_the_network_reaches_the_shop_but_not_its_metrics(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no address besides loopback")
        scheme, port = self.serve("--bind", "0.0.0.0")
        near = self.connection(scheme, port)
        far = self.connection(scheme, port, address)
        self.assertEqual(self.call(far, "GET", "/v1/store/shows")[0].status, 200)
        self.assertEqual(self.call(near, "GET", "/metrics")[0].status, 200)
        answer, body = self.call(far, "GET", "/metrics")
        self.assertEqual((answer.status, json.loads(body)["code"]), (403, "permission"))

    def test_without_bind_the_network_is_kept_out(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no address besides loopback")
        scheme, port = self.serve()
        with self.assertRaises(ConnectionError):
            self.connection(scheme, port, address).request("GET", "/healthz")

    def test_a_busy_port_and_a_log_in_use_are_said_and_end_the_program(self):
        _, port = self.serve()
        for args, words in (
            (["--log", self.folder / "other", "--port", str(port)], ["port", str(port)]),
            (["--log", self.folder / "log", "--port", "0"], ["lock"]),
        ):
            run = subprocess.run(
                [BIN / "vitrine", "serve", *args],
                capture_output=True,
                cwd=ROOT,
                text=True,
                timeout=SECONDS_MAX,
                check=False,
            )
            self.assertNotEqual(run.returncode, 0)
            for word in words:
                self.assertIn(word, run.stderr.lower())

    def test_the_tools_read_what_a_server_left(self):
        scheme, port = self.serve()
        line = self.connection(scheme, port)
        self.assertEqual(self.call(line, "GET", "/v1/store/products")[0].status, 200)
        server = self.servers[0]
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(SECONDS_MAX), 0)
        log = ["--log", str(self.folder / "log")]
        for args, words in (
            (["verify", *log], "OK"),
            (["topology"], "shop.commands"),
            (["topology", "--mermaid"], "flowchart"),
            (["topology", "--json"], '"id":"audience/process kpi-chat"'),
        ):
            run = subprocess.run(
                [BIN / "vitrine", *args],
                capture_output=True,
                cwd=ROOT,
                text=True,
                timeout=SECONDS_MAX,
                check=False,
            )
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertIn(words, run.stdout)

    def tool(self, *args, status=0):
        run = subprocess.run(
            [BIN / "vitrine", *args, "--log", str(self.folder / "log")],
            capture_output=True,
            cwd=ROOT,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
        self.assertEqual(run.returncode, status, run.stderr)
        return run.stdout

    def live_show(self):
        """A server with a live show; its id, a function that posts, and a connection."""
        codes = self.folder / "codes"
        scheme, port = self.serve("--host-code-file", str(codes))
        line = self.connection(scheme, port)

        def post(path, body, token=None):
            answer, text = self.call(line, "POST", path, body, token)
            self.assertIn(answer.status, (200, 201), text)
            return json.loads(text)

        while not codes.exists() or len(codes.read_text().split()) < 2:
            time.sleep(0.02)
        host = post("/v1/auth/host", {"code": codes.read_text().split()[0]})["token"]
        self.host = host
        show = post("/v1/host/shows", {"title": "One evening"}, host)["id"]
        for state in ("scheduled", "live"):
            post(f"/v1/host/shows/{show}/state", {"to": state}, host)
        return show, post, line

    def test_a_timeline_holds_all_of_one_customer_in_order_and_nothing_of_others(self):
        show, post, _ = self.live_show()
        ann, bob = (post("/v1/auth/guest", {"nickname": name}) for name in ("Ann", "Bob"))
        for number, person in enumerate((ann, bob, ann)):
            message = {"id": f"m-{number}", "text": "hi"}
            post(f"/v1/store/shows/{show}/chat", message, person["token"])
        told = [json.loads(text) for text in self.tool("timeline", ann["id"]).splitlines()]
        self.assertEqual(
            [one["topic"] for one in told], ["chat.commands", "show.chat"] * 2, "while it runs"
        )
        self.assertEqual([one["at"] for one in told], sorted(one["at"] for one in told))
        self.assertNotIn(bob["id"], json.dumps(told))
        self.tool("timeline", "vw_nobody", status=1)

    def test_an_automatic_action_is_done_once_over_kill_9_before_and_at_its_deadline(self):
        show, post, line = self.live_show()
        base = f"/v1/host/shows/{show}"

        def kill_and_serve():
            self.servers[-1].kill()
            self.servers[-1].wait(SECONDS_MAX)
            return self.connection(*self.serve())

        def insights(field):
            answer, text = self.call(line, "GET", f"{base}/insights", token=self.host)
            self.assertEqual(answer.status, 200, text)
            return json.loads(text).get(field, [])

        def newest(*states):
            until = time.monotonic() + SECONDS_MAX
            while time.monotonic() < until:
                for action in insights("actions")[:1]:
                    if action["state"] in states:
                        return action
                time.sleep(0.02)
            self.fail(f"no action is {states}: {insights('actions')}")

        answer, text = self.call(
            line, "PUT", f"{base}/autopilot/abuse", {"on": True, "veto_s": 5}, self.host
        )
        self.assertEqual(answer.status, 200, text)
        for number in range(5):
            token = post("/v1/auth/guest", {"nickname": f"Raider {number}"})["token"]
            message = {"id": f"m-{number}", "text": "this is a scam"}
            answer, text = self.call(
                line, "POST", f"/v1/store/shows/{show}/chat", message, token
            )
            self.assertEqual(answer.status, 202, text)
        deadline_ms = newest("pending")["deadline_ms"]
        line = kill_and_serve()
        self.assertEqual(newest("pending")["deadline_ms"], deadline_ms)
        for late_ms in (0, 10):  # while it becomes due, and while it is carried out
            time.sleep(max(0.0, (deadline_ms + late_ms) / 1000 - time.time()))
            line = kill_and_serve()
        self.assertEqual(newest("done")["actor"], "automatic")
        line = kill_and_serve()
        self.assertEqual(newest("done")["id"], "x_1")
        slow = [json.loads(one) for one in self.tool("tail", "show.chat").splitlines()]
        slow = [one for one in slow if "slow_mode" in json.dumps(one)]
        self.assertEqual(len(slow), 1, slow)
        self.assertIn("A raid or a wave of abuse", json.dumps(slow))
        self.servers[-1].send_signal(signal.SIGTERM)
        self.assertEqual(self.servers[-1].wait(SECONDS_MAX), 0)
        self.assertIn("OK", self.tool("verify"))

    def test_operators_look_into_a_running_server_and_back_up_a_stopped_one(self):
        show, _, line = self.live_show()
        metrics = self.call(line, "GET", "/metrics")[1].decode()
        for domain in ("shop", "audience"):
            self.assertRegex(metrics, f'vitrine_engine_epochs_total{{domain="{domain}"}} [1-9]')
        self.assertEqual(metrics.count("# TYPE vitrine_engine_commit_seconds summary"), 1)
        self.assertIn("show.commands", self.tool("topic", "list"))
        self.assertIn("scoped-row:1 -> proto:", self.tool("state", "list"))
        rows = [json.loads(row) for row in self.tool("state", "scan", "show-shows").splitlines()]
        self.assertEqual([row["key"] for row in rows], [show])
        self.assertEqual(json.loads(self.tool("state", "get", "show-shows", show)), rows[0])
        self.assertIn("no dead letters", self.tool("dlq", "list"))
        copy = str(self.folder / "copy")
        self.tool("backup", copy, status=1)  # the log is in use
        self.servers[0].send_signal(signal.SIGTERM)
        self.assertEqual(self.servers[0].wait(SECONDS_MAX), 0)
        self.tool("backup", copy)
        self.tool("savepoint", "create", "monday")
        self.assertEqual(self.tool("savepoint", "list").count("monday"), 6)  # names and paths
        shutil.rmtree(self.folder / "log")
        self.tool("restore", copy)
        self.assertEqual(json.loads(self.tool("state", "get", "show-shows", show)), rows[0])
        self.assertIn("OK", self.tool("verify"))

    def test_an_empty_shop_at_rest_costs_next_to_nothing(self):
        self.serve()
        pid = self.servers[0].pid
        ticks = os.sysconf("SC_CLK_TCK")

        def cpu_s():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / ticks

        begun, before = time.monotonic(), cpu_s()
        time.sleep(3)
        share = (cpu_s() - before) / (time.monotonic() - begun)
        print(f"\nfigure serve_at_rest_cores {share:.4f} cores")


if __name__ == "__main__":
    if BIN is None or not os.access(BIN / "vitrine", os.X_OK):
        sys.exit(__doc__)
    cases.main()
