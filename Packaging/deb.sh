#!/bin/sh
# A Debian package of a built command: deb.sh FEDIT FOLDER. Prints the package's path.
# The same commit and tool chain give the same bytes: times are the commit's.
set -eu
cd "$(dirname "$0")/.."
fedit=$(realpath "$1")
mkdir -p "$2"
folder=$(realpath "$2")
version=$("$fedit" --version | cut -d ' ' -f 2)
architecture=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGELOG.md)}
export SOURCE_DATE_EPOCH
maintainer='fedit maintainers <maintainers@fedit.invalid>'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
Packaging/stage.sh "$fedit" "$root" /usr

# Debian's places: the licence is named in 'copyright', changelogs are compressed, examples have a folder of that name.
doc=$root/usr/share/doc/fedit
mv "$doc/Examples" "$doc/examples"
rm "$doc/LICENSE"
gzip -9n "$doc/CHANGELOG.md" && mv "$doc/CHANGELOG.md.gz" "$doc/NEWS.gz"
install -m 644 Packaging/copyright "$doc/copyright"
{
  printf 'fedit (%s) stable; urgency=medium\n\n  * Release %s; what changed is in NEWS.gz.\n\n' "$version" "$version"
  printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"
install -D -m 644 Packaging/lintian-overrides "$root/usr/share/lintian/overrides/fedit"

# dpkg-shlibdeps reads the source package's control file from debian/.
mkdir "$work/debian"
printf 'Source: fedit\nMaintainer: %s\n\nPackage: fedit\nArchitecture: any\n' "$maintainer" >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O "root/usr/bin/fedit" 2>"$work/shlibdeps.log" | sed -n 's/^shlibs:Depends=//p') ||
  { cat "$work/shlibdeps.log" >&2; exit 1; }

mkdir "$root/DEBIAN"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
size=$(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f 1)
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
  -e "s/@SIZE@/$size/" -e "s/@MAINTAINER@/$maintainer/" Packaging/control.in >"$root/DEBIAN/control"
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

package=$folder/fedit_${version}_$architecture.deb
dpkg-deb --root-owner-group -Zxz --build "$root" "$package" >/dev/null
echo "$package"
