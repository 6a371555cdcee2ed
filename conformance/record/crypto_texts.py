"""Records how datastore secrets are sealed and opened: key file and text in, text out."""

import binascii

import original


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    original.write(args.out, "crypto", map(answered, original.cases("crypto")))


def answered(case):
    line = {name: case[name] for name in ("id", "note", "crypto_key", "do", "text", "iv") if name in case}
    with original.world(line) as path:
        try:
            line["expected"] = {"value": DO[line["do"]](line, path)}
        except Exception as raised:
            line["expected"] = original.error_of(raised)
    return line


def sealed(line, path):
    """Encrypts with the given initialisation vector in place of a random one."""
    from st2common.util import crypto

    crypto.os = WithVector(binascii.unhexlify(line["iv"]))
    return crypto.symmetric_encrypt(crypto.read_crypto_key(path), line["text"]).decode("ascii")


def opened(line, path):
    from st2common.util import crypto

    return crypto.symmetric_decrypt(crypto.read_crypto_key(path), line["text"])


class WithVector:
    def __init__(self, vector):
        self.vector = vector

    def urandom(self, size):
        return self.vector[:size]


DO = {"encrypt": sealed, "decrypt": opened}

if __name__ == "__main__":
    main()
