#include "streams/runtime/inbox.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"

namespace vitrine {

Inbox::Inbox(std::uint32_t shard, const TopicTable& topics, const Numbering& numbering,
             const Broker& broker, ShardLinks& links)
    : shard_(shard),
      topics_(topics),
      numbering_(numbering),
      broker_(broker),
      links_(links),
      inlets_(links.shards()) {}

void Inbox::begin(std::uint32_t from, Position next, Position end) {
  inlets_[from].next = next;
  inlets_[from].end = end;
}

RingRecord Inbox::first_read(const Inlet& inlet) const {
  const Positioned& one = inlet.read[inlet.read_at];
  return {inlet.expected, Epoch{0}, one.position, topics_.find(one.topic),
          one.partition,  view_of(one.record)};
}

std::optional<RingRecord> Inbox::peek(std::uint32_t from, Epoch epoch) {
  Inlet& inlet = inlets_[from];
  if (inlet.read_at < inlet.read.size()) return first_read(inlet);
  if (inlet.next < inlet.end) {
    read(from, std::numeric_limits<std::uint64_t>::max(), inlet.end);
    if (inlet.read_at < inlet.read.size()) return first_read(inlet);
    if (inlet.next < inlet.end) return std::nullopt;  // could not be read; tried again
  }
  ShardRing& ring = links_.ring(from, shard_);
  const std::uint64_t sent = ring.sent();
  if (sent == inlet.expected) return std::nullopt;
  const auto front = ring.front();
  if (front && front->number == inlet.expected) {
    if (front->epoch > epoch) return std::nullopt;
    return front;
  }
  const std::uint64_t until = front ? front->number : sent;
  read(from, until - inlet.expected, broker_.committed(EmbeddedBroker::kUnit).next);
  if (inlet.read_at < inlet.read.size()) return first_read(inlet);
  return std::nullopt;
}

void Inbox::done(std::uint32_t from, Position position) {
  Inlet& inlet = inlets_[from];
  ShardRing& ring = links_.ring(from, shard_);
  const bool former = inlet.next < inlet.end;  // such records were never in this life's ring
  inlet.next = Position{position.value() + 1};
  if (inlet.read_at < inlet.read.size()) {
    ++inlet.read_at;
  } else {
    ring.pop();
  }
  if (!former) ring.worked_on(++inlet.expected);
}

// Fills `read` with what this sender wrote for us before `end`; nothing when there is none yet.
void Inbox::read(std::uint32_t from, std::uint64_t records_max, Position end) {
  Inlet& inlet = inlets_[from];
  inlet.read.clear();
  inlet.read_at = 0;
  while (inlet.read.empty() && inlet.next < end) {
    auto batch = broker_.fetch(topics_.inputs(), inlet.next, 2'000, 1U << 20U);
    if (!batch) {
      log(LogLevel::Error, "shard_read_back_failed",
          {{"shard", shard_}, {"error", batch.error().message}});
      return;
    }
    for (Positioned& one : batch->records) {
      if (one.position >= end || inlet.read.size() >= records_max) break;
      if (numbering_.shard_of(one.position) != from) continue;
      if (wants(topics_.find(one.topic), one.partition)) inlet.read.push_back(std::move(one));
    }
    if (inlet.read.empty()) inlet.next = std::min(std::max(batch->next, inlet.next), end);
  }
}

// A word is kept until it counts; only then the next one is taken. We must have closed its epoch,
// too: what we read in it is older than the clocks that it says.
void Inbox::look_for_mail(Epoch epoch) {
  for (std::uint32_t from = 0; from < links_.shards(); ++from) {
    if (from == shard_) continue;
    Inlet& inlet = inlets_[from];
    if (!inlet.has_mail) inlet.has_mail = links_.mail(from, shard_, inlet.mail_seen, inlet.mail);
    const bool all_done = inlet.next >= inlet.end && inlet.read_at >= inlet.read.size() &&
                          inlet.expected >= inlet.mail.sent;
    if (!inlet.has_mail || !all_done || inlet.mail.epoch >= epoch) continue;
    inlet.told = inlet.mail.epoch;
    inlet.next = std::max(inlet.next, inlet.mail.next);
  }
}

void Inbox::hear(Epoch epoch, std::vector<SourceClock>& clocks) {
  look_for_mail(epoch);
  const Epoch all = told();
  for (Inlet& inlet : inlets_) {
    if (!inlet.has_mail || inlet.told != inlet.mail.epoch || inlet.told > all) continue;
    inlet.has_mail = false;
    if (!has_news(inlet)) continue;
    inlet.clocks = std::move(inlet.mail.clocks);
    clocks.insert(clocks.end(), inlet.clocks.begin(), inlet.clocks.end());
  }
}

bool Inbox::ready(Epoch epoch) {
  for (std::uint32_t from = 0; from < links_.shards(); ++from) {
    if (from != shard_ && peek(from, epoch)) return true;
  }
  look_for_mail(epoch);
  const Epoch all = told();
  for (Inlet& inlet : inlets_) {
    if (!inlet.has_mail || inlet.told != inlet.mail.epoch || inlet.told > all) continue;
    if (has_news(inlet)) return true;
    inlet.has_mail = false;  // nothing new but how far it is
  }
  return false;
}

Epoch Inbox::told() const {
  Epoch least{std::numeric_limits<std::uint64_t>::max()};
  for (std::uint32_t from = 0; from < links_.shards(); ++from) {
    if (from != shard_) least = std::min(least, inlets_[from].told);
  }
  return least;
}

bool Inbox::restored() const {
  for (std::uint32_t from = 0; from < links_.shards(); ++from) {
    const Inlet& inlet = inlets_[from];
    if (from != shard_ && (inlet.next < inlet.end || inlet.read_at < inlet.read.size()))
      return false;
  }
  return true;
}

}  // namespace vitrine
