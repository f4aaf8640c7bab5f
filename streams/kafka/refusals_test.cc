// What becomes of a commit, and of reading, for each class of error that brokers answer with: tried
// again unseen, handed in again, loaded anew, or an error that says what has to be changed.
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "streams/kafka/appender.h"
#include "streams/kafka/mock_test_kit.h"
#include "streams/kafka/tracked_appender.h"
#include "vitrine/app.h"

using namespace vitrine;
using namespace vitrine::kafka;

namespace {

const Topic<std::string, std::string> kIn{"in", {.partitions = 4}};
const Topic<std::string, std::string> kOut{"out", {.partitions = 4}};

// One unit on mock brokers, with an epoch ready to be committed: a record, a row, an offset.
struct OneUnit {
  OneUnit() {
    cluster.make({"in", "in.dlq", "out", "copy.changelog", "copy.commits"});
    app.stream(kIn).to(kOut);
    topology = app.topology().value();
  }

  Result<void> open() {
    KafkaBrokerOptions options;
    options.settings = cluster.settings();
    options.app_id = "copy";
    VT_TRY(broker, KafkaBroker::open(*topology, std::move(options)));
    broker->poll();
    return {};
  }

  Result<Outcome> commit() {
    const std::uint32_t in = topology->topics()[0].name == "in" ? 0 : 1;
    UnitWork work;
    work.records.add(1 - in, 0, {"key", "value", Time{Duration{1}}, {}});
    work.rows.add(0, "store", "key", "value", false);
    work.steps = "steps";
    work.consumed.push_back({in, 0, 1});
    broker->commit({&work});
    VT_TRY_VOID(broker->work());
    const auto events = broker->poll();
    REQUIRE(events.size() == 1);
    return events.front().outcome;
  }

  // Reads until there is something to say, one way or the other.
  Result<std::size_t> fetch() {
    VT_TRY_VOID(broker->resume(Unit{0}, {}));
    for (int turn = 0; turn < 200; ++turn) {
      VT_TRY(const auto records, broker->fetch(10));
      if (!records.empty()) return records.size();
      broker->wait(Duration{50});
    }
    return 0;
  }

  MockCluster cluster;
  App app{"copy"};
  std::shared_ptr<const Topology> topology;
  std::unique_ptr<KafkaBroker> broker;
};

// The commit's answer when brokers answer so to requests of that kind.
Result<Outcome> commit_with(Api api, std::initializer_list<rd_kafka_resp_err_t> answers) {
  OneUnit unit;
  REQUIRE(unit.open());
  unit.cluster.answer(api, answers);
  auto outcome = unit.commit();
  if (!outcome) return outcome;
  unit.cluster.answer_well(api);
  const auto next = unit.commit();  // whatever it was, the next one goes
  REQUIRE_MESSAGE(next.has_value(), next.error().message);
  CHECK(*next == Outcome::Committed);
  return outcome;
}

void is_refused(const Result<Outcome>& commit, const std::string& naming) {
  REQUIRE_FALSE(commit.has_value());
  CHECK(commit.error().code == Code::Invalid);
  CAPTURE(commit.error().message);
  CHECK(commit.error().message.find(naming) != std::string::npos);
}

}  // namespace

TEST_CASE("a commit passes over what brokers answer while they move or are busy") {
  const struct {
    Api api;
    std::initializer_list<rd_kafka_resp_err_t> answers;
  } cases[] = {
      {Api::Produce, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION}},
      {Api::Produce, {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT}},
      {Api::Produce, {RD_KAFKA_RESP_ERR__TRANSPORT}},
      {Api::AddPartitionsToTxn, {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS}},
      {Api::AddPartitionsToTxn, {RD_KAFKA_RESP_ERR_NOT_COORDINATOR}},
      {Api::AddOffsetsToTxn, {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE}},
      {Api::TxnOffsetCommit, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}},
      {Api::TxnOffsetCommit, {RD_KAFKA_RESP_ERR__TRANSPORT}},
      {Api::EndTxn, {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE}},
      {Api::EndTxn, {RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__TRANSPORT}},
  };
  for (const auto& one : cases) {
    CAPTURE(static_cast<int>(one.api));
    CAPTURE(rd_kafka_err2name(*one.answers.begin()));
    const auto outcome = commit_with(one.api, one.answers);
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
    CHECK(*outcome == Outcome::Committed);
  }
}

