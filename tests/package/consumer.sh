#!/bin/sh
# Installs a build into a fresh prefix and builds a program outside the tree against it, once found by CMake
# and once by pkg-config: consumer.sh BUILD_DIR COMPILER
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$1
compiler=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cp "$here/consumer.cpp" "$here/CMakeLists.txt" "$scratch"
cmake --install "$build" --prefix "$scratch/prefix" >"$scratch/install.log"

cmake -G Ninja -S "$scratch" -B "$scratch/by-cmake" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_PREFIX_PATH="$scratch/prefix" >"$scratch/cmake.log"
cmake --build "$scratch/by-cmake"
mkdir -m 700 "$scratch/data"
"$scratch/by-cmake/consumer" "$scratch/data"

PKG_CONFIG_PATH=$(dirname "$(find "$scratch/prefix" -name tokctl.pc)")
export PKG_CONFIG_PATH
for how in --shared --static; do
  flags=$(pkg-config --cflags --libs "$how" tokctl)
  # shellcheck disable=SC2086  # flags are words
  "$compiler" -std=c++20 -o "$scratch/by-pkg-config" "$scratch/consumer.cpp" $flags
  rm -f "$scratch/data/"*
  "$scratch/by-pkg-config" "$scratch/data"
done

# The header of the driver seam stands alone too: modules are built against it.
printf '#include <tokctl/db/connection.h>\n' >"$scratch/driver.cpp"
# shellcheck disable=SC2046  # flags are words
"$compiler" -std=c++20 -fsyntax-only "$scratch/driver.cpp" $(pkg-config --cflags tokctl)
