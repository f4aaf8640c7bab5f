// What a replay proves of a candidate, and that bad ones do not pass it.
#include "commerce/models/proof.h"

#include <doctest/doctest.h>

#include "commerce/models/fingerprint.h"
#include "commerce/models/test_kinds.h"

namespace vitrine::models {
namespace {

using test::Bad;

// A clock that stands still, for runs whose times are beside the point.
struct Still : Clock {
  Time now() const override { return {}; }
  std::int64_t monotonic_nanos() const override { return 0; }
};

Trial trial_of(int lines, int labels = 0) {
  Trial trial{1, 1'000, {}, {}};
  for (int i = 0; i < lines; ++i)
    trial.lines.push_back({static_cast<std::uint64_t>(i + 1), std::string(i % 40, 'x')});
  for (int i = 0; i < labels; ++i)
    trial.labelled.push_back(
        {static_cast<std::uint64_t>(i + 1), std::string(i % 40, 'x'), i % 40 < 15 ? -1 : 1});
  return trial;
}

ModelProof proof_of(const ModelRecord& candidate, const Trial& trial = trial_of(200),
                    const Clock& clock = Still{}) {
  return prove(candidate, test::length_record(1), test::length_kind(), trial, clock).value();
}

std::string flaw(const ModelRecord& candidate, const ModelProof& proof) {
  return flaw_of(proof, candidate, test::length_record(1), test::length_kind().rules)
      .value_or("none");
}

}  // namespace

TEST_CASE("a candidate that says the same thing twice and agrees has a proof without a flaw") {
  ModelRecord candidate = test::length_record(2);
  set_parameter(candidate, "lean", 12);
  const ModelProof proof = proof_of(candidate);
  CHECK(proof.same_twice());
  CHECK(proof.lines() == 200);
  CHECK(proof.agreement() > 0.7);
  CHECK(proof.agreement() < 1);
  CHECK(flaw(candidate, proof) == "none");
  const ModelProof again = proof_of(candidate);
  CHECK(again.SerializeAsString() == proof.SerializeAsString());
  CHECK_FALSE(difference_of(proof, again));
}

TEST_CASE("a candidate that is not deterministic is refused") {
  const ModelRecord candidate = test::length_record(2, Bad::Random);
  const ModelProof proof = proof_of(candidate);
  CHECK_FALSE(proof.same_twice());
  CHECK(flaw(candidate, proof) == "run twice over the same lines it gave different scores");
  ModelProof forged = proof;
  forged.set_same_twice(true);
  CHECK(difference_of(forged, proof_of(candidate)) ==
        "the replay gives other scores than the proof states");
}

TEST_CASE("a candidate that is much worse is refused, by agreement or by labels") {
  const ModelRecord candidate = test::length_record(2, Bad::Worse);
  CHECK(flaw(candidate, proof_of(candidate)).starts_with("it agrees with the model in use on 0."));
  const ModelProof judged = proof_of(candidate, trial_of(200, 200));
  CHECK(judged.quality() < 0.3);
  CHECK(judged.beside_quality() > 0.7);
  CHECK(flaw(candidate, judged).starts_with("it is worse: macro F1 0."));
}

TEST_CASE("labels may show that a model that agrees little is the better one") {
  ModelRecord candidate = test::length_record(2);
  set_parameter(candidate, "lean", 15);
  Trial trial = trial_of(0, 200);
  for (int i = 0; i < 200; ++i)
    trial.lines.push_back({static_cast<std::uint64_t>(i), std::string(11 + i % 4 + 5, 'x')});
  const ModelProof proof = proof_of(candidate, trial);
  CHECK(proof.agreement() < 0.7);
  CHECK(proof.quality() >= proof.beside_quality());
  CHECK(flaw(candidate, proof) == "none");
}

TEST_CASE("a candidate that is too slow is refused") {
  const ModelRecord candidate = test::length_record(2, Bad::Slow);
  const ModelProof proof = proof_of(candidate, trial_of(120), real_env().clock);
  CHECK(proof.p99_ns() >= 200'000);
  CHECK(flaw(candidate, proof).starts_with("it is too slow: p99 of a line is "));
}

TEST_CASE("a proof of something else proves nothing") {
  const ModelRecord candidate = test::length_record(2);
  ModelRecord other = test::length_record(3);
  CHECK(flaw(other, proof_of(candidate)) == "the proof is of another model");
  ModelRecord changed = candidate;
  set_parameter(changed, "lean", 11);
  CHECK(flaw(changed, proof_of(candidate)) == "the proof is of another model");
  CHECK(flaw_of(proof_of(candidate), candidate, changed, {}).value().starts_with(
      "the proof was made beside another model"));
  CHECK(flaw(candidate, proof_of(candidate, trial_of(99)))
            .starts_with("the proof is of 99 lines, at least 100 are needed"));
  Trial elsewhere = trial_of(200);
  elsewhere.lines[7].text += "y";
  CHECK(difference_of(proof_of(candidate), proof_of(candidate, elsewhere)) ==
        "the log does not hold the lines that the proof is of");
}

TEST_CASE("a model file is read as it was written, and a blob that lost a bit is refused") {
  ModelRecord record = test::length_record(4);
  record.set_blob(std::string("one\ntwo\0three", 13));
  record.set_blob_sha256(sha256_of(record.blob()));
  const std::string file = model_file_of(record);
  CHECK(read_model_file(file)->SerializeAsString() == record.SerializeAsString());
  std::string corrupt = file;
  corrupt[corrupt.size() - 2] ^= 1;
  REQUIRE_FALSE(read_model_file(corrupt).has_value());
  CHECK(read_model_file(corrupt).error().code == Code::Corrupt);
  CHECK(read_model_file("name length\nwhat is this\n").error().message ==
        "line 2 is nothing a model file says");
  record.set_blob(std::string(kBlobBytesMax + 1, 'x'));
  CHECK(flaw_of(record)->starts_with("its blob has 1048577 bytes"));
  for (const char* bad : {"version 0", "engine steam", "parameter Lean 3", "parameter lean nan",
                          "kind", "provenance"}) {
    CHECK_FALSE(read_model_file(model_file_of(test::length_record(4)) + bad + "\n").has_value());
  }
}

}  // namespace vitrine::models
