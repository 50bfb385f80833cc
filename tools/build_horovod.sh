#!/usr/bin/env bash
# Installs Horovod into .venv from a wheel that is built once a machine.
#
# Horovod 0.28.1 is its last release and knows no TensorFlow 2.21; it builds on it once the XLA/MPI source, which calls
# an interface that is gone, is left out. The wheel takes minutes to build, so it is cached outside the checkout, by
# Python, TensorFlow, machine and GPU support, and a fresh clone finds it there.
set -euo pipefail

version=0.28.1
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
python=$home/.venv/bin/python
gpu=${HOROVOD_GPU_OPERATIONS:-cpu}
wheels=${NEWSLABEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/newslabel}/wheels

# what a wheel is compiled for, say cp311-tensorflow-cpu-2.21.0-x86_64
compiled_for() {
    "$python" - << 'END'
import platform, sys
from importlib.metadata import distributions

found = {dist.name.replace("_", "-"): dist.version for dist in distributions()}
name = "tensorflow-cpu" if "tensorflow-cpu" in found else "tensorflow"
print(f"cp{sys.version_info[0]}{sys.version_info[1]}-{name}-{found[name]}-{platform.machine()}")
END
}

# in a shell of its own, whose end, however it comes, takes the working folders with it
build() (
    work=$(mktemp -d)
    mkdir -p "$wheels"
    part=$(mktemp -d "$wheels/.part.XXXXXX")
    trap 'rm -rf "$work" "$part"' EXIT
    "$python" -m pip download -q --no-deps --no-binary horovod --no-build-isolation "horovod==$version" -d "$work"
    tar xzf "$work/horovod-$version.tar.gz" -C "$work"
    sed -i '/xla_mpi_ops.cc/d' "$work/horovod-$version/horovod/tensorflow/CMakeLists.txt"
    options=(HOROVOD_WITH_TENSORFLOW=1 HOROVOD_WITHOUT_PYTORCH=1 HOROVOD_WITHOUT_MXNET=1
             HOROVOD_WITH_GLOO=1 HOROVOD_WITHOUT_MPI=1)
    if [ "$gpu" != cpu ]; then options+=("HOROVOD_GPU_OPERATIONS=$gpu"); fi
    # .venv/bin has the cmake that Horovod's Gloo accepts
    env PATH="$home/.venv/bin:$PATH" MAKEFLAGS="-j$(nproc)" "${options[@]}" \
        "$python" -m pip wheel -q --no-deps --no-build-isolation -w "$part" "$work/horovod-$version" \
        > "$work/log" 2>&1 || fail "$work/log"
    # one rename on one disk, so that a killed build leaves no half wheel; a twin that was quicker is as good
    mv -T "$part" "$cached" 2> /dev/null || has_wheel
)

has_wheel() { compgen -G "$cached/*.whl" > /dev/null; }

fail() {
    tail -n 60 "$1" >&2
    echo "Horovod did not build; the end of its log stands above." >&2
    exit 1
}

cached=$wheels/horovod-$version-$(compiled_for)-${gpu,,}
if ! has_wheel; then
    echo "building Horovod $version (about 3 minutes, once a machine)"
    build
fi
"$python" -m pip install -q --no-deps --force-reinstall "$cached"/*.whl
if ! loading=$("$python" -c 'import horovod.tensorflow as hvd; assert hvd.gloo_built()' 2>&1); then
    echo "$loading" >&2
    echo "The Horovod wheel does not load. To build it anew: rm -r '$cached' && make setup" >&2
    exit 1
fi
