#include "commerce/models/decide.h"

#include <algorithm>

#include "commerce/models/proof.h"

namespace vitrine::models {
namespace {

ModelEvent refused(const char* code, std::string detail) {
  ModelEvent event;
  event.mutable_refused()->set_code(code);
  event.mutable_refused()->set_detail(std::move(detail));
  return event;
}

std::string called(const ModelRecord& record) {
  return record.name() + " " + std::to_string(record.version());
}

ModelEvent missing(std::int64_t version) {
  return refused("not-found", "there is no version " + std::to_string(version) +
                                  "; add it first, `vitrine model list` shows what is there");
}

ModelEvent add(const FindVersion& find, const Kind& kind, const ModelRecord& record) {
  if (const auto flaw = flaw_of(record)) return refused("schema", called(record) + ": " + *flaw);
  if (record.name() != kind.builtin.name())
    return refused("schema", called(record) + " came under the name " + kind.builtin.name());
  if (const ModelRecord* known = find(record.version()); known != nullptr) {
    if (fingerprint_of(*known) != fingerprint_of(record))
      return refused("model-state", called(record) + " is there and is another model; a version is "
                                                  "never changed, give it the next number");
  }
  if (auto made = kind.make(record); !made)
    return refused("schema", called(record) + ": " + made.error().message);
  ModelEvent event;
  event.mutable_added()->set_version(record.version());
  event.mutable_added()->set_model(fingerprint_of(record));
  return event;
}

ModelEvent promote(const Book& book, const FindVersion& find, const Kind& kind,
                   const PromoteModel& command) {
  const ModelRecord* candidate = find(command.version());
  if (candidate == nullptr) return missing(command.version());
  if (command.version() == book.active)
    return refused("model-state", called(*candidate) + " is in use already");
  const ModelRecord* active = find(book.active);
  if (candidate->engine() != "off") {
    if (!command.has_proof())
      return refused("unproven", called(*candidate) + " has no replay proof; `vitrine model " +
                                     "shadow " + called(*candidate) + "` makes one");
    if (const auto flaw = flaw_of(command.proof(), *candidate, *active, kind.rules))
      return refused("unproven", called(*candidate) + " is not promoted: " + *flaw);
  }
  ModelEvent event;
  ModelSwitched& switched = *event.mutable_switched();
  switched.set_from(book.active);
  switched.set_to(command.version());
  switched.set_reason(command.reason().substr(0, kSentenceMax));
  if (command.has_proof()) *switched.mutable_proof() = command.proof();
  return event;
}

ModelEvent roll_back(const Book& book, const RollBackModel& command) {
  if (book.before.empty())
    return refused("model-state",
                   "nothing was in use before version " + std::to_string(book.active));
  ModelEvent event;
  ModelSwitched& switched = *event.mutable_switched();
  switched.set_from(book.active);
  switched.set_to(book.before.back());
  switched.set_rollback(true);
  switched.set_reason(command.reason().substr(0, kSentenceMax));
  return event;
}

ModelEvent shadow(const Book& book, const FindVersion& find, std::int64_t version) {
  if (version != 0 && find(version) == nullptr) return missing(version);
  if (version == book.active)
    return refused("model-state", "version " + std::to_string(version) +
                                   " is in use; it cannot be its own shadow");
  ModelEvent event;
  event.mutable_shadowed()->set_version(version);
  return event;
}

bool is_kept(const Book& book, std::int64_t version) {
  return version == book.active || version == book.shadow ||
         std::ranges::find(book.before, version) != book.before.end();
}

}  // namespace

ModelEvent decide(const Book& book, const FindVersion& find, const Kind* kind,
                  const ModelCommand& command) {
  if (kind == nullptr) return refused("not-found", "no room has a model of this name");
  switch (command.body_case()) {
    case ModelCommand::kAdd: return add(find, *kind, command.add());
    case ModelCommand::kPromote: return promote(book, find, *kind, command.promote());
    case ModelCommand::kRollBack: return roll_back(book, command.roll_back());
    case ModelCommand::kShadow: return shadow(book, find, command.shadow().version());
    default: return refused("schema", "the command says nothing");
  }
}

std::int64_t evolve(Book& book, const ModelEvent& event) {
  if (event.has_added()) {
    const std::int64_t version = event.added().version();
    auto& all = book.versions;
    if (version == kBuiltinVersion || std::ranges::find(all, version) != all.end()) return 0;
    all.push_back(version);
    if (all.size() <= kVersionsMax) return 0;
    // The oldest that nobody may come back to. There is one: kBeforeMax and two are fewer.
    static_assert(kBeforeMax + 2 < kVersionsMax);
    const auto gone = std::ranges::find_if(all, [&](auto one) { return !is_kept(book, one); });
    const std::int64_t left = *gone;
    all.erase(gone);
    return left;
  }
  if (event.has_switched()) {
    const ModelSwitched& switched = event.switched();
    if (switched.rollback()) book.before.pop_back();
    else book.before.push_back(book.active);
    if (book.before.size() > kBeforeMax) book.before.erase(book.before.begin());
    book.active = switched.to();
    if (book.shadow == book.active) book.shadow = 0;
    ++book.switches;
  }
  if (event.has_shadowed()) book.shadow = event.shadowed().version();
  return 0;
}

}  // namespace vitrine::models
