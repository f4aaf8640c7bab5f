#pragma once
// What `vitrine model` reads: models from a log's records, chat lines from a log, labels and proofs
// from files. All of it beside a running server: nothing is locked or changed.
#include <cstdint>
#include <map>
#include <string>

#include "base/env.h"
#include "commerce/models/proof.h"

namespace vitrine {

// Of one model name, as its records stand in <log>/insight; the built-in one where there are none.
struct ModelShelf {
  std::map<std::int64_t, ModelRecord> versions;
  ModelRecord active;
  std::int64_t shadow = 0, switches = 0;
};
Result<ModelShelf> model_shelf(Disk& disk, const std::string& log, const models::Kind& kind);

// NotFound says what to do.
Result<ModelRecord> model_version(const ModelShelf& shelf, std::int64_t version);

struct LineSpan {
  std::string from, to;  // positions or times of the audience's log; empty: all of it
};
// What viewers said in that span: `from` and `to` of the trial, and its lines, the first
// kProofLinesMax of them. They are chat that was shown.
Result<models::Trial> read_trial(Disk& disk, const std::string& log, const LineSpan& span);

// "negative<tab>text" a line, or neutral, or positive.
Result<std::vector<models::Line>> read_labels(Disk& disk, const std::string& path);

Result<Bytes> read_whole(Disk& disk, const std::string& path, ByteCount bytes_max);

// <folder>/NAME-VERSION.json.
std::string proof_path(const std::string& folder, const std::string& name, std::int64_t version);
Result<ModelProof> read_proof(Disk& disk, const std::string& path);
Result<void> write_proof(Disk& disk, const std::string& folder, const ModelProof& proof);

}  // namespace vitrine
