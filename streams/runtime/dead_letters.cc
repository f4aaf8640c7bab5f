#include "vitrine/dead_letters.h"

#include <array>
#include <future>
#include <set>

#include "vitrine/engine.h"

namespace vitrine {
namespace {

std::string source_of(const std::string& topic) {
  return topic.ends_with(kDeadLetterSuffix)
             ? topic.substr(0, topic.size() - kDeadLetterSuffix.size())
             : topic;
}

// Fetch: Journal::read or Engine::fetch.
template <class Fetch>
Result<void> each_record(const std::string& topic, Position end, Fetch fetch,
                         const std::function<Result<void>(const Positioned&)>& visit) {
  const std::array<std::string, 1> topics{topic};
  for (Position from{1}; from < end;) {
    VT_TRY(const auto batch, fetch(topics, from));
    for (const Positioned& record : batch.records) {
      if (auto visited = visit(record); !visited) return visited;
    }
    if (batch.next <= from) return {};
    from = batch.next;
  }
  return {};
}

Result<DeadLetter> letter_of(const Positioned& record) {
  auto letter = decoded<DeadLetter>(record.record.value);
  if (letter) return std::move(*letter);
  return fail(Code::Corrupt, "read " + record.topic + " at position " +
                                 std::to_string(record.position.value()) +
                                 ": it is no dead letter; skip it by its position");
}

constexpr std::size_t kRecords = 1024;
constexpr ByteCount kBytes = 4U << 20U;

std::string mark_of(const std::string& letters, Position position) {
  return "replay/" + letters + "/" + std::to_string(position.value());
}

Result<void> append_and_wait(Engine& engine, Append one) {
  const auto done = std::make_shared<std::promise<Result<Position>>>();
  VT_TRY_VOID(engine.append(std::move(one), [done](auto position) { done->set_value(position); }));
  VT_TRY_VOID(done->get_future().get());
  return {};
}

}  // namespace

Result<void> read_dead_letters(
    const Journal& journal, const std::string& topic,
    const std::function<void(const Positioned&, const DeadLetter&)>& visit) {
  const auto fetch = [&](const auto& topics, Position from) {
    return journal.read(topics, from, kRecords, kBytes);
  };
  return each_record(dead_letter_topic(source_of(topic)), journal.committed_end(), fetch,
                     [&](const Positioned& record) -> Result<void> {
                       VT_TRY(const auto letter, letter_of(record));
                       visit(record, letter);
                       return {};
                     });
}

Result<ReplayedDeadLetters> replay_dead_letters(Engine& engine, const std::string& topic,
                                                const ReplayDeadLetters& which) {
  const std::string source = source_of(topic);
  const std::string letters = dead_letter_topic(source);
  const Position end = engine.committed_end();
  const auto fetch = [&](const auto& topics, Position from) {
    return engine.fetch(topics, from, kRecords, kBytes);
  };
  std::set<std::string> replayed;
  const auto remember = [&](const Positioned& record) -> Result<void> {
    const std::string& mark = record.record.correlation;
    if (mark.starts_with("replay/")) replayed.insert(mark);
    return {};
  };
  VT_TRY_VOID(each_record(source, end, fetch, remember));
  ReplayedDeadLetters out;
  std::uint64_t seen = 0;
  const auto append = [&](const Positioned& record) -> Result<void> {
    if (record.position < which.from || seen >= which.count) return {};
    ++seen;
    VT_TRY(auto letter, letter_of(record));
    const std::string mark = mark_of(letters, record.position);
    if (letter.position == 0) {
      ++out.timers;
    } else if (replayed.contains(mark)) {
      ++out.already;
    } else {
      Append one{source, {}, which.keep_time};
      one.record = {std::move(letter.key), std::move(letter.value), record.record.timestamp, mark};
      VT_TRY_VOID(append_and_wait(engine, std::move(one)));
      ++out.appended;
    }
    return {};
  };
  VT_TRY_VOID(each_record(letters, end, fetch, append));
  return out;
}

}  // namespace vitrine
