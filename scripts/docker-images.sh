#!/usr/bin/env bash
# Makes the images that the tests start containers from, without any image registry: Redis 7.0 from Debian
# bookworm's packages, Redis 8.0 from trixie's, and this machine's own Node. An image that is there already is left
# alone.
#
# Needs: Debian (its mirror and its signing keys are used), apt-get, dpkg-deb and a Docker that answers.
# Each Redis image holds redis-server, redis-cli, the libraries they need, and busybox for a shell; the Node image
# node with its libraries, and nothing else.
set -euo pipefail
shopt -s nullglob

readonly KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  echo "docker-images: $*" >&2
  exit 1
}

# The mirror that this machine's own apt uses, without its trailing slash.
debian_mirror() {
  local mirror
  # shellcheck disable=SC2016  # apt's own variables
  mirror=$(apt-get indextargets --format '$(ORIGIN) $(REPO_URI)' 2>/dev/null |
    sed -nE 's#^Debian (https?://.*/debian)/?$#\1#p' | head -n 1)
  if [[ -z $mirror ]]; then
    # Before the first `apt-get update` only the sources themselves tell.
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
      sed -nE 's#^(deb |URIs:).*(https?://[^ ]*/debian)/?( .*)?$#\2#p' | head -n 1)
  fi
  [[ -n $mirror ]] || fail "no Debian mirror in this machine's apt sources; on another system pull the images of Redis instead"
  echo "$mirror"
}

# apt-get or apt-cache with folders and sources of their own, so that the machine's are not touched.
private_apt() {
  local program=$1 work=$2
  shift 2
  "$program" -qq \
    -o Dir::State="$work/state" -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" \
    -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- \
    -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" "$@"
}

# The packages of these names and of the shared libraries they need, directly or not.
with_libraries() {
  local work=$1
  shift
  echo "$@" | tr ' ' '\n'
  private_apt apt-cache "$work" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks \
    --no-replaces --no-enhances "$@" | grep -E '^(lib|lua-|zlib)[a-z0-9.+-]+$'
}

# Copies the programs with the libraries that their loader names, and that loader, from `from` to `to`.
copy_programs() {
  local from=$1 to=$2 loader search program name library
  shift 2
  loader=$(find "$from" -name 'ld-linux*.so*' -print -quit)
  [[ -n $loader ]] || fail "the packages hold no dynamic loader"
  search=$(printf '%s:' "$from"/lib/*-linux-gnu* "$from"/usr/lib/*-linux-gnu*)
  mkdir -p "$to/usr/bin" "$to/usr/lib" "$to/lib" "$to/lib64"
  # Where the interpreter is looked for depends on the architecture: /lib64 on amd64, /lib on arm64.
  cp -L "$loader" "$to/lib/"
  cp -L "$loader" "$to/lib64/"
  for program in "$@"; do
    cp -L "$from/usr/bin/$program" "$to/usr/bin/"
    while read -r name _ library _; do
      case $library in
        "$from"/*) cp -L "$library" "$to/usr/lib/" ;;
        # The kernel's own page and the loader have no "=> file".
        "" | "("*) ;;
        # The loader looks on this machine too; what it finds there is not in the packages.
        *) fail "$name of $program is in none of the packages" ;;
      esac
    done < <("$loader" --library-path "$search" --list "$from/usr/bin/$program")
  done
}

make_image() {
  local image=$1 suite=$2 work=$WORK/$2 made
  mkdir -p "$work"/{state/lists/partial,cache/archives/partial,packages,unpacked,root}
  : >"$work/status"
  echo "deb [signed-by=$KEYRING] $MIRROR $suite main" >"$work/sources.list"
  private_apt apt-get "$work" update
  (
    cd "$work/packages"
    mapfile -t packages < <(with_libraries "$work" redis-server redis-tools busybox-static | sort -u)
    private_apt apt-get "$work" download "${packages[@]}"
  )
  local package
  for package in "$work"/packages/*.deb; do
    dpkg-deb -x "$package" "$work/unpacked"
  done

  local root=$work/root busybox
  copy_programs "$work/unpacked" "$root" redis-server redis-cli
  busybox=$(find "$work/unpacked" -type f -path '*/bin/busybox' -print -quit)
  mkdir -p "$root"/{bin,etc,data,tmp,proc,dev,sys}
  chmod 1777 "$root/tmp"
  cp "$busybox" "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
  echo 'root:x:0:0:root:/data:/bin/sh' >"$root/etc/passwd"
  # The official image turns protected mode off too: without it nothing outside the container is answered.
  made=$(tar -C "$root" --owner=0 --group=0 -c . | docker import \
    -c 'ENV PATH=/usr/bin:/bin' -c 'WORKDIR /data' -c 'EXPOSE 6379' \
    -c 'CMD ["redis-server", "--protected-mode", "no"]' -)
  # Named only once it works: a name that exists is never looked at again.
  if ! docker run --rm --network none "$made" redis-server --version; then
    docker image rm "$made" >/dev/null
    fail "the image made from $suite does not run"
  fi
  docker tag "$made" "$image"
}

make_node_image() {
  local image=$1 root=$WORK/node node file made
  node=$(node -p process.execPath)
  mkdir -p "$root"/{usr/local/bin,etc,proc,dev,sys,tmp}
  cp -L "$node" "$root/usr/local/bin/node"
  # The libraries where ldd finds them, the loader among them.
  while read -r file; do
    mkdir -p "$root$(dirname "$file")"
    cp -L "$file" "$root$file"
  done < <(ldd "$node" | grep -oE '/[^ ]+' | sort -u)
  echo 'nobody:x:65534:65534::/tmp:/bin/false' >"$root/etc/passwd"
  made=$(tar -C "$root" --owner=0 --group=0 -c . | docker import -c 'ENV PATH=/usr/local/bin' -)
  if ! docker run --rm --network none "$made" node --version; then
    docker image rm "$made" >/dev/null
    fail "the image made from $node does not run"
  fi
  docker tag "$made" "$image"
}

NODE_IMAGE=lab-test-node:$(node -p 'process.versions.node.split(".")[0]')
readonly NODE_IMAGE
readonly IMAGES=(lab-test-redis:7.0=bookworm lab-test-redis:8.0=trixie)
wanted=()
for pair in "${IMAGES[@]}"; do
  docker image inspect "${pair%=*}" >/dev/null 2>&1 || wanted+=("$pair")
done
docker version >/dev/null 2>&1 || fail "Docker does not answer"
WORK=$(mktemp -d)
readonly WORK
trap 'rm -rf "$WORK"' EXIT
if ! docker image inspect "$NODE_IMAGE" >/dev/null 2>&1; then
  echo "making $NODE_IMAGE from this machine's Node" >&2
  make_node_image "$NODE_IMAGE" >&2
fi
[[ ${#wanted[@]} -gt 0 ]] || exit 0

[[ -r $KEYRING ]] || fail "Debian's signing keys are missing: install debian-archive-keyring"
MIRROR=$(debian_mirror)
readonly MIRROR
for pair in "${wanted[@]}"; do
  echo "making ${pair%=*} from ${pair#*=}'s packages" >&2
  make_image "${pair%=*}" "${pair#*=}" >&2
done
