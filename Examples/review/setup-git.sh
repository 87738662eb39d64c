#!/bin/sh
# Sets git up for a repository of edits; run it once in each clone. Nothing outside the clone is changed.
set -eu
cd "$(git rev-parse --show-toplevel)"

# 'git diff' and 'git log -p' compare scripts in fedit's one style, so that spacing is no difference, and name the edit
# that a change lies in. One that cannot be formatted is shown as it is.
git config diff.fedit.textconv 'sh -c '\''fedit fmt --stdin <"$0" 2>/dev/null || cat "$0"'\'''
git config diff.fedit.xfuncname '^(edit|def)[ \t].*$'

# Pictures are compared by the scripts in them.
git config diff.fedit-picture.textconv \
  'sh -c '\''fedit inspect --extract script -- "$0" 2>/dev/null || sha256sum <"$0"'\'''

# 'git meaning' says what changed in words: strokes moved, colours, seeds. It takes what 'git diff' takes.
git config alias.meaning \
  '-c diff.fedit.command="sh -c '\''fedit diff --at=\"$0\" -- \"$1\" \"$4\"; [ \$? -lt 2 ]'\''" diff --ext-diff'

hooks=$(git rev-parse --git-path hooks)
mkdir -p "$hooks"
if [ -f pre-commit ]; then cp pre-commit "$hooks/pre-commit" && chmod +x "$hooks/pre-commit"; fi
