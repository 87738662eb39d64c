#!/bin/sh
# Takes away what stage.sh installed: unstage.sh ROOT PREFIX
set -eu
share=$1$2/share
rm -f "$1$2/bin/fedit" "$share/man/man1/fedit.1.gz" "$share"/man/man1/fedit-*.1.gz \
  "$share/bash-completion/completions/fedit" "$share/zsh/vendor-completions/_fedit" \
  "$share/zsh/site-functions/_fedit" "$share/fish/vendor_completions.d/fedit.fish"
rm -rf "$share/doc/fedit"
