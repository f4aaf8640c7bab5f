#include "gateway/hub.h"

#include <doctest/doctest.h>

#include <map>

#include "base/metrics.h"

using namespace vitrine;
using namespace vitrine::gateway;

namespace {

// A committed log in memory: all that channels ask of an engine.
class MemoryLog : public Engine {
 public:
  Position add(const std::string& key, const std::string& value) {
    records_.push_back({"show.chat", 0, Position{next_}, {key, value, time_of_millis(1000), {}}});
    return Position{next_++};
  }
  Result<Journal::Batch> fetch(std::span<const std::string> topics, Position from,
                               std::size_t max_records, ByteCount) const override {
    Journal::Batch batch;
    batch.next = Position{std::max(from.value(), next_)};
    batch.earliest = earliest_;
    for (const auto& record : records_) {
      if (record.position < std::max(from, earliest_) || record.topic != topics.front()) continue;
      if (batch.records.size() == max_records) {
        batch.next = record.position;
        break;
      }
      batch.records.push_back(record);
    }
    return batch;
  }
  void expire_before(Position earliest) { earliest_ = earliest; }
  Position committed_end() const override { return Position{next_}; }
  Incarnation incarnation() const override { return Incarnation{7}; }
  Result<void> start() override { return {}; }
  void stop() override {}
  Result<bool> poll() override { return false; }
  Result<void> append(Append, Done) override { return {}; }
  const RecoveryReport& recovery() const override { return recovery_; }
  bool storage_full() const override { return false; }
  std::uint64_t on_commit(std::function<void()>) override { return 1; }
  void remove_on_commit(std::uint64_t) override {}
  std::optional<Bytes> state_get(const std::string&, BytesView) const override {
    return std::nullopt;
  }
  const std::string& name() const override { return name_; }
  const Histogram& sync_nanos() const override { return histogram_; }
  const Histogram& commit_nanos() const override { return histogram_; }

 private:
  std::vector<Positioned> records_;
  std::uint64_t next_ = 1;
  Position earliest_;
  RecoveryReport recovery_;
  std::string name_ = "memory";
  Histogram histogram_;
};

// A loop that runs what was posted when it is told to.
class HandLoop : public net::Loop {
 public:
  void run() override {
    while (!work_.empty()) {
      auto work = std::move(work_.front());
      work_.pop_front();
      work();
    }
  }
  void stop() override {}
  void post(std::function<void()> work) override { work_.push_back(std::move(work)); }
  std::uint64_t after(int, std::function<void()> work) override {
    return work_.push_back(std::move(work)), 1;
  }
  std::uint64_t every(int, std::function<void()>) override { return 1; }
  void cancel(std::uint64_t) override {}

 private:
  std::deque<std::function<void()>> work_;
};

class Reader : public Receiver {
 public:
  bool push(const Channel&, const ChannelFrame& frame) override {
    if (room == 0) return false;
    --room;
    frames.push_back(*frame.json);
    seqs.push_back(frame.seq);
    return true;
  }
  void drop(std::uint16_t code, std::string_view) override { dropped = code; }
  bool got(std::string_view text) const {
    return std::any_of(frames.begin(), frames.end(),
                       [&](const std::string& f) { return f.find(text) != std::string::npos; });
  }
  std::vector<std::uint64_t> events() const {
    std::vector<std::uint64_t> out;
    for (const auto seq : seqs) {
      if (seq != 0) out.push_back(seq);
    }
    return out;
  }
  std::size_t room = 1'000'000;
  std::vector<std::string> frames;
  std::vector<std::uint64_t> seqs;
  std::uint16_t dropped = 0;
};

struct ManualClock : Clock {
  Time now() const override { return {}; }
  std::int64_t monotonic_nanos() const override { return nanos; }
  std::int64_t nanos = 1;
};

struct Fixture {
  Fixture() {
    hub.serve(Domain::Audience, log, [this] { return log.committed_end(); });
  }
  ChannelSource chat() const {
    auto encode = [](const Positioned& record) -> std::optional<std::string> {
      if (record.record.key != "s") return std::nullopt;
      return record.record.value;
    };
    return {"chat:s", "chat:s", ChannelKind::Log, Domain::Audience, {}, "show.chat", encode};
  }
  ChannelSource state() const {
    return {"state", "state", ChannelKind::State, Domain::Audience,
            [] { return std::string("\"now\""); }};
  }
  Position say(int number) {
    const std::string text = std::to_string(number);
    log.add("other", "0");
    const Position at = log.add("s", text);
    hub.publish("chat:s", at, time_of_millis(1000), [&] { return text; });
    return at;
  }
  std::string cursor(Position at) const {
    return cursor_text({Domain::Audience, Incarnation{7}, at});
  }

