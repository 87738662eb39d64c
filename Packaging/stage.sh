#!/bin/sh
# Puts all that is installed into a folder: stage.sh FEDIT ROOT PREFIX
# FEDIT is the built command, ROOT the folder that stands for / (empty: the real one). `make install`, `make deb` and
# `make tarball` share it.
set -eu
cd "$(dirname "$0")/.."
fedit=$1 root=$2 prefix=$3
share=$root$prefix/share

install -D -m 755 "$fedit" "$root$prefix/bin/fedit"
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root$prefix/bin/fedit"

pages=$(mktemp -d)
trap 'rm -rf "$pages"' EXIT
"$fedit" manual "$pages"
install -d "$share/man/man1"
for page in "$pages"/*.1; do
  gzip -9n <"$page" >"$share/man/man1/${page##*/}.gz"
done

# Debian's zsh looks in vendor-completions, others' in site-functions.
case $prefix in /usr) zsh=vendor-completions ;; *) zsh=site-functions ;; esac
install -d "$share/bash-completion/completions" "$share/zsh/$zsh" "$share/fish/vendor_completions.d"
"$fedit" completions bash | sed "1{/^#!/d}" >"$share/bash-completion/completions/fedit"
"$fedit" completions zsh >"$share/zsh/$zsh/_fedit"
"$fedit" completions fish >"$share/fish/vendor_completions.d/fedit.fish"

# Documentation and examples; the examples' files are copied to edit them.
doc=$share/doc/fedit
for file in README.md CHANGELOG.md LICENSE $(git ls-files Docs Examples Grammar 2>/dev/null || find Docs Examples Grammar -type f); do
  install -D -m 644 "$file" "$doc/$file"
done
