# Read by the scripts beside it, whose folder is $here: sets FEDIT to the command to test, their first argument or the
# release build.
fedit=${1:-$here/../../.build/release/fedit}
[ -x "$fedit" ] || { echo "there is no $fedit; run 'make build' first" >&2; exit 66; }
FEDIT=$(cd "$(dirname "$fedit")" && pwd)/$(basename "$fedit")
export FEDIT
