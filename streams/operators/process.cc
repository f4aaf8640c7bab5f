#include "vitrine/process.h"

namespace vitrine {

void Stores::declare(StateSpec state) { declared_.push_back(std::move(state)); }

nodes::Expiry* Stores::expire(const std::string& state, nodes::Ttl ttl,
                              nodes::Expiry::Remove remove) {
  if (made_) throw std::logic_error("state " + state + ": ttl() is for the constructor");
  if (ttl.after <= Duration{0}) {
    throw std::invalid_argument("state " + state + ": its ttl must be greater than zero");
  }
  declared_.push_back(nodes::Expiry::spec(state));
  uses_stream_time_ = uses_stream_time_ || ttl.clock == AlarmClock::Event;
  if (wiring_ == nullptr) return nullptr;
  expiries_.push_back(std::make_unique<nodes::Expiry>(state, ttl, *wiring_, std::move(remove)));
  return expiries_.back().get();
}

}  // namespace vitrine

namespace vitrine::detail {

std::size_t ContextSupport::topic_index(const std::string& name) const {
  for (std::size_t i = 0; i < topics->size(); ++i) {
    if ((*topics)[i].name == name) return i;
  }
  throw std::logic_error("topic " + name +
                         " is not declared: say process(factory, topic) or app.output(topic)");
}

nodes::TimerTable& ContextSupport::timer_table() const {
  if (timers == nullptr) {
    throw std::logic_error(
        "timers need void on_timer(const Key&, Time due, Context&) in the processor");
  }
  return *timers;
}

}  // namespace vitrine::detail
