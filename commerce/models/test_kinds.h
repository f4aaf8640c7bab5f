#pragma once
// A model for tests: it likes a text by its length, and can be made bad in every way that the proof
// is to see.
#include <atomic>
#include <chrono>

#include "commerce/models/fingerprint.h"
#include "commerce/models/scorer.h"

namespace vitrine::models::test {

enum class Bad { No, Random, Worse, Slow };

// Of the length in hundredths, by `lean`: below it negative, from it on positive.
struct LengthScorer : Scorer {
  explicit LengthScorer(const ModelRecord& record) : lean(parameter(record, "lean", 10)) {
    bad = static_cast<Bad>(static_cast<int>(parameter(record, "bad", 0)));
  }
  std::optional<double> score(std::string_view text) const override {
    static std::atomic<std::uint64_t> calls{0};
    const double own = (static_cast<double>(text.size()) - lean) / 100;
    if (bad == Bad::Random) return own + static_cast<double>(calls++ % 7) / 1e6;
    if (bad == Bad::Worse) return -own;
    if (bad != Bad::Slow) return own;
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
    while (std::chrono::steady_clock::now() < until) {
    }
    return own;
  }
  double lean;
  Bad bad;
};

inline ModelRecord length_record(std::int64_t version, Bad bad = Bad::No) {
  ModelRecord record;
  record.set_name("length");
  record.set_version(version);
  record.set_kind("length");
  record.set_engine("builtin");
  record.set_provenance("Made for a test.");
  set_parameter(record, "lean", 10);
  if (bad != Bad::No) set_parameter(record, "bad", static_cast<double>(bad));
  return record;
}

inline Kind length_kind() {
  Kind kind;
  kind.builtin = length_record(1);
  kind.make = [](const ModelRecord& record) -> Result<std::unique_ptr<Scorer>> {
    if (record.kind() != "length") return fail(Code::Unsupported, "another kind");
    return std::make_unique<LengthScorer>(record);
  };
  // A slow machine must not make a good model look slow.
  kind.rules.p99_ns_max = 150'000;
  return kind;
}

}  // namespace vitrine::models::test
