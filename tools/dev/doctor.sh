dev_doctor() {
  if wants_help "$@"; then
    echo "usage: ./dev doctor    prints what this machine has and what is missing, changes nothing"
    return 0
  fi
  local group missing
  . /etc/os-release
  echo "system     $PRETTY_NAME, $(nproc) cores, $(awk '/MemTotal/ {printf "%.0f GiB", $2/1048576}' /proc/meminfo)"
  echo "disk       $(df -h --output=avail . | tail -1 | tr -d ' ') free, $(stat -f -c %T .)"
  for tool in g++ cmake ninja ccache mold node npm chromium clang-16; do
    printf '%-10s %s\n' "$tool" "$(command -v "$tool" >/dev/null && "$tool" --version 2>/dev/null | head -n 1 || echo missing)"
  done
  for group in build test kafka fuzz fresh; do
    missing="$(missing_packages "$group" | tr '\n' ' ')"
    printf '%-10s %s\n' "$group" "${missing:-complete}"
  done
  printf '%-10s %s\n' onnx "$(onnx_found)"
  echo "data       ${VITRINE_DATA:-VITRINE_DATA is not set: evaluations on optional data are skipped}"
}

# The engine onnx loads this library when it is here; nothing else needs it.
onnx_found() {
  local library="${VITRINE_ONNXRUNTIME:-}"
  [ -n "$library" ] || library="$(ldconfig -p 2>/dev/null | awk '/libonnxruntime\.so\.1 / {print $NF; exit}')"
  if [ -n "$library" ] && [ -e "$library" ]; then
    echo "$library; no model of ours is a graph yet"
  else
    echo "missing (libonnxruntime.so.1, or what VITRINE_ONNXRUNTIME names): models run by the engines off and builtin"
  fi
}