TEST_CASE("a commit of which nothing happened is handed in again") {
  const struct {
    Api api;
    rd_kafka_resp_err_t answer;
  } cases[] = {
      {Api::TxnOffsetCommit, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION},
      {Api::TxnOffsetCommit, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID},
      {Api::AddOffsetsToTxn, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING},
      {Api::AddOffsetsToTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE},
  };
  for (const auto& one : cases) {
    CAPTURE(rd_kafka_err2name(one.answer));
    const auto outcome = commit_with(one.api, {one.answer});
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
    CHECK(*outcome == Outcome::Again);
  }
}

TEST_CASE("a commit whose records did not all arrive is not taken for one") {
  const auto outcome =
      commit_with(Api::Produce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
  CHECK((*outcome == Outcome::Again || *outcome == Outcome::Reload));  // heard of sooner or later
}

TEST_CASE("a commit whose end is not known is loaded anew") {
  const struct {
    Api api;
    rd_kafka_resp_err_t answer;
  } cases[] = {
      {Api::EndTxn, RD_KAFKA_RESP_ERR_INVALID_TXN_STATE},
      {Api::EndTxn, RD_KAFKA_RESP_ERR_UNKNOWN},
  };
  for (const auto& one : cases) {
    CAPTURE(rd_kafka_err2name(one.answer));
    const auto outcome = commit_with(one.api, {one.answer});
    REQUIRE_MESSAGE(outcome.has_value(), outcome.error().message);
    CHECK(*outcome == Outcome::Reload);
  }
}

TEST_CASE("a record that the topic does not take ends the run, naming topic and cure") {
  is_refused(commit_with(Api::Produce, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE}),
             "raise max.message.bytes");
  is_refused(commit_with(Api::Produce, {RD_KAFKA_RESP_ERR_INVALID_RECORD}), "write to topic");
}

TEST_CASE("a right that is missing ends the run, naming the right and what it is for") {
  is_refused(commit_with(Api::Produce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}),
             "lacks the right Write on topic ");
  is_refused(commit_with(Api::AddPartitionsToTxn, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}),
             "lacks the right Write on ");
  is_refused(commit_with(Api::AddOffsetsToTxn, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED}),
             "lacks the right Read on group copy");
  OneUnit unit;
  unit.cluster.answer(Api::InitProducerId,
                      {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED});
  const auto opened = unit.open();
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.error().message.find("lacks the right Write on transactional id copy.local") !=
        std::string::npos);
}

TEST_CASE("a disk that is full, or a leader that is missing, is waited for and named") {
  for (const auto code : {RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
                          RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
                          RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS}) {
    const Error error = error_of("commit", code);
    CAPTURE(error.message);
    CHECK(error.code == Code::Unavailable);
    CHECK(error.message.find("disk") != std::string::npos);
  }
}

TEST_CASE("reading passes over brokers that move or go") {
  OneUnit unit;
  REQUIRE(unit.open());
  unit.cluster.answer(Api::Fetch, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                   RD_KAFKA_RESP_ERR__TRANSPORT,
                                   RD_KAFKA_RESP_ERR_UNKNOWN});
  const auto appender = KafkaAppender::open(unit.cluster.settings()).value();
  for (int i = 0; i < 8; ++i)
    REQUIRE(appender->append("in", {"key" + std::to_string(i), "value", Time{Duration{1}}, {}}));
  REQUIRE(appender->flush());
  const auto read = unit.fetch();
  REQUIRE_MESSAGE(read.has_value(), read.error().message);
  CHECK(*read > 0);
}

TEST_CASE("an appender whose producer has ended for good goes on with another one") {
  MockCluster cluster;
  cluster.make({"in"});
  const auto appender = TrackedAppender::open(cluster.settings(), {"in"}, 1'000, Duration{5'000});
  REQUIRE(appender.has_value());
  const auto append = [&]() -> Result<void> {
    std::promise<Result<void>> told;
    VT_TRY_VOID((*appender)->append("in", 0, {"key", "value", Time{Duration{1}}, {}},
                                    [&](const Result<Position>& done) {
                                      told.set_value(done ? Result<void>{}
                                                          : tl::unexpected<Error>(done.error()));
                                    }));
    return told.get_future().get();
  };
  REQUIRE(append());
  cluster.answer(Api::Produce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  auto appended = append();
  REQUIRE_FALSE(appended.has_value());
  CHECK(appended.error().code == Code::Unavailable);  // whoever sent it may send it again
  constexpr std::chrono::seconds kPatience{10};
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!appended && std::chrono::steady_clock::now() < until) {
    CHECK(appended.error().code == Code::Unavailable);
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    appended = append();
  }
  CHECK(appended.has_value());
}
