#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that make targets need and this machine lacks.
# It never asks, and prints what it installs. Without root or passwordless sudo
# it prints the command that installs them and exits 1.
# Usage: scripts/setup.sh build|demo|test|browser|nginx|bindings|bench|bench-peers|lttng|peers|fuzz|cross|distro|
#   format|lint ...
set -eu

# One line per package: its name, then how to check that it is installed:
# cmd <command>, pc <pkg-config module>, header <C header>, file <path>,
# python <module>, clang_rt <run-time library of clang>.
packages_of() {
    case $1 in
    build)
        cat <<-END
	gcc cmd cc
	libc6-dev header stdio.h
	cmake cmd cmake
	ninja-build cmd ninja
	pkg-config cmd pkg-config
	protobuf-c-compiler cmd protoc-c
	libprotobuf-c-dev pc libprotobuf-c
	libcurl4-openssl-dev pc libcurl
	zlib1g-dev pc zlib
	libzstd-dev pc libzstd
	libmicrohttpd-dev pc libmicrohttpd
	libsqlite3-dev pc sqlite3
	libnghttp2-dev pc libnghttp2
	librdkafka-dev pc rdkafka
	libyaml-dev pc yaml-0.1
	END
        case $(uname -m) in
        x86_64 | aarch64) echo "libisal-dev pc libisal" ;;
        esac
        ;;
    demo) packages_of build ;;
    bench)
        packages_of build
        cat <<-END
	python3 cmd python3
	valgrind cmd valgrind
	END
        ;;
    bench-peers)
        packages_of build
        echo "python3 cmd python3"
        ;;
    lttng)
        cat <<-END
	liblttng-ust-dev pc lttng-ust
	lttng-tools cmd lttng-sessiond
	END
        ;;
    # Peers of benchmarks in C++.
    peers)
        cat <<-END
	g++ cmd c++
	prometheus-cpp-dev file /usr/include/prometheus/registry.h
	libspdlog-dev pc spdlog
	END
        ;;
    test)
        packages_of build
        cat <<-END
	g++ cmd c++
	libcmocka-dev pc cmocka
	protobuf-compiler cmd protoc
	python3 cmd python3
	python3-venv python ensurepip
	ccache cmd ccache
	spin cmd spin
	prometheus cmd prometheus
	openssl cmd openssl
	END
        ;;
    # Not part of test: it is large, and only the tests of the viewer's page and examples/outside need it.
    browser)
        cat <<-END
	chromium cmd chromium
	nodejs cmd node
	npm cmd npm
	fonts-dejavu-core file /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
	END
        ;;
    # Not part of test: installing it starts it, where a machine does that with services.
    alertmanager) echo "prometheus-alertmanager cmd prometheus-alertmanager" ;;
    # Not part of test: installing nginx may start it, where a machine does that with services.
    nginx)
        cat <<-END
	nginx file /usr/sbin/nginx
	nginx-dev file /usr/share/nginx/src/conf_flags
	END
        ;;
    # The languages of examples/ffi.
    bindings)
        cat <<-END
	python3 cmd python3
	luajit cmd luajit
	golang-go cmd go
	rustc cmd rustc
	nodejs cmd node
	npm cmd npm
	default-jdk-headless cmd javac
	maven cmd mvn
	END
        ;;
    fuzz)
        packages_of build
        cat <<-END
	clang cmd clang
	libclang-rt-14-dev clang_rt fuzzer
	END
        ;;
    cross)
        packages_of build
        cat <<-END
	gcc-aarch64-linux-gnu cmd aarch64-linux-gnu-gcc
	gcc-arm-linux-gnueabihf cmd arm-linux-gnueabihf-gcc
	gcc-i686-linux-gnu cmd i686-linux-gnu-gcc
	gcc-s390x-linux-gnu cmd s390x-linux-gnu-gcc
	libc6-dev-arm64-cross file /usr/aarch64-linux-gnu/include/stdio.h
	libc6-dev-armhf-cross file /usr/arm-linux-gnueabihf/include/stdio.h
	libc6-dev-i386-cross file /usr/i686-linux-gnu/include/stdio.h
	libc6-dev-s390x-cross file /usr/s390x-linux-gnu/include/stdio.h
	qemu-user-static cmd qemu-s390x-static
	musl-tools cmd musl-gcc
	END
        ;;
    distro) echo "debootstrap cmd debootstrap" ;;
    format) echo "clang-format cmd clang-format" ;;
    lint)
        packages_of build
        packages_of format
        cat <<-END
	clang cmd clang
	clang-tidy cmd run-clang-tidy
	python3 cmd python3
	END
        ;;
    *)
        echo "setup: no such target: $1" >&2
        return 2
        ;;
    esac
}

is_there() {
    case $1 in
    cmd) command -v "$2" ;;
    pc) pkg-config --exists "$2" ;;
    file) test -e "$2" ;;
    header) echo "#include <$2>" | cc -E - ;;
    python) python3 -c "import $2" ;;
    clang_rt) ls "$(clang -print-runtime-dir)"/libclang_rt."$2"* ;;
    esac >/dev/null 2>&1
}

is_installed() {
    command -v dpkg-query >/dev/null 2>&1 &&
        dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q ' installed$'
}

# The names of the packages that $1 (lines of packages_of) lacks, on one line.
missing_of() {
    echo "$1" | sort -u | while read -r package kind what; do
        is_there "$kind" "$what" || is_installed "$package" || printf '%s ' "$package"
    done
}

install_packages() {
    as_root=$1
    shift
    echo "setup: installing $*"
    $as_root apt-get -q -o Acquire::Retries=3 update
    $as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 \
        install --no-install-recommends "$@"
}

[ $# -gt 0 ] || { echo "usage: scripts/setup.sh <make target>..." >&2; exit 2; }
wanted=$(for target in "$@"; do packages_of "$target" || exit 2; done)
missing=$(missing_of "$wanted")
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
    echo "setup: this is not a Debian system; install the equivalents of these Debian 12 packages: $missing" >&2
    exit 1
elif [ "$(id -u)" = 0 ]; then
    install_packages "" $missing
elif sudo -n true 2>/dev/null; then
    install_packages "sudo -n" $missing
else
    echo "setup: packages are missing, and installing them needs root. Run as root:" >&2
    echo "    apt-get install --no-install-recommends $missing" >&2
    exit 1
fi

missing=$(missing_of "$wanted")
[ -z "$missing" ] || { echo "setup: still missing: $missing" >&2; exit 1; }
