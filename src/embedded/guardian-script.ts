/**
 * A POSIX shell script that runs `"$@"` and never outlives the process that started it.
 *
 * Its standard input is a pipe from us that nothing is written to. The pipe ends when we close it or when we die,
 * however we die, SIGKILL included: the kernel closes it. So a wanted stop and an unforeseen end take the same path,
 * and that path is exercised by every ordinary stop.
 *
 * Arguments: seconds of grace between TERM and KILL, a folder to remove in the end ('' for none), the command.
 * It prints the command's process id on its standard output; the command's own output goes to standard error.
 * It leads a process group of its own, so the TERM to group 0 sweeps what the command may have left (compilers, forks).
 */
export const guardianScript = `
grace=$1 remove=$2
shift 2
exec 3<&0 </dev/null
"$@" 3<&- >&2 &
server=$!
echo "$server"
exec >/dev/null
(
  while read -r _; do :; done <&3
  kill -TERM "$server"
  while [ "$grace" -gt 0 ] && kill -0 "$server"; do sleep 1; grace=$((grace - 1)); done
  kill -KILL "$server"
) 2>/dev/null &
wait "$server"
code=$?
trap '' TERM
kill -TERM 0
[ -z "$remove" ] || rm -rf -- "$remove"
exit "$code"
`;
