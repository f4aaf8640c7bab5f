#pragma once
// What a running topology is made of: nodes that push records to the nodes below them.
//
// Nodes are made anew for every Task, in reverse order of declaration, so that whoever stands below
// exists already. All they remember lives in named stores; what they keep in memory (alarms) is
// rebuilt by restored(). Threads: the task's thread only.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "streams/log/record.h"
#include "streams/topology/task.h"
#include "vitrine/serde.h"

namespace vitrine {

struct Alarm;

// What the first source that was fed a record has made of its bytes, for the others that read the
// same topic as the same types.
struct Decoded {
  const void* types = nullptr;  // an address for each pair of types; null: nothing yet
  const void* key = nullptr;
  const void* value = nullptr;
};

// Where we are while a record (or a timer) is being worked on. Borrowed for the length of the call.
struct Moment {
  Time timestamp{};   // of the record; for a timer: the clock that fired it
  Time wall{};        // the last wall tick
  Position position;  // of the input record; 0 for a timer
  BytesView correlation;
  std::size_t topic = 0;  // index in Topology::topics()
  std::uint32_t partition = 0;
  Output* out = nullptr;
  // Of a timer or window: what fired, and the name of its Alarms. Null for a record.
  const Alarm* alarm = nullptr;
  const std::string* alarms = nullptr;
  Decoded* decoded = nullptr;  // of a record
};

// A node that is fed encoded records of a topic.
class BytesSink {
 public:
  virtual ~BytesSink() = default;
  virtual void feed(const RecordView& record, const Moment& moment) = 0;
  // A record that feed() will be given after a few others: its rows are fetched from memory. Only
  // called where expects() was true when the task was made.
  virtual bool expects() const { return false; }
  virtual void expect(const RecordView&) {}
};

class Node {
 public:
  virtual ~Node() = default;
  virtual BytesSink* bytes_sink() { return nullptr; }
};

// Not std::make_unique: a pointer to each node's own type would be made in every file with an App.
template <class T, class... Args>
std::unique_ptr<Node> make_node(Args&&... args) {
  return std::unique_ptr<Node>(new T(std::forward<Args>(args)...));
}

template <class K, class V>
class Sink : public Node {
 public:
  virtual void push(const View<K>& key, const View<V>& value, const Moment& moment) = 0;
  // The row of a table is gone. Said to the nodes right below the table only; a stream has no rows.
  virtual void removed(const View<K>&, const Moment&) {}
  // A key that push() will be given soon, see BytesSink. Passed on by nodes that keep the key.
  virtual bool expects() const { return false; }
  virtual void expect(const View<K>&) {}
};

// The nodes below a node. Each gets every record, in order of declaration. What each was given is
// counted: flow.h.
template <class K, class V>
class Below {
 public:
  void add(Sink<K, V>* sink, std::uint64_t* passed) { ways_.push_back({sink, passed}); }
  void push(const View<K>& key, const View<V>& value, const Moment& moment) const {
    for (const Way& way : ways_) way.push(key, value, moment);
  }
  // To the node that was declared as number `index` (from 0) below this one.
  void push_to(std::size_t index, const View<K>& key, const View<V>& value,
               const Moment& moment) const {
    ways_[index].push(key, value, moment);
  }
  void removed(const View<K>& key, const Moment& moment) const {
    for (const Way& way : ways_) way.sink->removed(key, moment);
  }
  bool expects() const {
    for (const Way& way : ways_) {
      if (way.sink->expects()) return true;
    }
    return false;
  }
  void expect(const View<K>& key) const {
    for (const Way& way : ways_) way.sink->expect(key);
  }

 private:
  struct Way {
    void push(const View<K>& key, const View<V>& value, const Moment& moment) const {
      ++*passed;
      sink->push(key, value, moment);
    }
    Sink<K, V>* sink;
    std::uint64_t* passed;
  };
  std::vector<Way> ways_;
};

}  // namespace vitrine
