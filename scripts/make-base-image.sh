#!/usr/bin/env bash
# Makes a base for `easel images build` where no registry of images can be reached: a small Debian (or Ubuntu) from the packages
# that this machine's own apt knows, with tini and the Node that runs Easel. Then:
#
#   scripts/make-base-image.sh [NAME]             # default: easel-local/debian
#   easel images build --base easel-local/debian
#
# mmdebstrap puts it together (twice as fast as debootstrap, half the size); it needs root, or user namespaces. What it leaves out,
# manuals and translations, stays out when images install more packages.
set -euo pipefail
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" # chroot is there
name="${1:-easel-local/debian}"
root="$(cd "$(dirname "$0")/.." && pwd)"

refuse() { echo "make-base-image: $*" >&2; exit 1; }

# shellcheck disable=SC1091
. /etc/os-release
for tool in mmdebstrap docker; do
  command -v "$tool" >/dev/null || refuse "there is no $tool: apt-get install ${tool/%docker/docker.io}"
done
node="$(PATH="$root/node_modules/.bin:$PATH" node -p 'Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : ""')"
[ -n "$node" ] || refuse 'Easel needs Node 24: run npm ci first'

# Only the distribution's own packages: other sources of the machine bring keys that the new system does not have.
sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/{debian,ubuntu}.sources; do
  if [ -s "$file" ]; then sources+=("$file"); fi
done
[ "${#sources[@]}" -gt 0 ] || refuse 'no apt sources were found in /etc/apt: this needs Debian or Ubuntu'

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

apt-config dump | grep -iE '^acquire::https?::proxy' >"$work/proxy.conf" || true
# Symbols for debuggers are a seventh of Node.
cp "$node" "$work/node"
chmod 755 "$work/node"
if command -v strip >/dev/null; then strip "$work/node"; fi

echo "make-base-image: $PRETTY_NAME with Node $("$work/node" --version), as $name"
leave_out=()
for part in doc man locale info; do leave_out+=("--dpkgopt=path-exclude=/usr/share/$part/*"); done
mmdebstrap --quiet --variant=essential \
  --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
  --include=apt,libstdc++6,tini,usr-is-merged \
  --aptopt='APT::Install-Recommends "false"' \
  --setup-hook="mkdir -p \"\$1/etc/apt/apt.conf.d\" && cp '$work/proxy.conf' \"\$1/etc/apt/apt.conf.d/00proxy\"" \
  "${leave_out[@]}" --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --customize-hook="copy-in '$work/node' /usr/local/bin" \
  --customize-hook='rm "$1/etc/apt/apt.conf.d/00proxy"' \
  "$VERSION_CODENAME" "$work/system.tar" "${sources[@]}" 2>"$work/messages" >&2 \
  || { cat "$work/messages" >&2; refuse "mmdebstrap failed"; }

docker import --change 'CMD ["bash"]' "$work/system.tar" "$name" >/dev/null
docker image inspect --format 'make-base-image: made {{index .RepoTags 0}}, {{.Size}} bytes' "$name"
