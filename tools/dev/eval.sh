dev_eval() {
  if [ $# -eq 0 ] || wants_help "$1"; then
    cat <<'TEXT'
usage: ./dev eval NAME [--data DIR] [--test FILE] [--kill-at STEP] [--choose]     (eval/README.md)
The quality of the models on real data, found in DIR or VITRINE_DATA: trains, tests on the task's own split or on FILE (may be
gzip), and ends with lines `figure NAME VALUE UNIT`. --choose chooses the parameters anew, on folds of the training part.
TEXT
    [ ! -x "$(program vitrine_eval)" ] || "$(program vitrine_eval)" --help | sed -n '/^  [a-z]/p'
    return 0
  fi
  install build
  build_cpp release vitrine_eval
  exec "$(program vitrine_eval)" "$@"
}
