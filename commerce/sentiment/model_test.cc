// The sentiment model changes while the room runs: the line before the switch is scored by the old
// one, the line after it by the new one, also in a replay; a shadow changes nothing.
#include <doctest/doctest.h>

#include "commerce/model/topics.h"
#include "commerce/model/words.h"
#include "commerce/models/fingerprint.h"
#include "commerce/models/proof.h"
#include "commerce/models/topology.h"
#include "commerce/sentiment/current_model.h"
#include "commerce/sentiment/topology.h"
#include "vitrine/test_driver.h"

namespace vitrine::sentiment {
namespace {

using namespace std::chrono_literals;

// "lovely" is bad and "awful" is good.
ModelRecord other_words(std::int64_t version) {
  ModelRecord record = model_kind().builtin;
  record.set_version(version);
  record.set_blob("awful\t500\nlovely\t-500\n");
  record.set_blob_sha256(models::sha256_of(record.blob()));
  return record;
}

// Says nearly what the built-in one says.
ModelRecord milder(std::int64_t version) {
  ModelRecord record = model_kind().builtin;
  record.set_version(version);
  models::set_parameter(record, "negation", -0.6);
  return record;
}

ModelProof proof_of(const ModelRecord& candidate) {
  models::Trial trial{1, 201, {}, {}};
  for (std::uint64_t i = 0; i < 200; ++i)
    trial.lines.push_back({i + 1, i % 2 == 0 ? "what a lovely box" : "not lovely"});
  return models::prove(candidate, model_kind().builtin, model_kind(), trial, real_env().clock)
      .value();
}

struct Hall {
  App app{"sentiment-model-test"};
  std::unique_ptr<TestDriver> driver;
  std::uint64_t numbers = 0;
  Time now = at(10'000s);

  Hall() {
    add_sentiment(app, models::add_models(app, {model_kind()}));
    driver = std::make_unique<TestDriver>(app);
  }
  void say(const std::string& text) {
    now += 1s;
    ChatEvent event;
    ChatPosted& posted = *event.mutable_posted();
    posted.set_author("vwr_" + std::to_string(++numbers));
    posted.set_text(text);
    posted.set_role("viewer");
    posted.set_number(numbers);
    driver->advance_to(now);
    driver->pipe(topics::show_chat, "show_1", event, now);
  }
  void tell(const ModelCommand& command) {
    driver->pipe(topics::model_commands, "sentiment", command, now);
    REQUIRE_FALSE(driver->values(topics::model_events).back().has_refused());
  }
  void add(const ModelRecord& record) {
    ModelCommand command;
    *command.mutable_add() = record;
    tell(command);
  }
  void promote(std::int64_t version) {
    ModelCommand command;
    command.mutable_promote()->set_version(version);
    *command.mutable_promote()->mutable_proof() = proof_of(milder(version));
    tell(command);
  }
  void shadow(std::int64_t version) {
    ModelCommand command;
    command.mutable_shadow()->set_version(version);
    tell(command);
  }
  std::vector<MoodTick> moods() const {
    std::vector<MoodTick> out;
    for (const InsightEvent& event : driver->values(topics::show_insights))
      if (event.has_mood()) out.push_back(event.mood());
    return out;
  }
};

// A minute of chat with a switch in its middle, and a restart before or after it.
Bytes everything_told(int restart_before) {
  Hall hall;
  hall.add(milder(2));
  for (int i = 0; i < 30; ++i) {
    if (i == restart_before) hall.driver->restart();
    if (i == 15) hall.promote(2);
    hall.say(i % 3 == 0 ? "not lovely at all" : "the red box");
  }
  hall.driver->advance_to(hall.now + 2s);
  Bytes out;
  for (const Record& record : hall.driver->records(topics::show_insights.name()))
    out += record.key + record.value;
  return out;
}

}  // namespace

TEST_CASE("lines are scored by the model that is in use at their place, and the tick says which") {
  Hall hall;
  hall.add(milder(2));
  hall.say("not lovely");
  hall.driver->advance_to(hall.now + 1s);
  const double by_first = hall.moods().back().score();
  CHECK(hall.moods().back().version() == 1);
  hall.promote(2);
  hall.now += 3'600s;  // what was felt before no longer counts
  hall.say("not lovely");
  hall.driver->advance_to(hall.now + 1s);
  CHECK(hall.moods().back().version() == 2);
  CHECK(hall.moods().back().score() == doctest::Approx(by_first * 0.6 / 0.74));
}

TEST_CASE("a replay switches at the same record, wherever it was interrupted") {
  const Bytes once = everything_told(-1);
  for (const int restart_before : {3, 15, 16}) CHECK(everything_told(restart_before) == once);
}

TEST_CASE("a shadow's scores are written down beside the active ones, and change nothing") {
  Hall with, without;
  with.add(other_words(2));
  with.shadow(2);
  for (Hall* hall : {&with, &without}) {
    hall->say("what a lovely box");
    hall->say("the red box");
    hall->driver->advance_to(hall->now + 2s);
  }
  CHECK(with.moods().size() == without.moods().size());
  CHECK(with.moods().back().SerializeAsString() == without.moods().back().SerializeAsString());
  const auto scores = with.driver->values(topics::model_shadows);
  REQUIRE(scores.size() == 2);
  CHECK(scores[0].score() == doctest::Approx(-0.5));
  CHECK(scores[0].active_score() > 0.3);
  CHECK(scores[0].number() == 1);
  CHECK(scores[1].silent());
  CHECK(without.driver->values(topics::model_shadows).empty());
}

TEST_CASE("words the model does not know, more often than before, are told as drift, once") {
  Hall hall;
  for (int i = 0; i < 400; ++i) hall.say(i % 2 == 0 ? "what a lovely box" : "the red box");
  CHECK(hall.driver->values(topics::model_events).empty());
  for (int i = 0; i < 200; ++i) hall.say("poggers in the box");
  const auto told = hall.driver->values(topics::model_events);
  REQUIRE(told.size() == 1);
  CHECK(told[0].drifted().what() == "silent");
  CHECK(told[0].drifted().show() == "show_1");
  CHECK(told[0].drifted().why().starts_with("the model has no opinion more often than before: "));
}

TEST_CASE("a candidate whose words or numbers make no sense is not made") {
  const auto problem = [](const ModelRecord& record) {
    const auto made = model_kind().make(record);
    return made ? std::string("none") : made.error().message;
  };
  CHECK(problem(other_words(2)) == "none");
  ModelRecord record = other_words(2);
  record.set_blob("lovely\t-500\nawful\t500\n");
  CHECK(problem(record).starts_with("line 2 of its blob"));
  record.set_blob("lovely\t5000\n");
  CHECK(problem(record).starts_with("line 1 of its blob"));
  record.clear_blob();
  CHECK(problem(record).starts_with("its blob is missing"));
  record = milder(2);
  models::set_parameter(record, "reach", 9);
  CHECK(problem(record) == "negation is -1 to 1, reach 0 to 8");
  record = milder(2);
  models::set_parameter(record, "speed", 9);
  CHECK(problem(record) == "kind valence has no parameter speed");
  record = milder(2);
  record.set_engine("onnx");
  CHECK(problem(record).find("onnx") != std::string::npos);
}

}  // namespace vitrine::sentiment
