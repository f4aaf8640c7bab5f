#pragma once
// The moments at which a node wants to be called: due windows and timers, in order of (due, key,
// tag).
//
// An index in memory over what the node keeps in a store; rebuilt after a restart. Changes made
// while a record is worked on can be taken back with it. Threads: the task's thread only. Cost: one
// ordered-set operation a change.
#include <compare>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace vitrine {

struct Moment;

struct Alarm {
  Time due{};
  Bytes key;  // encoded
  Bytes tag;
  friend auto operator<=>(const Alarm&, const Alarm&) = default;
};

enum class AlarmClock { Wall, Event };

class AlarmOwner {
 public:
  virtual ~AlarmOwner() = default;
  // The alarm is due. Its state must be gone afterwards. May throw what user code throws.
  virtual void fire(AlarmClock clock, const Alarm& alarm, const Moment& moment) = 0;
  // The alarm's code threw and was undone: forget its state. Returns the value to dead-letter.
  virtual Bytes discard(AlarmClock clock, const Alarm& alarm) = 0;
  // Fills its Alarms from its store.
  virtual void restored() = 0;
};

class Alarms {
 public:
  Alarms(std::string name, AlarmClock clock, AlarmOwner& owner)
      : name_(std::move(name)), clock_(clock), owner_(owner) {}

  const std::string& name() const { return name_; }
  AlarmClock clock() const { return clock_; }
  AlarmOwner& owner() const { return owner_; }

  void add(Alarm alarm);            // nothing when it is there already
  void remove(const Alarm& alarm);  // nothing when it is not there
  void clear();
  std::size_t size() const { return alarms_.size(); }
  const Alarm* first() const { return alarms_.empty() ? nullptr : &*alarms_.begin(); }

  void begin() { changes_.clear(); }  // changes from here on can be taken back
  void undo();

 private:
  struct Change {
    Alarm alarm;
    bool added;
  };
  std::string name_;
  AlarmClock clock_;
  AlarmOwner& owner_;
  std::set<Alarm> alarms_;
  std::vector<Change> changes_;
};

}  // namespace vitrine
