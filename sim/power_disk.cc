#include "sim/power_disk.h"

#include <algorithm>

#include "sim/sim_env.h"

namespace vitrine::sim {
namespace {

constexpr std::uint64_t kSector = 512;

std::string folder_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

Error gone(const std::string& what) { return {Code::Io, what + ": the power is off"}; }

}  // namespace

struct PowerDisk::Node {
  struct Change {
    std::uint64_t offset = 0;
    Bytes data;
    std::optional<std::uint64_t> truncated_to;
  };
  Bytes live;
  Bytes durable;
  std::vector<Change> unsynced;
};

struct PowerDisk::NameChange {
  std::string from;  // removed, when not empty
  std::string to;    // appears, when not empty
  std::shared_ptr<Node> node;
};

struct PowerDisk::State {
  std::mutex mutex;  // guards everything below and all nodes
  std::map<std::string, std::shared_ptr<Node>> names;
  std::map<std::string, std::shared_ptr<Node>> durable_names;
  std::vector<NameChange> unsynced_names;
  std::set<std::string> folders;
  std::set<std::string> locks;
  std::uint64_t generation = 0;
  std::uint64_t calls = 0;
  std::optional<std::uint64_t> calls_left;
  std::uint64_t failing_sync = 0;
  std::optional<std::uint64_t> space;

  std::string refused;

  // Counts a changing call; false when the power is off.
  bool powered(const char* step) {
    ++calls;
    if (!calls_left) return true;
    if (*calls_left == 0) {
      if (refused.empty()) refused = step;
      return false;
    }
    --*calls_left;
    return true;
  }
  bool sync_fails() { return failing_sync > 0 && --failing_sync == 0; }
  void lose(std::uint64_t seed, Cut mode);
  static void apply(std::map<std::string, std::shared_ptr<Node>>& to, const NameChange& change) {
    if (!change.from.empty()) to.erase(change.from);
    if (!change.to.empty()) to[change.to] = change.node;
  }
};

class PowerDisk::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<State> state, std::shared_ptr<Node> node, std::string path)
      : state_(std::move(state)),
        node_(std::move(node)),
        path_(std::move(path)),
        generation_(state_->generation) {}

  Result<Bytes> read_at(std::uint64_t offset, ByteCount count) const override {
    const std::lock_guard guard{state_->mutex};
    if (offset >= node_->live.size()) return Bytes{};
    return node_->live.substr(offset, count);
  }

  Result<void> write_at(std::uint64_t offset, BytesView data) override {
    const std::lock_guard guard{state_->mutex};
    if (generation_ != state_->generation || !state_->powered("write"))
      return tl::unexpected<Error>(gone("write " + path_));
    const std::uint64_t end = offset + data.size();
    const std::uint64_t growth = end > node_->live.size() ? end - node_->live.size() : 0;
    bool full = false;
    if (state_->space && growth > *state_->space) {
      full = true;
      const std::uint64_t missing = growth - *state_->space;
      data = data.substr(0, data.size() > missing ? data.size() - missing : 0);
    }
    if (!data.empty()) {
      const std::uint64_t new_end = offset + data.size();
      if (node_->live.size() < new_end) {
        if (state_->space) *state_->space -= std::min(*state_->space, new_end - node_->live.size());
        node_->live.resize(new_end);
      }
      node_->live.replace(offset, data.size(), data);
      node_->unsynced.push_back({offset, Bytes(data), {}});
    }
    if (full) return fail(Code::StorageFull, "write " + path_ + ": no space left");
    return {};
  }

  Result<void> sync() override {
    const std::lock_guard guard{state_->mutex};
    if (generation_ != state_->generation || !state_->powered("sync"))
      return tl::unexpected<Error>(gone("sync " + path_));
    if (state_->sync_fails()) {
      // As Linux does: the pages are clean now, a later sync will succeed without them. Readers
      // still see them.
      node_->unsynced.clear();
      return fail(Code::Io, "sync " + path_ + ": input/output error");
    }
    if (node_->unsynced.empty()) return {};
    for (const Node::Change& change : node_->unsynced)
      apply(node_->durable, change, 0, change.data.size());
    node_->unsynced.clear();
    return {};
  }

  Result<std::uint64_t> size() const override {
    const std::lock_guard guard{state_->mutex};
    return node_->live.size();
  }

  Result<void> truncate(std::uint64_t size) override {
    const std::lock_guard guard{state_->mutex};
    if (generation_ != state_->generation || !state_->powered("truncate"))
      return tl::unexpected<Error>(gone("truncate " + path_));
    node_->live.resize(size);
    node_->unsynced.push_back({0, {}, size});
    return {};
  }

  // Bytes [from, to) of the change's data.
  static void apply(Bytes& content, const Node::Change& change, std::size_t from, std::size_t to) {
    if (change.truncated_to) {
      content.resize(*change.truncated_to);
      return;
    }
    if (content.size() < change.offset + to) content.resize(change.offset + to);
    content.replace(change.offset + from, to - from,
                    BytesView(change.data).substr(from, to - from));
  }

 private:
  std::shared_ptr<State> state_;
  std::shared_ptr<Node> node_;
  std::string path_;
  std::uint64_t generation_;
};

