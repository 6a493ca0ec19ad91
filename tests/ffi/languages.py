# SPDX-License-Identifier: Apache-2.0
"""How the example in each language is built and run."""
import os
import pathlib
import shutil
import subprocess
import sys

EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "ffi"


class Missing(Exception):
    """A tool or a package that the language needs and that is not there."""


class Place:
    """The installed haetae, and a folder to build in."""

    def __init__(self, prefix, libdir, work):
        self.libraries = prefix / libdir
        self.library = self.libraries / "libhaetae-otlp-http.so"
        self.header = prefix / "include" / "haetae" / "haetae_ffi.h"
        self.description = prefix / "share" / "haetae" / "haetae_ffi.json"
        self.pkgconfig = self.libraries / "pkgconfig"
        self.work = work

    def copy(self, language):
        shutil.copytree(EXAMPLES / language, self.work, dirs_exist_ok=True)


def tool(name, package):
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is missing (Debian package: {package})")
    return found


def build(command, work, **environment):
    subprocess.run(command, cwd=work, check=True, env=dict(os.environ, **environment))


def fetch(command, work, what):
    """A package from the language's registry."""
    try:
        build(command, work)
    except subprocess.CalledProcessError as error:
        raise Missing(f"{what} can't be fetched: {error}") from error


def prepare_python(place):
    return [sys.executable, "-B", EXAMPLES / "python" / "record.py", place.library, place.description]


def prepare_luajit(place):
    return [tool("luajit", "luajit"), EXAMPLES / "luajit" / "record.lua", place.library, place.header]


def prepare_go(place):
    go = tool("go", "golang-go")
    tool("pkg-config", "pkg-config")
    place.copy("go")
    build([go, "build", "-o", "record", "."], place.work, PKG_CONFIG_PATH=str(place.pkgconfig),
          CGO_LDFLAGS=f"-Wl,-rpath,{place.libraries}", GOFLAGS="-mod=mod", CGO_ENABLED="1",
          GOTOOLCHAIN="local")
    return [place.work / "record"]


def prepare_rust(place):
    rustc = tool("rustc", "rustc")
    build([rustc, "--edition", "2021", "-L", place.libraries, "-C", f"link-arg=-Wl,-rpath,{place.libraries}",
           EXAMPLES / "rust" / "record.rs", "-o", "record"], place.work)
    return [place.work / "record"]


def prepare_node(place):
    node, npm = tool("node", "nodejs"), tool("npm", "npm")
    place.copy("node")
    fetch([npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"],
          place.work, "koffi")
    return [node, place.work / "record.js", place.library, place.description]


def prepare_java(place):
    javac, java, mvn = tool("javac", "default-jdk-headless"), tool("java", "default-jre-headless"), \
        tool("mvn", "maven")
    place.copy("java")
    fetch([mvn, "--quiet", "--batch-mode", "dependency:copy-dependencies", "-DoutputDirectory=libs"],
          place.work, "JNA")
    build([javac, "-Xlint:all", "-Werror", "-cp", "libs/*", "-d", "classes", "Record.java"], place.work)
    return [java, "-cp", f"{place.work}/classes:{place.work}/libs/*", "Record", place.library]


LANGUAGES = {"python": prepare_python, "luajit": prepare_luajit, "go": prepare_go,
             "rust": prepare_rust, "node": prepare_node, "java": prepare_java}


def prepare(language, prefix, libdir, work):
    """The command that runs the example, and its environment."""
    command = LANGUAGES[language](Place(prefix, libdir, work))
    return [str(word) for word in command], dict(os.environ)