  ManualClock clock;
  Env env{clock, real_env().disk, real_env().random};
  HandLoop loop;
  MemoryLog log;
  Hub hub{env, loop};
};

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> out;
  for (auto i = from; i <= to; ++i) out.push_back(i);
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture,
                  "a subscription to a channel where nothing happened yet can be resumed") {
  hub.ensure(chat());
  Reader first;
  hub.subscribe(first, chat(), "");
  loop.run();
  REQUIRE(first.frames.size() == 1);
  const std::string& subbed = first.frames.front();
  const auto at = subbed.find("\"cursor\":\"") + 10;
  const std::string cursor_given = subbed.substr(at, subbed.find('"', at) - at);
  hub.remove(first);
  say(1);
  say(2);
  Reader again;
  hub.subscribe(again, chat(), cursor_given);
  loop.run();
  CHECK(again.events() == numbers(1, 2));
}

TEST_CASE_FIXTURE(Fixture,
                  "every cursor resumes with exactly what came after it, live or from the log") {
  hub.ensure(chat());
  Reader witness;
  std::vector<Position> at;
  for (int i = 1; i <= 40; ++i) at.push_back(say(i));
  hub.subscribe(witness, chat(), "0");  // from now on frames are kept in memory
  for (int i = 41; i <= 80; ++i) at.push_back(say(i));
  loop.run();
  CHECK(witness.events() == numbers(1, 80));
  for (std::uint64_t after = 0; after <= 80; ++after) {
    Reader reader;
    hub.subscribe(reader, chat(), after == 0 ? "0" : cursor(at[after - 1]));
    loop.run();
    CHECK(reader.events() == numbers(after + 1, 80));
    hub.remove(reader);
  }
}

TEST_CASE_FIXTURE(Fixture, "without a cursor a reader gets the newest and then what comes") {
  hub.ensure(chat());
  for (int i = 1; i <= 500; ++i) say(i);
  Reader reader;
  hub.subscribe(reader, chat(), "");
  loop.run();
  say(501);
  loop.run();
  const auto got = reader.events();
  CHECK(got.size() >= 51);
  CHECK(got.size() <= 51 + Channel::kMarkEvery);
  CHECK(got == numbers(502 - got.size(), 501));
}

TEST_CASE_FIXTURE(Fixture, "a cursor of another incarnation is reset") {
  hub.ensure(chat());
  say(1);
  Reader reader;
  hub.subscribe(reader, chat(), cursor_text({Domain::Audience, Incarnation{8}, Position{1}}));
  loop.run();
  CHECK(reader.got("\"t\":\"reset\""));
  CHECK(reader.events() == numbers(1, 1));
}

TEST_CASE_FIXTURE(Fixture, "a cursor whose records have expired gets a gap and what is left") {
  hub.ensure(chat());
  std::vector<Position> at;
  for (int i = 1; i <= 80; ++i) at.push_back(say(i));
  for (std::uint64_t left = 1; left <= 80; ++left) {
    log.expire_before(at[left - 1]);
    Reader all, some, none;
    hub.subscribe(all, chat(), "0");
    hub.subscribe(some, chat(), cursor(at[9]));
    hub.subscribe(none, chat(), cursor(at[79]));
    loop.run();
    CAPTURE(left);
    CHECK(all.events() == numbers(left, 80));
    CHECK(some.events() == numbers(std::max<std::uint64_t>(left, 11), 80));
    CHECK(all.got("\"reason\":\"expired\""));
    // Record 11 may only be gone when something of the topic after record 10 is.
    CHECK(some.got("\"reason\":\"expired\"") == (at[left - 1].value() > at[9].value() + 1));
    CHECK_FALSE(none.got("expired"));
    for (Reader* reader : {&all, &some, &none}) hub.remove(*reader);
  }
}

TEST_CASE_FIXTURE(Fixture, "where there is a snapshot it makes up for what has expired") {
  auto source = chat();
  source.snapshot = [] { return std::string("\"now\""); };
  hub.ensure(source);
  const Position first = say(1);
  for (int i = 2; i <= 20; ++i) say(i);
  log.expire_before(Position{first.value() + 5});
  Reader reader;
  hub.subscribe(reader, source, cursor(first));
  loop.run();
  CHECK(reader.got("\"t\":\"reset\""));
  CHECK(reader.got("\"t\":\"snapshot\""));
  CHECK_FALSE(reader.got("\"t\":\"gap\""));
}

TEST_CASE_FIXTURE(Fixture, "a reader so slow that records expired before it is told of it") {
  hub.ensure(chat());
  Reader slow;
  hub.subscribe(slow, chat(), "0");
  loop.run();
  std::vector<Position> at;
  slow.room = 2;
  for (int i = 1; i <= 300; ++i) at.push_back(say(i));
  loop.run();
  hub.remove(slow);
  at.push_back(say(301));  // nobody listens: no frame stays in memory
  Reader late;
  hub.subscribe(late, chat(), cursor(at[1]));
  late.room = 10;
  loop.run();
  log.expire_before(at[199]);
  late.room = 1000;
  hub.drained(late);
  loop.run();
  auto expected = numbers(3, 12);
  for (const auto seq : numbers(200, 301)) expected.push_back(seq);
  CHECK(late.got("\"reason\":\"expired\""));
  CHECK(late.events() == expected);
}

