# SPDX-License-Identifier: Apache-2.0
"""An authority, and certificates by it for a server on 127.0.0.1 and for a client, made by the openssl program."""

import pathlib
import shutil
import subprocess


class Unavailable(Exception):
    """There is no openssl on this machine."""


class Certificates:
    """Paths of PEM files in a folder, which is made anew."""

    def __init__(self, folder):
        if shutil.which("openssl") is None:
            raise Unavailable("openssl is not installed (Debian package: openssl)")
        self._folder = pathlib.Path(folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        self.authority, self._authority_key = self._paths("authority")
        self._openssl("req", "-x509", *self._new("authority"), "-days", "2",
                      "-addext", "keyUsage=critical,keyCertSign,digitalSignature")
        self.server, self.server_key = self._signed("server", "serverAuth")
        self.client, self.client_key = self._signed("client", "clientAuth")

    def _paths(self, name):
        return self._folder / f"{name}.pem", self._folder / f"{name}.key.pem"

    def _openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def _new(self, name):
        certificate, key = self._paths(name)
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN=haetae {name}",
                "-keyout", key, "-out", certificate)

    def _signed(self, name, usage):
        certificate, key = self._paths(name)
        extensions = self._folder / f"{name}.cnf"
        extensions.write_text(f"subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage={usage}\n")
        self._openssl("req", *self._new(name))
        request = certificate.rename(self._folder / f"{name}.csr")
        self._openssl("x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self._authority_key,
                      "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out", certificate)
        return certificate, key
