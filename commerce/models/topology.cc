#include "commerce/models/topology.h"

#include "commerce/model/topics.h"
#include "commerce/models/decide.h"

namespace vitrine::models {
namespace {

class Life {
 public:
  using Out = Context<std::string, ModelEvent>;
  Life(Stores& stores, const Kinds& kinds)
      : kinds_(kinds),
        books_(stores.keyed<Book>("models-books")),
        versions_(stores.keyed<ScopedRow, ModelRecord>("models-versions")) {}

  void on_record(std::string_view name, const ModelCommand& command, Out& out) {
    const Kind* kind = kind_of(kinds_, name);
    const Book* book = kind == nullptr ? nullptr : books_.find(name);
    const auto find = [&](std::int64_t version) { return find_version(*kind, version); };
    ModelEvent event = decide(book == nullptr ? Book{} : *book, find, kind, command);
    event.set_name(std::string(name));
    event.set_actor(command.actor());
    event.set_at_ms(millis_of(out.timestamp()));
    if (!event.has_refused()) take(*kind, command, event, out);
    out.emit(name, event);
  }

 private:
  void take(const Kind& kind, const ModelCommand& command, const ModelEvent& event, Out& out) {
    const std::string& name = event.name();
    if (event.has_added() && find_version(kind, event.added().version()) == nullptr) {
      versions_.put(row(name, event.added().version()), command.add());
      ModelEntry entry;
      *entry.mutable_version() = command.add();
      out.emit(topics::model_records, key(name, event.added().version()), entry);
    }
    Book& book = books_.upsert(name);
    if (const std::int64_t left = evolve(book, event); left != 0) {
      versions_.erase(row(name, left));
      out.emit(topics::model_records, key(name, left), {});  // no bytes: the row goes
    }
    if (event.has_added()) return;
    ModelEntry entry;
    *entry.mutable_in_use() = in_use(kind, book, event);
    out.emit(topics::model_records, name, entry);
  }

  ModelInUse in_use(const Kind& kind, const Book& book, const ModelEvent& event) const {
    ModelInUse out;
    *out.mutable_active() = *find_version(kind, book.active);
    out.set_active_model(fingerprint_of(out.active()));
    if (book.shadow != 0) {
      *out.mutable_shadow() = *find_version(kind, book.shadow);
      out.set_shadow_model(fingerprint_of(out.shadow()));
    }
    out.set_switches(book.switches);
    out.set_at_ms(event.at_ms());
    out.set_reason(event.switched().reason());
    return out;
  }

  const ModelRecord* find_version(const Kind& kind, std::int64_t version) const {
    if (version == kBuiltinVersion) return &kind.builtin;
    return versions_.find(row(kind.builtin.name(), version));
  }

  static ScopedRow row(const std::string& name, std::int64_t version) {
    return {name, std::to_string(version)};
  }
  static std::string key(const std::string& name, std::int64_t version) {
    return name + "/" + std::to_string(version);
  }

  Kinds kinds_;
  Keyed<Book> books_;
  Keyed<ScopedRow, ModelRecord> versions_;
};

}  // namespace

InUse add_models(App& app, const Kinds& kinds) {
  app.stream(topics::model_commands)
      .process(
          "models", [kinds](Stores& stores) { return Life{stores, kinds}; },
          topics::model_records)
      .to(topics::model_events);
  return app.broadcast(topics::model_records);
}

}  // namespace vitrine::models
