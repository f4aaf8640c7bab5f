dev_eval() {
  echo "./dev eval NAME: quality of the models on real data. The models come with a later release; nothing to evaluate yet." >&2
  exit 2
}
