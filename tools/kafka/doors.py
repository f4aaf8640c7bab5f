"""The listeners that a broker of the tests has beside the plain one.

PROXIED   plain, but told to clients under a port where nobody listens: a test's proxy stands there
SASL_SSL  TLS, and users with passwords; what they may do is said by ACLs. Whoever comes by another
          listener may do everything: that is how a test sets ACLs.

Keys, certificates and passwords are made at the first start, in files of mode 600 in the broker's
folder; none of them stands in an argument or in the tree.
"""

import os
import secrets
import shutil
import subprocess

USERS = ("alice", "stranger")

PROTOCOLS = (
    "listener.security.protocol.map="
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT,SASL_SSL:SASL_SSL\n"
)
SASL_SSL = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
ssl.keystore.type=PEM
ssl.keystore.location={folder}/broker.pem
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required {users};
"""
CLIENT = """\
security.protocol=SASL_SSL
ssl.ca.location={folder}/ca.pem
sasl.mechanism=PLAIN
sasl.username={user}
sasl.password={password}
"""


def has_secure_door():
    return shutil.which("openssl") is not None


def write_private(path, text):
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def make_certificates(folder):
    """ca.pem signs broker.pem, which is for 127.0.0.1."""
    names = folder / "names.txt"
    names.write_text("subjectAltName=IP:127.0.0.1\n")
    key = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj"
    for words in (
        key.split() + ["/CN=tests of vitrine"] + "-x509 -keyout ca.key -out ca.pem -days 3".split(),
        key.split() + ["/CN=broker"] + "-keyout broker.key -out broker.csr".split(),
        "x509 -req -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3 "
        "-extfile names.txt -out broker.crt".split(),
    ):
        command = ["openssl", *words]
        subprocess.run(command, check=True, capture_output=True, cwd=folder, umask=0o077)
    both = (folder / "broker.key").read_text() + (folder / "broker.crt").read_text()
    write_private(folder / "broker.pem", both)


def secure_settings(folder):
    """Makes what is missing in `folder`; what the broker is told about it."""
    if not (folder / "broker.pem").exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        make_certificates(folder)
        passwords = {user: secrets.token_hex(16) for user in USERS}
        for user, password in passwords.items():
            text = CLIENT.format(folder=folder, user=user, password=password)
            write_private(folder / f"{user}.properties", text)
        users = " ".join(f'user_{user}="{password}"' for user, password in passwords.items())
        write_private(folder / "settings", SASL_SSL.format(folder=folder, users=users))
    return (folder / "settings").read_text()