TEST_CASE_FIXTURE(Fixture, "a reader that was full goes on where it stopped") {
  hub.ensure(chat());
  Reader reader;
  hub.subscribe(reader, chat(), "");
  loop.run();
  reader.room = 3;
  for (int i = 1; i <= 100; ++i) say(i);
  loop.run();
  CHECK(reader.events() == numbers(1, 3));
  reader.room = 1000;
  hub.drained(reader);
  loop.run();
  CHECK(reader.events() == numbers(1, 100));
  CHECK_FALSE(reader.got("\"t\":\"gap\""));
}

TEST_CASE_FIXTURE(Fixture,
                  "a slow reader is told of its gap and can have it by the cursor named there") {
  hub.ensure(chat());
  Reader slow;
  hub.subscribe(slow, chat(), "");
  loop.run();
  slow.room = 2;
  const std::uint64_t last = 2000;
  for (std::uint64_t i = 1; i <= last; ++i) say(static_cast<int>(i));
  loop.run();
  slow.room = 1'000'000;
  hub.drained(slow);
  loop.run();
  const auto got = slow.events();
  REQUIRE(slow.got("\"t\":\"gap\""));
  REQUIRE(got.size() < 200);
  CHECK(got.back() == last);
  // Dense after the gap.
  for (std::size_t i = 3; i < got.size(); ++i) CHECK(got[i] == got[i - 1] + 1);
  const auto& gap = *std::find_if(slow.frames.begin(), slow.frames.end(), [](const std::string& f) {
    return f.find("\"gap\"") != std::string::npos;
  });
  const auto from = gap.find("\"from\":\"") + 8;
  Reader patient;
  hub.subscribe(patient, chat(), gap.substr(from, gap.find('"', from) - from));
  loop.run();
  const auto had = patient.events();
  REQUIRE_FALSE(had.empty());
  CHECK(had.front() == 3);
  CHECK(had.size() == last - 2);
  CHECK(had == numbers(3, last));
}

TEST_CASE_FIXTURE(Fixture, "a burst is no reason for a gap when the reader keeps up") {
  hub.ensure(chat());
  Reader quick;
  hub.subscribe(quick, chat(), "");
  loop.run();
  for (int i = 1; i <= 2000; ++i) say(i);
  loop.run();
  CHECK_FALSE(quick.got("\"t\":\"gap\""));
  CHECK(quick.events() == numbers(1, 2000));
}

TEST_CASE_FIXTURE(Fixture, "a reader of a state that fell behind gets the state, not its history") {
  Reader reader;
  hub.subscribe(reader, state(), "");
  loop.run();
  CHECK(reader.frames.size() == 2);
  reader.room = 1;
  for (std::uint64_t i = 1; i <= 600; ++i) {
    hub.publish("state", log.add("other", "x"), time_of_millis(0), [] { return std::string("1"); });
    if (i == 1) loop.run();
  }
  loop.run();
  reader.room = 1'000'000;
  hub.drained(reader);
  loop.run();
  CHECK(reader.frames.back().find("\"t\":\"snapshot\"") != std::string::npos);
  CHECK(reader.frames.size() == 4);
}

TEST_CASE_FIXTURE(Fixture, "a reader that stays full is closed") {
  hub.ensure(chat());
  Reader stuck, well;
  hub.subscribe(stuck, chat(), "");
  hub.subscribe(well, chat(), "");
  loop.run();
  stuck.room = 0;
  say(1);
  loop.run();
  hub.sweep();
  clock.nanos += 20'000'000'000;
  hub.sweep();
  CHECK(stuck.dropped == 4408);
  CHECK(well.dropped == 0);
  say(2);
  loop.run();
  CHECK(well.events() == numbers(1, 2));
}

TEST_CASE_FIXTURE(Fixture,
                  "members of a large channel are all served, also when some leave meanwhile") {
  hub.ensure(chat());
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < 700; ++i) {
    readers.push_back(std::make_unique<Reader>());
    hub.subscribe(*readers.back(), chat(), "");
  }
  loop.run();
  say(1);
  for (std::size_t i = 0; i < readers.size(); i += 7) hub.remove(*readers[i]);
  say(2);
  loop.run();
  for (std::size_t i = 0; i < readers.size(); ++i) {
    CHECK(readers[i]->events() == (i % 7 == 0 ? std::vector<std::uint64_t>{} : numbers(1, 2)));
  }
}
