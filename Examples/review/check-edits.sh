#!/bin/sh
# What a pull-request check runs: check-edits.sh BASE FOLDER
# Every script is in the one style and without mistakes, and every lock's bytes come out again. For each script that
# differs in meaning from where the branch left BASE, FOLDER gets a picture (before, after, difference; for a new
# script a sheet), and FOLDER/review.md says what changed. Ends with 1 where something is wrong.
#
# Names come from whoever made the pull request. '--' keeps one like '-h.fedit' from being taken for an option, and
# 'fedit diff' refuses a name that is both a file and a git revision.
set -u
# The whole hash: a tag may have the name of a short one.
base=$(git merge-base "$1" HEAD) || exit 66
folder=$2
status=0
mkdir -p "$folder"
report=$folder/review.md
: >"$report"
pages=' '

while IFS= read -r script; do
  [ -n "$script" ] || continue
  fedit fmt --check -- "$script" || status=1
  fedit check -- "$script" || { status=1; continue; }
  if [ -f "$script.lock" ]; then fedit verify -- "$script" || status=1; fi
  # Files that only define things draw nothing; what they change shows in the scripts that use them.
  fedit plan -- "$script" >/dev/null 2>&1 || continue

  page=$(printf '%s' "${script%.fedit}" | tr '/ ' '--').png
  # 'a-b.fedit' and 'a/b.fedit' have a picture each.
  while case $pages in *" $page "*) true ;; *) false ;; esac; do page=x$page; done
  pages="$pages$page "
  if git cat-file -e "$base:$script" 2>/dev/null; then
    text=$(fedit diff --picture="$folder/$page" -- "$base:$script" "$script")
    case $? in
      0) rm -f -- "$folder/$page"; continue ;;
      1) text=$(printf '%s\n' "$text" | sed "1s/$base/$(git rev-parse --short "$base")/") ;;
      *) status=1; continue ;;
    esac
  else
    text='a new script'
    fedit sheet --output="$folder/$page" -- "$script" >/dev/null || { status=1; continue; }
  fi
  printf '### %s\n\n```text\n%s\n```\n\n![%s](%s)\n\n' "$script" "$text" "$script" "$page" >>"$report"
done <<END
$(git -c core.quotePath=off ls-files -- '*.fedit')
END

[ -s "$report" ] || echo 'No edit changes in meaning.' >"$report"
exit $status