class PowerDisk::Lock final : public FolderLock {
 public:
  Lock(std::shared_ptr<State> state, std::string path)
      : state_(std::move(state)), path_(std::move(path)), generation_(state_->generation) {}
  ~Lock() override {
    const std::lock_guard guard{state_->mutex};
    if (generation_ == state_->generation) state_->locks.erase(path_);
  }

 private:
  std::shared_ptr<State> state_;
  std::string path_;
  std::uint64_t generation_;
};

PowerDisk::PowerDisk() : state_(std::make_shared<State>()) {}
PowerDisk::~PowerDisk() = default;

Result<std::unique_ptr<File>> PowerDisk::open(const std::string& path, OpenMode mode) {
  const std::lock_guard guard{state_->mutex};
  const auto found = state_->names.find(path);
  if (mode == OpenMode::CreateNew) {
    if (found != state_->names.end()) return fail(Code::Conflict, "create " + path + ": it exists");
    if (!state_->powered("create")) return tl::unexpected<Error>(gone("create " + path));
    auto node = std::make_shared<Node>();
    state_->names[path] = node;
    state_->unsynced_names.push_back({{}, path, node});
    return std::make_unique<OpenFile>(state_, std::move(node), path);
  }
  if (found == state_->names.end()) return fail(Code::NotFound, "open " + path + ": no such file");
  return std::make_unique<OpenFile>(state_, found->second, path);
}

Result<std::vector<std::string>> PowerDisk::list(const std::string& folder) const {
  const std::lock_guard guard{state_->mutex};
  if (!state_->folders.contains(folder))
    return fail(Code::NotFound, "list folder " + folder + ": no such folder");
  std::vector<std::string> names;
  for (const auto& [path, node] : state_->names) {
    if (folder_of(path) == folder) names.push_back(path.substr(folder.size() + 1));
  }
  return names;
}

Result<void> PowerDisk::make_folder(const std::string& path) {
  const std::lock_guard guard{state_->mutex};
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    state_->folders.insert(path.substr(0, end));
    if (end == std::string::npos) return {};
  }
}

Result<void> PowerDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard guard{state_->mutex};
  const auto found = state_->names.find(from);
  if (found == state_->names.end())
    return fail(Code::NotFound, "rename " + from + ": no such file");
  if (!state_->powered("rename")) return tl::unexpected<Error>(gone("rename " + from));
  const NameChange change{from, to, found->second};
  State::apply(state_->names, change);
  state_->unsynced_names.push_back(change);
  return {};
}

Result<void> PowerDisk::remove(const std::string& path) {
  const std::lock_guard guard{state_->mutex};
  if (!state_->names.contains(path))
    return fail(Code::NotFound, "remove " + path + ": no such file");
  if (!state_->powered("remove")) return tl::unexpected<Error>(gone("remove " + path));
  const NameChange change{path, {}, nullptr};
  State::apply(state_->names, change);
  state_->unsynced_names.push_back(change);
  return {};
}

Result<void> PowerDisk::sync_folder(const std::string& path) {
  const std::lock_guard guard{state_->mutex};
  if (!state_->powered("sync_folder")) return tl::unexpected<Error>(gone("sync folder " + path));
  if (state_->sync_fails()) return fail(Code::Io, "sync folder " + path + ": input/output error");
  std::erase_if(state_->unsynced_names, [&](const NameChange& change) {
    if (folder_of(change.to.empty() ? change.from : change.to) != path) return false;
    State::apply(state_->durable_names, change);
    return true;
  });
  return {};
}

Result<std::unique_ptr<FolderLock>> PowerDisk::lock_folder(const std::string& path) {
  const std::lock_guard guard{state_->mutex};
  if (!state_->locks.insert(path).second)
    return fail(Code::Conflict, "lock " + path + ": in use by another");
  return std::make_unique<Lock>(state_, path);
}

bool PowerDisk::exists(const std::string& path) const {
  const std::lock_guard guard{state_->mutex};
  return state_->names.contains(path) || state_->folders.contains(path);
}

namespace {

template <class Change, class Apply>
void survive(Bytes& content, const std::vector<Change>& changes, Cut mode, SeededRandom& random,
             Apply apply) {
  const std::size_t whole = mode == Cut::Torn ? random.below(changes.size() + 1) : changes.size();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    const std::size_t size = change.data.size();
    if (mode == Cut::LoseAll || i > whole) return;
    if (mode == Cut::Torn && i < whole) {
      apply(content, change, 0, size);
      continue;
    }
    if (change.truncated_to) {
      if (random.below(2) == 0) apply(content, change, 0, 0);
      continue;
    }
    const std::uint64_t torn_at = mode == Cut::Torn ? change.offset + random.below(size + 1) : 0;
    for (std::size_t from = 0; from < size;) {
      const std::uint64_t sector_end = ((change.offset + from) / kSector + 1) * kSector;
      const std::size_t to = std::min<std::size_t>(size, sector_end - change.offset);
      const bool arrives = mode == Cut::Torn ? sector_end <= torn_at : random.below(2) == 0;
      if (arrives) apply(content, change, from, to);
      from = to;
    }
  }
}

}  // namespace

// Now the disk has what a power cut leaves, and nothing else is seen.
void PowerDisk::State::lose(std::uint64_t seed, Cut mode) {
  SeededRandom random{seed};
  const std::size_t kept = mode == Cut::Torn ? random.below(unsynced_names.size() + 1) : 0;
  for (std::size_t i = 0; i < unsynced_names.size(); ++i) {
    const bool arrives = (mode == Cut::Torn && i < kept) ||
                         (mode == Cut::Shuffled && random.below(2) == 0);
    if (arrives) apply(durable_names, unsynced_names[i]);
  }
  names.clear();
  for (auto& [path, node] : durable_names) {
    auto after = std::make_shared<Node>();
    after->durable = node->durable;
    survive(after->durable, node->unsynced, mode, random, OpenFile::apply);
    after->live = after->durable;
    names[path] = after;
  }
  durable_names = names;
  unsynced_names.clear();
}

void PowerDisk::cut(std::uint64_t seed, Cut mode) {
  const std::lock_guard guard{state_->mutex};
  if (mode != Cut::KeepAll) state_->lose(seed, mode);
  state_->locks.clear();
  ++state_->generation;
  state_->calls_left.reset();
  state_->failing_sync = 0;
  state_->refused.clear();
  state_->space.reset();
}

void PowerDisk::power_off_after(std::uint64_t calls) {
  const std::lock_guard guard{state_->mutex};
  state_->calls_left = calls;
}

std::string PowerDisk::refused() const {
  const std::lock_guard guard{state_->mutex};
  return state_->refused;
}

void PowerDisk::fail_sync(std::uint64_t n) {
  const std::lock_guard guard{state_->mutex};
  state_->failing_sync = n;
}

void PowerDisk::set_space(std::optional<std::uint64_t> bytes) {
  const std::lock_guard guard{state_->mutex};
  state_->space = bytes;
}

std::uint64_t PowerDisk::changing_calls() const {
  const std::lock_guard guard{state_->mutex};
  return state_->calls;
}

Bytes PowerDisk::content(const std::string& path) const {
  const std::lock_guard guard{state_->mutex};
  const auto found = state_->names.find(path);
  return found == state_->names.end() ? Bytes{} : found->second->live;
}

void PowerDisk::set_content(const std::string& path, Bytes content) {
  const std::lock_guard guard{state_->mutex};
  auto node = std::make_shared<Node>();
  node->live = content;
  node->durable = std::move(content);
  state_->names[path] = node;
  state_->durable_names[path] = node;
  for (std::size_t end = path.find('/', 1); end != std::string::npos;
       end = path.find('/', end + 1)) {
    state_->folders.insert(path.substr(0, end));
  }
}

void PowerDisk::flip_bit(const std::string& path, std::uint64_t bit) {
  const std::lock_guard guard{state_->mutex};
  Node& node = *state_->names.at(path);
  const auto flipped = static_cast<char>(node.live.at(bit / 8) ^ (1 << (bit % 8)));
  node.live[bit / 8] = flipped;
  if (node.durable.size() > bit / 8) node.durable[bit / 8] = flipped;
}

}  // namespace vitrine::sim
